"""Subsets as files: rows as they came in, ids, or vectors, and the ids object with the manifest inside."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .added import added, check_kind
from .dataset import Dataset
from .drafts import draft_of
from .errors import UserError
from .export import Order, export_rows
from .records import plain
from .selectors import Selection
from .study import Study

ENDINGS = {".jsonl": "jsonl", ".csv": "csv", ".parquet": "parquet", ".npy": "npy", ".txt": "ids", ".json": "json"}


def kind_of(path: Path) -> str:
    """What a file of that name holds, or a UserError where its ending says nothing."""
    kind = ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise UserError(f"{path.name}: cannot tell a format by that ending. Use one of {', '.join(ENDINGS)}.")
    return kind


def write_subset(
    path: Path,
    kind: str,
    study: Study,
    selection: Selection,
    *,
    order: Order = "chosen",
    escape_formulas: bool = False,
    add: Sequence[str] = (),
    whole: bool = False,
) -> None:
    """Write the chosen rows: jsonl, csv, parquet, ids (a line each) or npy (their vectors).

    Args:
        add: names of values per row (core.row_values) that are written as further columns `gamut_<name>`.
        whole: the selection is all rows of the study, and nobody chose it.
    """
    check_kind(kind, add)
    rows = selection.positions if order == "chosen" else np.sort(selection.positions)
    if kind == "npy":
        with draft_of(path) as draft, draft.open("wb") as file:
            np.save(file, study.embeddings.vectors[rows], allow_pickle=False)
        return
    if study.dataset is None:
        raise UserError(f"Vectors alone have no rows to write as {kind}. Use .json for ids, or .npy.")
    columns = added(study, selection, add, whole=whole)
    write_rows(
        path,
        kind,
        study.dataset,
        study.positions[selection.positions],
        order=order,
        escape_formulas=escape_formulas,
        extra={name: column.values for name, column in columns.items()},
    )


def write_rows(
    path: Path,
    kind: str,
    dataset: Dataset,
    rows: NDArray[np.int64],
    *,
    order: Order = "chosen",
    escape_formulas: bool = False,
    extra: Mapping[str, Sequence[Any]] | None = None,
) -> None:
    """Write rows of a dataset, by their numbers from 0, in the order given or as they stand in the dataset.

    `extra` holds further columns, a value for each of `rows`.
    """
    export_rows(dataset, rows, path, format=kind, order=order, escape_formulas=escape_formulas, extra=extra)


def ids_object(
    study: Study, selection: Selection, proof: dict[str, Any], *, add: Sequence[str] = (), whole: bool = False
) -> dict[str, Any]:
    """The content of an ids file: ids, row numbers from 0, gains, values per row where some are added, the manifest."""
    columns = added(study, selection, add, whole=whole)
    return {
        "ids": plain([study.ids[row] for row in selection.positions]),
        "positions": [int(study.positions[row]) for row in selection.positions],
        "gains": [float(gain) if math.isfinite(gain) else None for gain in selection.gains],
        **({"values": {name: column.values for name, column in columns.items()}} if columns else {}),
        "manifest": proof,
    }
