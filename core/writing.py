"""Subsets as files: rows as they came in, ids, or vectors, and the ids object with the manifest inside."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
) -> None:
    """Write the chosen rows: jsonl, csv, parquet, ids (a line each) or npy (their vectors)."""
    rows = selection.positions if order == "chosen" else np.sort(selection.positions)
    if kind == "npy":
        with draft_of(path) as draft, draft.open("wb") as file:
            np.save(file, study.embeddings.vectors[rows], allow_pickle=False)
        return
    if study.dataset is None:
        raise UserError(f"Vectors alone have no rows to write as {kind}. Use .json for ids, or .npy.")
    write_rows(
        path, kind, study.dataset, study.positions[selection.positions], order=order, escape_formulas=escape_formulas
    )


def write_rows(
    path: Path,
    kind: str,
    dataset: Dataset,
    rows: NDArray[np.int64],
    *,
    order: Order = "chosen",
    escape_formulas: bool = False,
) -> None:
    """Write rows of a dataset, by their numbers from 0, in the order given or as they stand in the dataset."""
    export_rows(dataset, rows, path, format=kind, order=order, escape_formulas=escape_formulas)


def ids_object(study: Study, selection: Selection, proof: dict[str, Any]) -> dict[str, Any]:
    """The content of an ids file: ids, row numbers from 0, gains and the manifest."""
    return {
        "ids": plain([study.ids[row] for row in selection.positions]),
        "positions": [int(study.positions[row]) for row in selection.positions],
        "gains": [float(gain) if math.isfinite(gain) else None for gain in selection.gains],
        "manifest": proof,
    }
