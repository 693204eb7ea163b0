"""Checking shards: each is there, with the rows that the data has, and no row is missing between them."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..dataset import Dataset
from ..digest import digest, digest_file
from ..errors import UserError
from ..reading import Options, read_dataset
from ..shapes import Roles
from ..shards import in_order, write_shard
from ..store import Store
from ..verify import Given
from .row_list import changes, rows_of
from .rows_again import data_of


def is_sharded(recorded: Mapping[str, Any]) -> bool:
    """Whether a manifest is that of shards."""
    return any("packing" in file for file in recorded["files"])


def verify_shards(recorded: Mapping[str, Any], place: Path, given: Given, store: Store) -> list[str]:
    """How shards differ from what their manifest says, in sentences; nothing when they are the same.

    Args:
        place: the folder that they lie in, or one of them.
    """
    folder = place if place.is_dir() else place.parent
    rows = np.array(recorded["selection"]["positions"], dtype=np.int64)
    found = []
    if digest(rows) != recorded["selection"]["positions_digest"]:
        found.append("The positions in the manifest were changed: their digest is not the one beside them.")
    dataset = data_of(recorded, given, store)
    if [each["sha256"] for each in recorded["dataset"]["sources"]] != [each.sha256 for each in dataset.sources]:
        found.append("The content of the data is not what it was when the manifest was made.")
    if len(rows) and rows.max() >= len(dataset):
        return [*found, f"The manifest names row {rows.max() + 1:,}, and the data has {len(dataset):,} rows."]
    records = [file for file in recorded["files"] if "packing" in file]
    reached = 0
    for record in records:
        start, stop = record["rows"]
        if start != reached:
            found.append(f"{record['name']} begins at row {start + 1:,}, and the one before it ends at {reached:,}.")
        reached = stop
        found += _differs(recorded, record, folder / Path(str(record["name"])).name, dataset, rows)
    if reached != len(rows):
        found.append(f"The shards hold {reached:,} rows, and {len(rows):,} were chosen.")
    return found


def _differs(
    recorded: Mapping[str, Any], record: Mapping[str, Any], path: Path, dataset: Dataset, rows: np.ndarray
) -> list[str]:
    """How one shard differs."""
    if not path.is_file():
        return [f"{path.name} is missing."]
    extra = {name: recorded["added"][name]["values"] for name in record.get("add", [])}
    ordered, columns = in_order(rows, extra, record.get("order", "chosen"))
    start, stop = record["rows"]
    with tempfile.TemporaryDirectory() as temporary:
        again = Path(temporary) / path.name
        escape = record.get("escape_formulas", False)
        write_shard(again, record["format"], dataset, ordered, columns, (start, stop), escape_formulas=escape)
        if digest_file(again) == digest_file(path) == record["sha256"]:
            return []
        row_id = dataset.roles.id
        try:
            read = [_read(each, record["format"], Path(temporary) / "read", row_id) for each in (again, path)]
        except UserError as error:
            return [f"{path.name} can no longer be read: {error}"]
        told = changes(list(rows_of(read[0])), list(rows_of(read[1]))).sentences(path.name)
    return told or [f"{path.name} is not the file that was written, though its rows are the same."]


def _read(path: Path, kind: str, home: Path, row_id: str | None) -> Dataset:
    found = read_dataset([path], home, options=Options(format=kind))
    return found.with_roles(Roles(id=row_id if row_id in found.column_names else None))
