"""Doing again what a manifest says, and how what comes of it differs from what was recorded."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .added import added
from .manifest import describe_dataset, manifest
from .metrics import METRICS
from .recipe import Recipe
from .recorded_edits import with_recorded_edits
from .selectors import Selection
from .study import Study


def differences(recorded: Mapping[str, Any], study: Study) -> list[str]:
    """How the study differs from the one that was recorded, in sentences; nothing when it is the same."""
    found = []
    before, now = recorded["dataset"], describe_dataset(study)
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
    study = with_recorded_edits(study, recorded)
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
    study = with_recorded_edits(study, recorded)
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
        elif unlike := [i for i, (one, other) in enumerate(zip(gains, now, strict=True)) if not close(one, other)]:
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
        if not close(score["value"], value):
            found.append(f"{name} was recorded as {score['value']} and is {value} now.")
    return found


def _other_columns(recorded: Mapping[str, Any], study: Study, selection: Selection) -> list[str]:
    """How the values per row that were added differ from the recorded ones."""
    found = []
    for name, column in added(study, selection, list(recorded)).items():
        for place, (one, other) in enumerate(zip(recorded[name]["values"], column.values, strict=True)):
            if not close(one, other):
                found.append(f"{name} of pick {place + 1} was recorded as {one} and is {other} now.")
                break
    return found


def close(one: Any, other: Any) -> bool:
    """Whether two values are the same to six digits."""
    if not isinstance(one, (int, float)) or not isinstance(other, (int, float)):
        return bool(one == other)
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
