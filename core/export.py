"""Rows of a dataset as files: JSON lines byte for byte, CSV, Parquet with its own schema, ids, or vectors."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .dataset import Dataset
from .drafts import draft_of
from .errors import UserError
from .progress import Progress, silent
from .records import Record, as_record, dump

FORMATS = ("jsonl", "csv", "parquet", "ids", "json", "npy")
Order = Literal["chosen", "original"]

CHUNK = 1000  # rows that are in memory at a time


@dataclass(frozen=True)
class Subset:
    """The rows to write, in the order to write them, and the columns to add to them."""

    dataset: Dataset
    rows: NDArray[np.int64]
    extra: Mapping[str, list[Any]]  # one value per entry of `rows`

    @property
    def columns(self) -> list[str]:
        return [*self.dataset.column_names, *self.extra]

    def chunks(self) -> Iterator[tuple[NDArray[np.int64], list[Record]]]:
        """Row numbers, and what is added to each of those rows."""
        added = (dict(zip(self.extra, values, strict=True)) for values in zip(*self.extra.values(), strict=True))
        for start in range(0, len(self.rows), CHUNK):
            rows = self.rows[start : start + CHUNK]
            yield rows, list(islice(added, len(rows))) or [{}] * len(rows)

    def records(self) -> Iterator[list[Record]]:
        """The rows with what is added to them."""
        for rows, added in self.chunks():
            found = self.dataset.records(rows)
            yield [{**record, **more} for record, more in zip(found, added, strict=True)]


def export_rows(
    dataset: Dataset,
    rows: ArrayLike,
    path: Path,
    *,
    format: str,
    order: Order = "chosen",
    extra: Mapping[str, Sequence[Any]] | None = None,
    escape_formulas: bool = False,
    vectors: NDArray[Any] | None = None,
    progress: Progress = silent,
) -> Path:
    """Write rows of `dataset` (numbers from 0) to `path`, under a draft name until they are whole.

    Args:
        format: jsonl (the original lines), csv, parquet, ids (one a line), json (a list of ids), or npy (vectors).
            Ids are the values of the id column, or row numbers from 0 where no column has that role.
        order: as `rows` gives them, or as they stand in the dataset.
        extra: values per entry of `rows` (novelty, rank, gain), written as further columns `gamut_<name>`; an
            underscore is added where the dataset has that column already. Rows are otherwise as they came.
        escape_formulas: CSV only: an apostrophe before cells that a spreadsheet would run. Off, cells come back as
            they were.
        vectors: (n, d) the embeddings of all rows of the dataset, for npy.

    Raises:
        UserError: an unknown format or row, or vectors asked for where there are none.
    """
    if format not in FORMATS:
        raise UserError(f"There is no export format {format!r}. The formats: {', '.join(FORMATS)}.")
    if order not in ("chosen", "original"):
        raise UserError(f"There is no order {order!r}. Rows are written as chosen, or in their original order.")
    subset = _subset(dataset, np.asarray(rows, dtype=np.int64), extra or {}, order)
    with draft_of(path) as draft:
        match format:
            case "parquet":
                from .export_tables import write_parquet

                write_parquet(subset, draft, progress)
            case "npy":
                _write_vectors(vectors, subset.rows, draft, progress)
            case _:
                _write_blocks(_blocks(subset, format, escape_formulas), draft, len(subset.rows), progress)
    return path


def export_bytes(dataset: Dataset, rows: ArrayLike, *, format: str, **options: Any) -> bytes:
    """What `export_rows` would write, in memory: for a download, whose server holds it there anyhow."""
    with tempfile.TemporaryDirectory() as folder:
        return export_rows(dataset, rows, Path(folder) / "rows", format=format, **options).read_bytes()


def added_columns(dataset: Dataset, names: Iterable[str]) -> dict[str, str]:
    """What columns of those names are called where they are added; none takes the name of one that is there."""
    taken = set(dataset.column_names)
    called: dict[str, str] = {}
    for name in names:
        column = f"gamut_{name}"
        while column in taken:
            column += "_"
        taken.add(column)
        called[name] = column
    return called


def _subset(dataset: Dataset, rows: NDArray[np.int64], extra: Mapping[str, Sequence[Any]], order: Order) -> Subset:
    columns: dict[str, list[Any]] = {}
    called = added_columns(dataset, extra)
    places = np.argsort(rows, kind="stable") if order == "original" else np.arange(len(rows))
    for name, values in extra.items():
        if len(values) != len(rows):
            raise ValueError(f"extra column {name}: {len(values)} values for {len(rows)} rows")
        columns[called[name]] = [_plain(values[place]) for place in places]
    return Subset(dataset, rows[places], columns)


def _plain(value: Any) -> Any:
    """A number of Python's own; NaN is no value."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and value != value else value


def _blocks(subset: Subset, format: str, escape_formulas: bool) -> Iterator[bytes]:
    """The file in pieces of about a thousand rows."""
    match format:
        case "ids":
            yield "".join(f"{value}\n" for value in subset.dataset.ids(subset.rows)).encode("utf-8", "replace")
        case "json":
            yield dump(subset.dataset.ids(subset.rows)) + b"\n"
        case "csv":
            from .export_tables import csv_blocks

            yield from csv_blocks(subset, escape_formulas)
        case _:
            for rows, added in subset.chunks():
                lines = zip(subset.dataset.raws(rows), added, strict=True)
                yield b"".join(_with_keys(line, more) + b"\n" for line, more in lines)


def _with_keys(line: bytes, more: Record) -> bytes:
    """A row's own bytes with further keys before its closing brace."""
    if not more:
        return line
    inside = dump(more)[1:-1]
    body = line.strip()
    if not body.startswith(b"{"):  # a bare text or list stands where an object would: it becomes one
        body = dump(as_record(json.loads(body)))
    bare = body[:-1].rstrip()
    return bare + (b"" if bare == b"{" else b", ") + inside + b"}"


def _write_blocks(blocks: Iterator[bytes], path: Path, rows: int, progress: Progress) -> None:
    with path.open("wb") as file:
        for number, block in enumerate(blocks, 1):
            file.write(block)
            done = min(number * CHUNK, rows)
            progress(done / max(1, rows), f"Wrote {done:,} of {rows:,} rows")


def _write_vectors(vectors: NDArray[Any] | None, rows: NDArray[np.int64], path: Path, progress: Progress) -> None:
    if vectors is None:
        raise UserError("There are no embeddings to write. Embed the dataset first.")
    with path.open("wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(vectors.dtype), "fortran_order": False}
        np.lib.format.write_array_header_1_0(file, {**header, "shape": (len(rows), *vectors.shape[1:])})
        for start in range(0, len(rows), CHUNK):
            file.write(np.ascontiguousarray(vectors[rows[start : start + CHUNK]]).tobytes())
            progress(min(1.0, (start + CHUNK) / len(rows)), f"Wrote {min(start + CHUNK, len(rows)):,} vectors")
