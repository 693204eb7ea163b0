"""A saved subset as a file, and the proof of it: from what data, how it was made, which rows, and what was written.

    proof = write_saved(Path("maths.jsonl"), "jsonl", dataset, subset)

The proof is a manifest like that of a selection, with `subset` in the place of `recipe`: `gamut verify` checks the file
by it. Its `ids_sha256` is the SHA-256 of the file that the format `ids` writes: the ids in order, a line each.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .added import added, all_rows, check_kind
from .dataset import Dataset
from .digest import digest
from .errors import UserError
from .export import Order
from .manifest import describe_rows, embedded, file_record, head
from .recorded_edits import recorded_edits
from .records import plain
from .selectors import Selection
from .store import write_json
from .study import Study
from .subset import Subset
from .subset_making import described
from .writing import write_rows, write_subset


def write_saved(
    path: Path,
    kind: str,
    dataset: Dataset,
    subset: Subset,
    *,
    study: Study | None = None,
    order: Order = "chosen",
    escape_formulas: bool = False,
    add: Sequence[str] = (),
) -> dict[str, Any]:
    """Write the rows of a subset; returns the proof of them, which an ids file (json) also holds.

    Args:
        kind: jsonl, csv, parquet, ids (a line each), json (ids with the proof) or npy (vectors).
        study: that of the dataset, which vectors and values per row are taken from.
        order: "chosen" is that in which the rows were taken into the subset.
        add: names of values per row (core.row_values) that are written too.

    Raises:
        UserError: vectors or values where there is no study, or of rows that the study leaves out.
    """
    check_kind(kind, add)
    within = chosen_by_hand(study, subset) if kind == "npy" or add else None
    columns = added(study, within, add, whole=True) if study is not None and within is not None else {}
    extra = {name: column.values for name, column in columns.items()}
    proof = _proof(dataset, subset, columns)
    if study is not None and within is not None:
        proof |= embedded(study) | recorded_edits(study, add)
    if kind == "json":
        values = {"values": extra} if extra else {}
        content = {"ids": plain(dataset.ids(subset.rows)), "positions": subset.rows.tolist(), **values}
        write_json(path, content | {"manifest": proof})
        return proof
    options: dict[str, Any] = {"order": order} | ({"escape_formulas": escape_formulas} if kind == "csv" else {})
    if kind == "npy":
        assert study is not None  # else there were no rows within it
        assert within is not None
        write_subset(path, kind, study, within, order=order)
    else:
        write_rows(path, kind, dataset, subset.rows, extra=extra, **options)
    options |= {"add": list(add)} if add else {}
    return proof | {"files": [file_record(path, kind, **options)]}


def saved_proof(study: Study, subset: Subset, add: Sequence[str] = ()) -> dict[str, Any]:
    """The proof of a subset of which no file is written yet, such as of shards; `add` as in `write_saved`.

    Raises:
        UserError: rows that the study leaves out.
    """
    assert study.dataset is not None  # only datasets have subsets
    columns = added(study, chosen_by_hand(study, subset), add, whole=True)
    return _proof(study.dataset, subset, columns) | embedded(study) | recorded_edits(study, add)


def described_alone(dataset: Dataset, subset: Subset) -> dict[str, Any]:
    """The proof of a subset without any file and any value of a row: what a card tells of it."""
    return _proof(dataset, subset, {})


def _proof(dataset: Dataset, subset: Subset, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The proof without files; `columns` are the values per row that are written too."""
    return head() | {
        "dataset": describe_rows(dataset),
        "embedding": None,
        "reference": None,
        "recipe": None,
        "subset": about(dataset, subset),
        "selection": {
            "selector": "subset",
            "pool": len(dataset),
            "chosen": len(subset),
            "positions": subset.rows.tolist(),
            "positions_digest": digest(subset.rows),
        },
        "scores": [],
        "random": [],
        "added": {name: column.as_json() for name, column in columns.items()},
        "files": [],
    }


def about(dataset: Dataset, subset: Subset) -> dict[str, Any]:
    """What a manifest says of a subset: what it is called, and how and when it was made."""
    return {
        "id": subset.id,
        "version": subset.version,
        "name": subset.name,
        "note": subset.note,
        "colour": subset.colour,
        "created": datetime.fromtimestamp(subset.created, UTC).isoformat(timespec="seconds"),
        "how": described(subset.made),
        "made": dict(subset.made),
        "rows": len(subset),
        "ids_sha256": ids_sha256(dataset, subset.rows),
    }


def ids_sha256(dataset: Dataset, rows: NDArray[np.int64]) -> str:
    """The SHA-256 of those rows' ids in that order, a line each, as a file of ids holds them."""
    words = "".join(f"{value}\n" for value in dataset.ids(rows))
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()


def chosen_by_hand(study: Study | None, subset: Subset) -> Selection:
    """The subset as a choice from the study that nobody made."""
    if study is None:
        raise UserError("Vectors and values of rows need the embeddings of the data. Embed it first.")
    rows = subset.within(study)
    if missing := len(subset) - len(rows):
        raise UserError(
            f"{missing:,} of {len(subset):,} rows of {subset.name} have no vector, as their text is empty. Write the "
            "subset without vectors and values, or make another template."
        )
    return replace(all_rows(study), positions=rows, gains=np.full(len(rows), np.nan))
