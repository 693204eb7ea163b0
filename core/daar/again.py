"""The manifest of an entropy selection: read, done again, and laid beside what comes of it now."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..digest import digest
from ..errors import UserError
from ..store import read_json
from ..study import Study
from .found import FORMAT, Daar
from .plan import Plan

_CLOSE = 1e-6  # nats


def read_manifest(path: Path) -> tuple[Plan, dict[str, Any]]:
    """The plan in the manifest, and all of it.

    Raises:
        UserError: no such file, or what is no manifest of an entropy selection.
    """
    try:
        found = read_json(path)
    except OSError as error:
        raise UserError(f"The manifest {path} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path.name} is not JSON ({error}).") from error
    if not isinstance(found, dict) or "gamut_daar" not in found:
        raise UserError(f"{path.name} is not the manifest of an entropy selection: `gamut daar --manifest` writes one.")
    if found["gamut_daar"] != FORMAT:
        raise UserError(f"{path.name} is a manifest of format {found['gamut_daar']!r}, and this Gamut reads {FORMAT}.")
    wanted = {"plan", "study", "data", "model", "domains", "domain_digest", "held_out", "chosen", "values"}
    if missing := sorted(wanted - set(found)):
        raise UserError(f"{path.name} is damaged: it has no {missing[0]!r}.")
    if damaged := [name for name, right in _RIGHT.items() if not right(found[name])]:
        raise UserError(f"{path.name} is damaged: its {damaged[0]!r} is not what `gamut daar --manifest` writes.")
    if len(found["chosen"]) != len(found["values"]):
        raise UserError(f"{path.name} is damaged: it has not as many values as chosen rows.")
    return Plan.from_json(found["plan"]), found


def _all(found: Any, *kinds: type) -> bool:
    return isinstance(found, list) and all(type(each) in kinds for each in found)


_RIGHT: Mapping[str, Callable[[Any], bool]] = {
    "plan": lambda found: isinstance(found, dict),
    "study": lambda found: isinstance(found, str),
    "data": lambda found: isinstance(found, dict),
    "model": lambda found: isinstance(found, dict),
    "domains": lambda found: _all(found, dict),
    "domain_digest": lambda found: isinstance(found, str),
    "held_out": lambda found: _all(found, int),
    "chosen": lambda found: _all(found, int),
    "values": lambda found: _all(found, int, float),
}


def differs(study: Study, found: Daar, manifest: Mapping[str, Any]) -> list[str]:
    """What comes out otherwise than the manifest says, in sentences; nothing where all is the same."""
    now = found.as_json(study)
    said = []
    if now["study"] != manifest["study"]:
        said.append("The rows or their embeddings are others.")
    if now["model"] != manifest["model"]:
        said.append(f"The model is another: {_name(manifest)} then, {_name(now)} now.")
    then, pairs = ([each.get("pairs") for each in one["domains"]] for one in (manifest, now))
    if then != pairs:
        said.append("The pairs of the domains are others.")
    if now["domain_digest"] != manifest["domain_digest"]:
        said.append("Some rows are of other domains.")
    if digest(now["held_out"]) != digest(manifest["held_out"]):
        said.append("Other rows are held out.")
    if now["chosen"] != manifest["chosen"]:
        kept, total = len(set(now["chosen"]) & set(manifest["chosen"])), len(manifest["chosen"])
        if kept == total == len(now["chosen"]):
            said.append("The same rows are chosen in another order.")
        else:
            said.append(f"{kept:,} of {total:,} rows are chosen again.")
    elif any(abs(a - b) > _CLOSE for a, b in zip(now["values"], manifest["values"], strict=True)):
        said.append("The rows are the same, and their entropies are not.")
    return said


def _name(manifest: Mapping[str, Any]) -> str:
    model = manifest["model"]
    return f"{model.get('name')} ({str(model.get('key'))[:12]})"
