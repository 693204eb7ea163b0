"""Whether the manifest of a bundle, which may come from a stranger, has the fields of a bundle in their types."""

from collections.abc import Mapping
from typing import Any


def first_wrong(recorded: Mapping[str, Any]) -> str | None:
    """The first field that is missing or of another type; what every manifest has was looked at before."""
    met = recorded.get("contamination")
    checks = {
        "bundle": isinstance(recorded.get("bundle"), dict) and _seeds(recorded["bundle"].get("random_seeds")),
        "selection.chosen": type(recorded["selection"].get("chosen")) is int,
        "scores": all(_is_score(score) for score in recorded["scores"]),
        "random": isinstance(recorded.get("random"), list)
        and all(
            isinstance(scores, list) and all(_is_score(score) for score in scores) for scores in recorded["random"]
        ),
        "files": all(isinstance(file.get("name"), str) for file in recorded["files"]),
        "contamination": met is None or (isinstance(met, dict) and _is_met(met)),
    }
    return next((name for name, good in checks.items() if not good), None)


def _seeds(found: Any) -> bool:
    return isinstance(found, list) and all(type(seed) is int and seed >= 0 for seed in found)


def _is_score(found: Any) -> bool:
    if not isinstance(found, dict) or not isinstance(found.get("metric"), str):
        return False
    ends = found.get("interval")
    numbers = [found.get("value"), *(ends if isinstance(ends, list) else [])]
    return (ends is None or (isinstance(ends, list) and len(ends) == 2)) and all(map(_is_number, numbers))


def _is_number(found: Any) -> bool:
    return found is None or (isinstance(found, int | float) and not isinstance(found, bool))


def _is_met(found: Mapping[str, Any]) -> bool:
    evaluations, how = found.get("evaluations"), found.get("how")
    sources = [each.get("sources") for each in evaluations or [] if isinstance(each, dict)]
    return (
        isinstance(evaluations, list)
        and len(sources) == len(evaluations)
        and all(
            isinstance(each, list) and all(isinstance(one, dict) and "sha256" in one for one in each)
            for each in sources
        )
        and isinstance(how, dict)
        and set(how) == {"words", "share", "similarity"}
        and all(map(_is_number, how.values()))
        and isinstance(found.get("counts"), dict)
    )
