"""Vectors of the user's own as Embeddings, checked before anything is made of them, in the order of the rows."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import row_blocks
from .digest import digest
from .embeddings import Embeddings
from .errors import UserError
from .memory import require
from .vector_files import load_array, load_ids, parts

__all__ = ["ENCODER", "by_id", "by_position", "from_array", "from_values", "load_array", "load_ids", "parts"]

ENCODER = "uploaded vectors"


def from_array(array: NDArray[Any], *, name: str = "vectors") -> Embeddings:
    """Those vectors as Embeddings, checked; their key is a digest of their content.

    Raises:
        UserError: not a table of real numbers, empty, a value that is not finite, or a row of zeros.
    """
    if array.dtype.kind not in "fiu":
        raise UserError(f"{name} holds {_kind_of_numbers(array.dtype)}; expected real numbers (float32 is best).")
    if array.ndim != 2:
        raise UserError(
            f"{name} is {array.ndim}-dimensional, of shape {array.shape}; expected a table of two dimensions, "
            "one row an item."
        )
    if 0 in array.shape:
        raise UserError(f"{name} is empty: {array.shape[0]:,} rows of {array.shape[1]:,} numbers.")
    _check_rows(array, name)
    if array.dtype != np.float32:
        require(array.size * 4, f"Reading {len(array):,} vectors")
    vectors = (
        np.asarray(array, dtype=np.float32) if not isinstance(array, np.memmap) else array.astype("f4", copy=False)
    )
    return Embeddings(vectors, digest(ENCODER, vectors), ENCODER, "", digest(ENCODER), name=name)


def from_values(values: Sequence[Any], *, name: str = "vectors") -> Embeddings:
    """The vectors of a list column, a list of numbers a row (or its JSON text, as CSV files have it).

    Raises:
        UserError: a row that is no list of numbers or has another length than the first; all that `from_array` does.
    """
    if len(values) == 0:
        raise UserError(f"{name} is empty: there are no rows.")
    first = _numbers(values[0], 1, name)
    table = np.empty((len(values), len(first)), dtype=np.float64)
    for row, value in enumerate(values, start=1):
        numbers = _numbers(value, row, name)
        if len(numbers) != len(first):
            raise UserError(
                f"Row {row} of {name} holds {len(numbers):,} numbers and row 1 {len(first):,}. All must be as long."
            )
        table[row - 1] = numbers
    return from_array(table, name=name)


def by_position(vectors: NDArray[Any], rows: int, *, name: str = "vectors", dataset: str = "the data") -> NDArray[Any]:
    """The vectors themselves, when there is one for each row.

    Raises:
        UserError: more or fewer vectors than rows.
    """
    if len(vectors) != rows:
        raise UserError(
            f"{name} holds {len(vectors):,} vectors and {dataset} has {rows:,} rows. "
            "There must be one vector for each row, in the same order; or match them by id."
        )
    return vectors


def by_id(
    vectors: NDArray[Any],
    ids: Sequence[Any],
    row_ids: Sequence[Any],
    *,
    name: str = "vectors",
) -> NDArray[Any]:
    """The vectors in the order of the rows, matched by id; the number 7 and the text "7" are one id.

    Raises:
        UserError: an id that occurs twice, a row without a vector, a vector without a row, or not one id a vector.
    """
    if len(ids) != len(vectors):
        raise UserError(f"{name} holds {len(vectors):,} vectors and {len(ids):,} ids. There must be one id a vector.")
    wanted = _distinct(row_ids, "the data")
    found = _distinct(ids, name)
    missing = [key for key in wanted if key not in found]
    if missing:
        raise UserError(
            f"{len(missing):,} of {len(wanted):,} rows have no vector in {name}; the first is row "
            f"{wanted[missing[0]] + 1}, id {missing[0]!r}. Leave these rows out, or give vectors for all."
        )
    unknown = [key for key in found if key not in wanted]
    if unknown:
        raise UserError(
            f"{len(unknown):,} of {len(found):,} vectors in {name} have an id that no row has; the first is "
            f"{unknown[0]!r}. Check that they belong to this data, or take them out of {name}."
        )
    return vectors[np.array([found[key] for key in wanted], dtype=np.int64)]


def _check_rows(array: NDArray[Any], name: str) -> None:
    for block in row_blocks(len(array), array.shape[1] * 4):
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is refused
            rows = np.asarray(array[block], dtype=np.float32)
        bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
        if len(bad):
            raise UserError(
                f"Row {block.start + bad[0] + 1} of {name} holds NaN, infinity or a number beyond float32. "
                "Leave such rows out, or embed them again."
            )
        empty = np.flatnonzero(~rows.any(axis=1))
        if len(empty):
            raise UserError(
                f"Row {block.start + empty[0] + 1} of {name} is all zeros and has no direction. Leave such rows out."
            )


def _numbers(value: Any, row: int, name: str) -> list[float]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise UserError(f"Row {row} of {name} is a text and no list of numbers: {value[:40]!r}.") from error
    numbers = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(numbers, list | tuple) or not all(type(number) in (int, float) for number in numbers):
        raise UserError(f"Row {row} of {name} is no list of numbers. Leave that row out, or choose another column.")
    return list(numbers)


def _distinct(ids: Sequence[Any], where: str) -> dict[str, int]:
    """The place of each id, all as text; an id that occurs twice is refused."""
    places: dict[str, int] = {}
    for place, value in enumerate(ids):
        if value is None or (isinstance(value, float) and value != value):
            raise UserError(f"Row {place + 1} of {where} has no id. Give every row one, or match by position.")
        key = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        if places.setdefault(key, place) != place:
            raise UserError(
                f"The id {key!r} occurs twice in {where} (rows {places[key] + 1} and {place + 1}). "
                "Make ids unique, or match by position."
            )
    return places


def _kind_of_numbers(dtype: np.dtype[Any]) -> str:
    names = {"O": "Python objects", "c": "complex numbers", "b": "truth values", "U": "texts", "S": "texts"}
    return names.get(dtype.kind, f"values of type {dtype}")
