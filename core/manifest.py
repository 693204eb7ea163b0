"""What was done, from what, with which versions: enough to do it again, and to check that a subset is what it says."""

import math
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np

from . import __version__
from .added import added
from .digest import digest, digest_file
from .errors import UserError
from .metrics import METRICS, Score
from .recipe import Recipe
from .selectors import Selection
from .shapes import Roles
from .store import read_json
from .study import Study
from .study_data import StudyData
from .template import Template

FORMAT = 2
# What a manifest must hold for it to be done again, and of which type
_FIELDS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "selection": {
        "selector": str,
        "positions": list,
        "positions_digest": str,
    },
    "dataset": {"name": str, "rows": int, "sources": list, "roles": dict},
    "embedding": {
        "encoder": str,
        "encoder_name": str,
        "key": str,
        "template": (dict, NoneType),
        "leave_out_empty": bool,
    },
}
_PACKAGES = (
    "numpy",
    "torch",
    "sentence-transformers",
    "transformers",
    "faiss-cpu",
    "scikit-learn",
    "umap-learn",
    "pyarrow",
)


def manifest(
    study: Study,
    selection: Selection,
    recipe: Recipe,
    *,
    scores: Sequence[Score] = (),
    random_scores: Sequence[Sequence[Score]] = (),
    add: Sequence[str] = (),
    files: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The proof of a selection as plain JSON.

    Args:
        scores: the metrics of the chosen rows; random_scores: those of random subsets of the same size.
        add: names of the values per row that are written beside the rows.
        files: what was written: name, format, sha256 and the options of the export.
    """
    rows = study.positions[selection.positions]
    return {
        "gamut_manifest": FORMAT,
        "gamut": __version__,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "dataset": _dataset(study),
        "embedding": _embedding(study),
        "reference": None if study.reference is None else _reference(study.reference),
        "recipe": recipe.as_json(),
        "selection": {
            "selector": selection.selector,
            "params": dict(selection.params),
            "pool": selection.pool,
            "chosen": len(selection),
            "notes": list(selection.notes),
            "details": dict(selection.details),
            "positions": [int(row) for row in rows],
            "positions_digest": digest(rows),
        },
        "scores": [score.as_json() for score in scores],
        "random": [[score.as_json() for score in scores] for scores in random_scores],
        "added": {name: column.as_json() for name, column in added(study, selection, add).items()},
        "files": [dict(file) for file in files],
        "versions": {"python": platform.python_version()} | {name: _version(name) for name in _PACKAGES},
    }


def read_manifest(path: Path) -> dict[str, Any]:
    """A manifest from its own file, or from inside an ids file; of the latter the gains too, as `gains`.

    Raises:
        UserError: no such file, or one that is not a whole manifest.
    """
    try:
        found = read_json(path)
    except OSError as error:
        raise UserError(f"The manifest {path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise UserError(f"{path} is not a manifest: it is not JSON ({error}).") from error
    if isinstance(found, dict) and isinstance(found.get("manifest"), dict):
        found = found["manifest"] | {"gains": found.get("gains")}
    if not isinstance(found, dict) or found.get("gamut_manifest") != FORMAT:
        raise UserError(f"{path} is not a manifest that `gamut select` wrote.")
    if wrong := _first_wrong(found):
        raise UserError(f"{path} is not a whole manifest: {wrong} is missing, or not what it must be.")
    return found


def _first_wrong(found: Mapping[str, Any]) -> str | None:
    """The first field that is missing or of another type, as a path."""
    parts = [(name, found.get(name, ...)) for name in _FIELDS]
    reference = found.get("reference", "missing")
    if reference is not None:
        if not isinstance(reference, dict) or not isinstance(reference.get("name"), str) or "key" not in reference:
            return "reference"
        parts += [(f"reference.{name}", reference.get(name, ...)) for name in ("dataset", "embedding")]
    for name, value in parts:
        kind = name.removeprefix("reference.")
        if kind == "dataset" and value is None:
            continue
        if not isinstance(value, dict):
            return name
        for field, types in _FIELDS[kind].items():
            if not isinstance(value.get(field, ...), types):
                return f"{name}.{field}"
        if kind == "dataset" and not all(isinstance(file, dict) and "sha256" in file for file in value["sources"]):
            return f"{name}.sources"
        made, of = ("template", Template) if kind == "embedding" else ("roles", Roles)
        if kind in ("embedding", "dataset") and value[made] is not None and not _makes(of, value[made]):
            return f"{name}.{made}"
    if not _makes(Recipe, found.get("recipe")):
        return "recipe"
    if not all(type(row) is int and row >= 0 for row in found["selection"]["positions"]):
        return "selection.positions"
    if not _columns(found.get("added", {}), len(found["selection"]["positions"])):
        return "added"
    for name, keys in (("files", {"format"}), ("scores", {"metric", "params", "value"})):
        entries = found.get(name)
        if not isinstance(entries, list) or not all(isinstance(each, dict) and keys <= set(each) for each in entries):
            return name
    return None


def _columns(found: Any, rows: int) -> bool:
    """Whether those are columns of a value for each row, as a manifest has them."""
    return isinstance(found, dict) and all(
        isinstance(column, dict) and isinstance(column.get("values"), list) and len(column["values"]) == rows
        for column in found.values()
    )


def _makes(kind: type[Roles | Template | Recipe], found: Any) -> bool:
    """Whether those fields are such a thing's own."""
    try:
        kind.from_json(found)
    except (TypeError, UserError):
        return False
    return True


def differences(recorded: Mapping[str, Any], study: Study) -> list[str]:
    """How the study differs from the one that was recorded, in sentences; nothing when it is the same."""
    found = []
    before, now = recorded["dataset"], _dataset(study)
    if (before is None) != (now is None):
        found.append("One was made from a dataset with rows, the other from vectors alone.")
    elif before and now:
        if before["rows"] != now["rows"]:
            found.append(f"The data had {before['rows']:,} rows and now has {now['rows']:,}.")
        if [source["sha256"] for source in before["sources"]] != [source["sha256"] for source in now["sources"]]:
            names = ", ".join(source["name"] for source in now["sources"])
            found.append(f"The content of the data ({names}) is not what it was.")
    if recorded["embedding"]["key"] != study.embeddings.key:
        found.append(
            f"The embeddings differ: recorded {recorded['embedding']['encoder']} ({recorded['embedding']['key']}), "
            f"now {study.embeddings.encoder} ({study.embeddings.key})."
        )
    now_reference = None if study.reference is None else study.reference.embeddings.key
    if (recorded["reference"] or {}).get("key") != now_reference:
        found.append("The reference set is not the one that was recorded.")
    return found


def replay(recorded: Mapping[str, Any], study: Study) -> tuple[Selection, list[str]]:
    """Choose and measure again as the manifest says; returns the selection and how it differs from what was recorded.

    Gains and scores are compared to six digits: another machine may add in another order.
    """
    selection = study.follow(Recipe.from_json(recorded["recipe"])).selection
    found = differences(recorded, study)
    rows = study.positions[selection.positions]
    before = np.array(recorded["selection"]["positions"], dtype=np.int64)
    if len(rows) != len(before):
        found.append(f"{len(before):,} rows were recorded and {len(rows):,} are chosen now.")
    elif not np.array_equal(rows, before):
        first = int(np.flatnonzero(rows != before)[0])
        found.append(
            f"The choice differs from pick {first + 1} on: row {before[first] + 1:,} was recorded, "
            f"row {rows[first] + 1:,} is chosen now; {len(np.setdiff1d(before, rows)):,} of {len(before):,} "
            "rows are others."
        )
    else:
        found += _other_numbers(recorded, study, selection)
    return selection, found


def replayed(recorded: Mapping[str, Any], study: Study, selection: Selection) -> dict[str, Any]:
    """The manifest of a selection that was made again and is the same: of today, with the scores of the first one."""
    recipe = Recipe.from_json(recorded["recipe"])
    proof = manifest(study, selection, recipe, add=list(recorded.get("added", {})))
    first = {name: recorded.get(name) for name in ("made", "gamut", "versions")}
    return proof | {"scores": recorded["scores"], "random": recorded.get("random", []), "repeats": first}


def _other_numbers(recorded: Mapping[str, Any], study: Study, selection: Selection) -> list[str]:
    """How the gains and scores of the same rows differ from the recorded ones."""
    found = []
    gains = recorded.get("gains")
    if isinstance(gains, list):
        now = [float(gain) if math.isfinite(gain) else None for gain in selection.gains]
        if len(gains) != len(now):
            found.append(f"{len(gains):,} gains were recorded for {len(now):,} rows.")
        elif unlike := [i for i, (one, other) in enumerate(zip(gains, now, strict=True)) if not _close(one, other)]:
            first = unlike[0]
            found.append(f"The gain of pick {first + 1} was recorded as {gains[first]} and is {now[first]} now.")
    found += _other_columns(recorded.get("added", {}), study, selection)
    subset = study.subset(selection.positions, "the subset")
    for score in recorded["scores"]:
        name = score["metric"]
        declared = METRICS[name].params if name in METRICS else {}
        params = {  # JSON has no infinity
            key: math.inf if value is None and key in declared and not declared[key].optional else value
            for key, value in score["params"].items()
        }
        value = subset.measure([name], params={name: params}, intervals=False)[0].as_json()["value"]
        if not _close(score["value"], value):
            found.append(f"{name} was recorded as {score['value']} and is {value} now.")
    return found


def _other_columns(recorded: Mapping[str, Any], study: Study, selection: Selection) -> list[str]:
    """How the values per row that were added differ from the recorded ones."""
    found = []
    for name, column in added(study, selection, list(recorded)).items():
        for place, (one, other) in enumerate(zip(recorded[name]["values"], column.values, strict=True)):
            if not _close(one, other):
                found.append(f"{name} of pick {place + 1} was recorded as {one} and is {other} now.")
                break
    return found


def _close(one: Any, other: Any) -> bool:
    if not isinstance(one, (int, float)) or not isinstance(other, (int, float)):
        return bool(one == other)
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)


