"""Opening a study as a manifest says, and checking a subset file against the data it was made from."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dataset import Dataset
from .digest import digest, digest_file
from .errors import UserError
from .manifest_reading import data_asked_for
from .progress import Progress, part, silent
from .reading import Options
from .recorded_edits import with_recorded_edits
from .records import plain
from .shapes import Roles
from .store import Store, read_json
from .study import Study
from .subset import part_of
from .subset_files import ids_sha256
from .template import Template


@dataclass(frozen=True)
class Given:
    """What a person names to have a manifest done again: files, and how to read them."""

    data: Sequence[Path] = ()
    vectors: str | None = None
    reference: str | None = None
    encoder: str | None = None  # where it is a folder that has moved
    reading: Options | None = None


def study_for(recorded: Mapping[str, Any], given: Given, store: Store, progress: Progress = silent) -> Study:
    """The study that a manifest was made from, opened from what is given.

    Raises:
        UserError: something that the manifest was made from is not given.
    """
    study = with_recorded_edits(_opened(recorded, given, store, part(progress, 0, 0.7)), recorded)
    reference = recorded["reference"]
    if reference is None:
        return study
    rows = reference.get("subset")
    if rows and _same_study(recorded, reference):
        return study.against(_part(study, rows))
    if given.reference is None:
        raise UserError(f"The manifest names the reference {reference['name']}: give it with --reference.")
    path = Path(given.reference)
    # A reference is one file: of one with vectors of the user's own these are enough, for its rows are not asked for.
    alone = reference["dataset"] is None or not reference["embedding"]["encoder_name"]
    other = replace(given, data=(path,), vectors=None)
    rest = part(progress, 0.7, 1)
    whole = Study.of_file(path, store=store) if alone else _opened(reference, other, store, rest)
    return study.against(_part(whole, rows) if rows else whole)


def _same_study(recorded: Mapping[str, Any], reference: Mapping[str, Any]) -> bool:
    """Whether the reference is made of the rows and vectors that were chosen from, so that it is opened with them."""
    one, other = recorded["dataset"], reference["dataset"]
    same = ("encoder_name", "encoder_key", "template", "leave_out_empty")
    return bool(one and other and one["key"] == other["key"]) and all(
        recorded["embedding"].get(name) == reference["embedding"].get(name) for name in same
    )


def _part(study: Study, recorded: Mapping[str, Any]) -> Study:
    """The saved subset of a study, by the rows that were recorded."""
    if study.dataset is None or max(recorded["positions"]) >= len(study.dataset):
        raise UserError(
            f"The manifest's reference is the subset {recorded['name']!r}, with rows beyond those of the data given. "
            "Give the data that it was made from."
        )
    return part_of(study, np.array(recorded["positions"], dtype=np.int64), recorded["name"])


def _opened(made: Mapping[str, Any], given: Given, store: Store, progress: Progress) -> Study:
    """What was made, the data of a manifest or its reference, by its own description."""
    from .opening import dataset_with_vectors, embed_dataset

    dataset, how = made["dataset"], made["embedding"]
    if dataset is None:
        found = Path(given.vectors) if given.vectors else given.data[0] if given.data else None
        if found is None:
            raise UserError("The manifest was made from vectors alone: give them with --data or --embeddings.")
        return Study.of_file(found, store=store)
    opened = _dataset(dataset, given, store, progress)
    template = Template.from_json(how["template"]) if how["template"] else None
    leave_out = how["leave_out_empty"]
    if given.vectors is not None:
        return dataset_with_vectors(opened, given.vectors, store, template, leave_out_empty=leave_out)
    encoder = given.encoder or how["encoder_name"]
    if not encoder:
        raise UserError("The manifest was made with vectors of the user's own: give them with --embeddings.")
    return embed_dataset(opened, store, encoder, template, leave_out_empty=leave_out, progress=progress)


def _dataset(recorded: Mapping[str, Any], given: Given, store: Store, progress: Progress = silent) -> Dataset:
    from .opening import open_dataset

    if not given.data:
        raise UserError(f"The manifest was made from {data_asked_for(recorded)}")
    opened = open_dataset(given.data, store, options=given.reading, progress=progress)
    return opened.with_roles(Roles.from_json(recorded["roles"]))


def verify(recorded: Mapping[str, Any], subset: Path, given: Given, store: Store) -> list[str]:
    """How a subset file differs from what the manifest says it is, in sentences; nothing when it is the same.

    The rows are taken from the data once more and written in the subset's format; the bytes must be the same (of an
    ids file the ids and positions, of vectors the numbers). Values per row that were added are taken from the manifest.
    Whether the selector chooses these rows, and whether they have these values, is not asked.
    """
    if not subset.is_file():
        raise UserError(f"There is no file {subset}.")
    rows = np.array(recorded["selection"]["positions"], dtype=np.int64)
    found = []
    if digest(rows) != recorded["selection"]["positions_digest"]:
        found.append("The positions in the manifest were changed: their digest is not the one beside them.")
    if recorded["dataset"] is None:
        return found + _verify_vectors(recorded, given, rows, subset)
    dataset = _dataset(recorded["dataset"], given, store)
    before = [source["sha256"] for source in recorded["dataset"]["sources"]]
    if before != [source.sha256 for source in dataset.sources]:
        found.append("The content of the data is not what it was when the manifest was made.")
    if len(rows) and rows.max() >= len(dataset):
        return [*found, f"The manifest names row {rows.max() + 1:,}, and the data has {len(dataset):,} rows."]
    if recorded.get("subset") and ids_sha256(dataset, rows) != recorded["subset"]["ids_sha256"]:
        found.append("The ids of the rows are not those that were recorded: their SHA-256 is another.")
    match subset.suffix.lower():
        case ".json":
            return found + _compare_ids(recorded, dataset.ids(rows), rows, subset)
        case ".npy":
            return found + _compare_vectors(recorded, dataset, given, store, rows, subset)
        case _:
            return found + _compare_bytes(recorded, dataset, rows, subset)


def _compare_ids(
    recorded: Mapping[str, Any], expected: Sequence[Any], rows: NDArray[np.int64], subset: Path
) -> list[str]:
    try:
        written = read_json(subset)
        positions, ids, selection = written["positions"], written["ids"], written["manifest"]["selection"]
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{subset.name} is not an ids file that Gamut wrote.") from None
    found = []
    if positions != rows.tolist():
        found.append(f"The positions differ: {_first_difference(positions, rows.tolist())}")
    if ids != (expected := plain(expected)):
        found.append(f"The ids differ: {_first_difference(ids, expected)}")
    columns = {name: column["values"] for name, column in recorded.get("added", {}).items()}
    if written.get("values", {}) != columns:
        found.append(f"The values per row in {subset.name} are not those of the manifest.")
    if selection != recorded["selection"]:
        found.append(f"The manifest inside {subset.name} tells of another selection.")
    return found


def _compare_bytes(recorded: Mapping[str, Any], dataset: Dataset, rows: NDArray[np.int64], subset: Path) -> list[str]:
    from .writing import kind_of, write_rows

    kind = kind_of(subset)
    found = digest_file(subset)
    difference = ""
    for options in _ways(recorded, kind):
        with tempfile.TemporaryDirectory() as folder:
            again = Path(folder) / subset.name
            names = options.pop("add", [])
            extra = {name: recorded.get("added", {})[name]["values"] for name in names}
            write_rows(again, kind, dataset, rows, extra=extra, **options)
            if digest_file(again) == found:
                return []
            difference = difference or _first_line_that_differs(again, subset)
    return [difference]


def _compare_vectors(
    recorded: Mapping[str, Any], dataset: Dataset, given: Given, store: Store, rows: NDArray[np.int64], subset: Path
) -> list[str]:
    """By the vectors that are given, or those in the store: nothing is embedded for this."""
    from .opening import dataset_with_vectors, study_of

    how = recorded["embedding"]
    if how is None:
        raise UserError("This manifest is that of rows and tells of no vectors. Name the file of the rows.")
    template = Template.from_json(how["template"]) if how["template"] else None
    leave_out = how["leave_out_empty"]
    if given.vectors is not None:
        study = dataset_with_vectors(dataset, given.vectors, store, template, leave_out_empty=leave_out)
    elif store.has("embeddings", how["key"]):
        study = study_of(dataset, how["key"], template, store, leave_out_empty=leave_out)
    else:
        raise UserError(
            f"The embeddings of {dataset.name} are not in the store. Give them with --embeddings, or run "
            "`gamut replay` first, which embeds again."
        )
    found = [] if study.embeddings.key == how["key"] else ["The embeddings are not those that were recorded."]
    places = np.searchsorted(study.positions, rows)  # positions of a whole study rise
    if len(rows) and not np.isin(rows, study.positions).all():
        return [*found, "The manifest names rows that have no vector."]
    return found + _same_vectors(recorded, subset, study.embeddings.vectors, places)


def _verify_vectors(recorded: Mapping[str, Any], given: Given, rows: NDArray[np.int64], subset: Path) -> list[str]:
    from .vector_files import load_array, locate
    from .vectors import from_array

    named = given.vectors or (given.data[0] if given.data else None)
    if named is None:
        raise UserError("The manifest was made from vectors alone: give them with --data.")
    source, part = locate(named)
    pool = from_array(load_array(source, part), name=source.name)
    found = [] if pool.key == recorded["embedding"]["key"] else ["The vectors are not those that were recorded."]
    if len(rows) and rows.max() >= pool.n:
        return [*found, f"The manifest names row {rows.max() + 1:,}, and {source.name} has {pool.n:,} rows."]
    if subset.suffix.lower() == ".json":
        return found + _compare_ids(recorded, rows.tolist(), rows, subset)
    return found + _same_vectors(recorded, subset, pool.vectors, rows)


def _same_vectors(
    recorded: Mapping[str, Any], subset: Path, vectors: NDArray[np.float32], rows: NDArray[np.int64]
) -> list[str]:
    from .vector_files import load_array

    written = load_array(subset)
    orders = [np.sort(rows) if way.get("order") == "original" else rows for way in _ways(recorded, "npy")]
    same = any(np.array_equal(written, vectors[order]) for order in orders)
    return [] if same else [f"The vectors in {subset.name} are not those of the chosen rows."]


def _ways(recorded: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """How a file of that kind was written, or every way it may have been where the manifest says nothing of it."""
    known = [
        {name: file[name] for name in ("order", "escape_formulas", "add") if name in file}
        for file in recorded["files"]
        if file["format"] == kind
    ]
    escapes: list[dict[str, Any]] = [{"escape_formulas": escape} for escape in (False, True)] if kind == "csv" else [{}]
    columns: list[dict[str, Any]] = [{}] + ([{"add": list(recorded["added"])}] if recorded.get("added") else [])
    orders = ("chosen", "original")
    return known or [{"order": order} | escape | more for order in orders for escape in escapes for more in columns]


def _first_difference(written: Sequence[Any], expected: Sequence[Any]) -> str:
    for place, (one, other) in enumerate(zip(written, expected, strict=False)):
        if one != other:
            return f"number {place + 1} is {one!r} and should be {other!r}."
    return f"there are {len(written):,} and should be {len(expected):,}."


def _first_line_that_differs(expected: Path, subset: Path) -> str:
    if expected.suffix.lower() == ".parquet":
        return "The rows, or the way the Parquet file was written, differ from the data's."
    with expected.open("rb") as left, subset.open("rb") as right:
        for number, (one, other) in enumerate(zip(left, right, strict=False), start=1):
            if one != other:
                return f"Line {number} is not the line that the data has there."
    return f"It has {_lines(subset):,} lines and should have {_lines(expected):,}."


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)
