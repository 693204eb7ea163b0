"""Checking a bundle: that its files are whole and say one thing, and that its rows are those of the data."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..contamination import csv_of
from ..dataset import Dataset
from ..digest import digest
from ..errors import UserError
from ..manifest_reading import read_manifest
from ..recipe import Recipe, dump_recipe
from ..records import plain
from ..store import Store, read_json
from ..verify import Given, verify
from . import names
from .asked import FILES
from .metrics_table import metrics_csv
from .row_list import changes, read_rows, rows_of
from .rows_again import TABLES, data_of, rows_that_differ
from .soundness import first_wrong
from .zips import unpack


@dataclass(frozen=True)
class Bundle:
    """A bundle that was unpacked: its manifest, with the gains, and what is wrong with its files."""

    folder: Path
    recorded: dict[str, Any]
    found: list[str]  # sentences on files that are missing, were added, or were changed
    changed: frozenset[str]  # the names of these files


def is_bundle(path: Path) -> bool:
    """Whether a path names a bundle rather than a manifest."""
    return path.suffix.lower() == ".zip"


@contextmanager
def opened(path: Path) -> Iterator[Bundle]:
    """A bundle, unpacked for as long as the block runs.

    Raises:
        UserError: a file that is no bundle, or one that may not be unpacked, or without a whole manifest.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        there = unpack(path, folder)
        if names.MANIFEST not in there:
            raise UserError(f"{path.name} is no bundle of Gamut: there is no {names.MANIFEST} in it.")
        found, changed = _files(folder, there)
        try:
            recorded = read_manifest(folder / names.MANIFEST)
        except RecursionError as error:  # lists in lists in lists: nothing that Gamut writes
            raise UserError(f"{path.name} is no bundle of Gamut: its manifest is not that of one.") from error
        if wrong := first_wrong(recorded):
            raise UserError(f"{path.name} is no whole bundle: in its manifest {wrong} is not what it must be.")
        try:
            recorded["gains"] = read_json(folder / names.IDS)["gains"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            recorded["gains"] = None
        yield Bundle(folder, recorded, found, changed)


def _files(folder: Path, there: Mapping[str, str]) -> tuple[list[str], frozenset[str]]:
    """What is wrong with the files by the list of their SHA-256."""
    if names.SUMS not in there:
        return [f"{names.SUMS} is missing: whether files were changed cannot be told by it."], frozenset()
    told = names.read_sums((folder / names.SUMS).read_text(encoding="utf-8", errors="replace"))
    missing = sorted(set(told) - set(there))
    extra = sorted(set(there) - set(told) - {names.SUMS})
    other = sorted(name for name in set(told) & set(there) if told[name] != there[name])
    found = [f"{name} is missing from the bundle." for name in missing]
    found += [f"{name} is no part of the bundle: it was put into it later." for name in extra]
    found += [f"{name} was changed: its SHA-256 is not the one that was written down." for name in other]
    return found, frozenset([*missing, *extra, *other])


def check_bundle(bundle: Bundle, given: Given, store: Store) -> list[str]:
    """What differs, in sentences: files of the bundle, and rows of the data by number and id; nothing where all holds.

    Whether the recipe chooses these rows, and they have these values, is asked by a replay.
    """
    recorded = bundle.recorded
    found = bundle.found + _told_twice(bundle)
    rows = np.array(recorded["selection"]["positions"], dtype=np.int64)
    if digest(rows) != recorded["selection"]["positions_digest"]:
        found.append("The positions in the manifest were changed: their digest is not the one beside them.")
    if recorded["dataset"] is None:
        return found + _rows_files(bundle, None, given, store)
    dataset = data_of(recorded, given, store)
    if other := data_changes(bundle, dataset):
        return [*found, *other, "The rows in the bundle were not held against such data."]
    if len(rows) and rows.max() >= len(dataset):
        return [*found, f"The manifest names row {rows.max() + 1:,}, and the data has {len(dataset):,} rows."]
    expected = {"ids": plain(dataset.ids(rows)), "positions": rows.tolist()}
    found += [
        f"{names.IDS}: its {name} are not those of the rows that the manifest names."
        for name, values in expected.items()
        if _json(bundle.folder / names.IDS).get(name) != values
    ]
    return found + _rows_files(bundle, dataset, given, store)


def data_changes(bundle: Bundle, dataset: Dataset) -> list[str]:
    """How the data differs from what the rows were chosen from: which file, and which rows by number and id."""
    before = bundle.recorded["dataset"]["sources"]
    now = [{"name": each.name, "sha256": each.sha256} for each in dataset.sources]
    if [each["sha256"] for each in before] == [each["sha256"] for each in now]:
        return []
    known = {each["sha256"] for each in before}
    other = [each["name"] for each in now if each["sha256"] not in known]
    word = "is not a file" if len(other) == 1 else "are not files"
    found = [f"{', '.join(other)} {word} that the rows were chosen from: the SHA-256 is another."] if other else []
    if len(before) != len(now):
        found.append(f"The data had {len(before):,} files and now has {len(now):,}.")
    elif not other:
        found.append("The files of the data are given in another order.")
    try:
        listed = read_rows(bundle.folder / names.DATA_ROWS)
    except (OSError, ValueError, RecursionError):
        return [*found, f"Which rows differ cannot be told: {names.DATA_ROWS} is missing or was changed."]
    what = changes(listed, list(rows_of(dataset)))
    if not what:
        return [*found, f"All {len(listed):,} rows are the same, in the same order."]
    chosen = {row + 1 for row in bundle.recorded["selection"]["positions"]}
    gone = [number for number, _ in what.removed if number in chosen]
    ids = {json.dumps(listed[number - 1][1]) for number in chosen}
    changed = [number for number, row_id in what.changed if row_id is not None and json.dumps(row_id) in ids]
    found += what.sentences()
    if gone or changed:
        found.append(f"Of the chosen rows {len(gone):,} were removed and {len(changed):,} were changed.")
    return found


def _told_twice(bundle: Bundle) -> list[str]:
    """Files that are made from others, and are not what these say: whoever changed one and its SHA-256 is found out."""
    recorded, folder = bundle.recorded, bundle.folder
    expected = {names.METRICS: metrics_csv(recorded), names.RECIPE: dump_recipe(Recipe.from_json(recorded["recipe"]))}
    met = _json(folder / names.MET)
    if recorded.get("contamination") is not None:
        kept = recorded["contamination"]
        if {name: met.get(name) for name in kept} != kept:
            expected[names.MET] = ""
        expected[names.MET_TABLE] = _table(met.get("rows"))
    return [
        f"{name} is not what the manifest and the other files of the bundle say."
        for name, text in expected.items()
        if name not in bundle.changed and _bytes(folder / name) != text.encode("utf-8", "backslashreplace")
    ]


def _rows_files(bundle: Bundle, dataset: Dataset | None, given: Given, store: Store) -> list[str]:
    """How the files of rows differ from the rows of the data."""
    found = []
    for record in bundle.recorded["files"]:
        path = bundle.folder / str(record.get("name"))
        if record.get("name") not in FILES.values() or not path.is_file():
            continue  # a missing one is told already
        wrong = verify(bundle.recorded, path, given, store)
        if wrong and dataset is not None and record["format"] in TABLES:
            wrong = rows_that_differ(bundle.recorded, record, path, dataset) or wrong
        found += [f"{path.name}: {words}" for words in wrong]
    return found


def _json(path: Path) -> dict[str, Any]:
    """An object in a file; an empty one where there is none."""
    try:
        found = read_json(path)
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _table(rows: Any) -> str:
    """The table of the entries; nothing of what are none."""
    try:
        return csv_of(rows)
    except (TypeError, ValueError, AttributeError):
        return ""


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
