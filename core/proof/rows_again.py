"""The data of a bundle opened again, and the rows of a changed file told apart from those that the data has."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..dataset import Dataset
from ..errors import UserError
from ..manifest_reading import data_asked_for
from ..reading import Options, read_dataset
from ..shapes import Roles
from ..store import Store
from ..verify import Given
from ..writing import write_rows
from .row_list import changes, rows_of

TABLES = ("jsonl", "csv", "parquet")  # files whose rows can be read back


def data_of(recorded: Mapping[str, Any], given: Given, store: Store) -> Dataset:
    """The data that is given, with the roles that are recorded.

    Raises:
        UserError: none is given, or its columns are not those that were recorded.
    """
    from ..opening import open_dataset

    if not given.data:
        raise UserError(f"The rows were chosen from {data_asked_for(recorded['dataset'])}")
    opened = open_dataset(given.data, store, options=given.reading)
    return opened.with_roles(Roles.from_json(recorded["dataset"]["roles"]))


def rows_that_differ(recorded: Mapping[str, Any], record: Mapping[str, Any], path: Path, dataset: Dataset) -> list[str]:
    """Which rows of a file are others than those that the data has, by number in the file and id.

    Nothing where they are the same when they are read: then it is the way of writing that differs.
    """
    rows = np.array(recorded["selection"]["positions"], dtype=np.int64)
    options = {name: record[name] for name in ("order", "escape_formulas") if name in record}
    extra = {name: recorded["added"][name]["values"] for name in record.get("add", []) if name in recorded["added"]}
    with tempfile.TemporaryDirectory() as temporary:
        again = Path(temporary) / path.name
        write_rows(again, record["format"], dataset, rows, extra=extra, **options)
        try:
            found = [_read(each, record["format"], Path(temporary) / "read", recorded) for each in (again, path)]
        except UserError as error:
            return [f"it can no longer be read: {error}"]
        return changes(list(rows_of(found[0])), list(rows_of(found[1]))).sentences("the file")


def _read(path: Path, kind: str, home: Path, recorded: Mapping[str, Any]) -> Dataset:
    found = read_dataset([path], home, options=Options(format=kind))
    row_id = recorded["dataset"]["roles"].get("id")
    return found.with_roles(Roles(id=row_id if row_id in found.column_names else None))
