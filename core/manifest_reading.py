"""Reading a manifest, and telling whether it holds all that it takes to do again what it says."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any

from .errors import UserError
from .manifest import FORMAT
from .recipe import Recipe
from .shapes import Roles
from .store import read_json
from .template import Template

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
        raise UserError(f"{path} is not a manifest that `gamut select` or `gamut subset export` wrote.")
    if wrong := _first_wrong(found):
        raise UserError(f"{path} is not a whole manifest: {wrong} is missing, or not what it must be.")
    return found


def data_asked_for(dataset: Mapping[str, Any]) -> str:
    """What to give with --data, in a sentence: the address that the rows came from, or the name of their file."""
    addresses = {str(each["address"]) for each in dataset["sources"] if each.get("address")}
    if not addresses:
        return f"{dataset['name']}: give that file with --data."
    return f"{dataset['name']}: fetch it again with --data {' '.join(shlex.quote(each) for each in sorted(addresses))}."


def _first_wrong(found: Mapping[str, Any]) -> str | None:
    """The first field that is missing or of another type, as a path."""
    saved = found.get("subset") is not None  # rows that no recipe chose, of data that need not be embedded
    parts = [(name, found.get(name, ...)) for name in _FIELDS]
    reference = found.get("reference", "missing")
    if reference is not None:
        if not isinstance(reference, dict) or not isinstance(reference.get("name"), str) or "key" not in reference:
            return "reference"
        if not _rows_of_subset(reference.get("subset")):
            return "reference.subset"
        parts += [(f"reference.{name}", reference.get(name, ...)) for name in ("dataset", "embedding")]
    for name, value in parts:
        kind = name.removeprefix("reference.")
        if value is None and (kind == "dataset" or (saved and name == "embedding")):
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
    if saved and (wrong := _subset_wrong(found)):
        return wrong
    if not saved and not _makes(Recipe, found.get("recipe")):
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


def _rows_of_subset(found: Any) -> bool:
    """Whether that is nothing, or the name and the rows of a saved subset that was the reference."""
    if found is None:
        return True
    rows = found.get("positions") if isinstance(found, dict) and isinstance(found.get("name"), str) else None
    return isinstance(rows, list) and bool(rows) and all(type(row) is int and 0 <= row < 2**31 for row in rows)


def _subset_wrong(found: Mapping[str, Any]) -> str | None:
    """The first field that the manifest of a saved subset is without."""
    subset = found["subset"]
    if found["dataset"] is None:
        return "dataset"
    if not isinstance(subset, dict):
        return "subset"
    kinds = {"name": str, "ids_sha256": str, "made": dict}
    return next((f"subset.{name}" for name, kind in kinds.items() if not isinstance(subset.get(name), kind)), None)


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