def file_record(path: Path, kind: str, **options: Any) -> dict[str, Any]:
    """What a manifest says of a file that was written."""
    return {"name": path.name, "format": kind, "sha256": digest_file(path), **options}


def _dataset(study: StudyData) -> dict[str, Any] | None:
    data = study.dataset
    if data is None:
        return None
    return {
        "name": data.name,
        "key": data.key,
        "rows": len(data),
        "left_out": len(data) - len(study.positions),
        "sources": [{"name": source.name, "sha256": source.sha256, "bytes": source.bytes} for source in data.sources],
        "roles": data.roles.as_json(),
    }


def _embedding(study: StudyData) -> dict[str, Any]:
    found = study.embeddings
    return {
        "encoder": found.encoder,
        "encoder_name": found.encoder_name,
        "encoder_key": found.encoder_key,
        "key": found.key,
        "n": found.n,
        "dim": found.dim,
        "truncated_share": found.truncated_share,
        "template": study.template.as_json() if study.template else None,
        "leave_out_empty": study.leave_out_empty,
    }


def _reference(reference: StudyData) -> dict[str, Any]:
    return {
        "name": reference.name,
        "key": reference.embeddings.key,
        "n": len(reference),
        "dataset": _dataset(reference),
        "embedding": _embedding(reference),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
