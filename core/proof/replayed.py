"""Choosing again as a bundle says: the rows, the values of them and of random subsets, the contamination check."""

from collections.abc import Sequence
from typing import Any

from ..contamination import How, check, described
from ..dataset import Dataset
from ..progress import Progress, part, silent
from ..replaying import close, replay
from ..selectors import Selection
from ..study import Study
from .checking import Bundle, data_changes


def replay_bundle(
    bundle: Bundle, study: Study, evaluations: Sequence[Dataset] = (), *, progress: Progress = silent
) -> tuple[Selection, list[str]]:
    """Choose and measure again; the selection, and how files, data, rows or values differ, in sentences."""
    recorded = bundle.recorded
    selection, again = replay(recorded, study)
    found = list(bundle.found)
    if study.dataset is not None:
        found += data_changes(bundle, study.dataset)
    found += again + _other_random(recorded, study, len(selection), part(progress, 0, 0.5))
    if evaluations:
        found += _other_meetings(recorded, study, selection, evaluations, part(progress, 0.5, 1))
    return selection, found


def _other_random(recorded: dict[str, Any], study: Study, size: int, progress: Progress) -> list[str]:
    """How the values of the random subsets differ from the recorded ones."""
    found = []
    seeds = recorded["bundle"].get("random_seeds", [])
    for done, (seed, scores) in enumerate(zip(seeds, recorded["random"], strict=False)):
        names = [score["metric"] for score in scores]
        share = part(progress, done / len(seeds), (done + 1) / len(seeds))
        now = study.random_subset(size, seed).measure(names, intervals=False, progress=share)
        for before, score in zip(scores, now, strict=True):
            value = score.as_json()["value"]
            if not close(before["value"], value):
                found.append(
                    f"{score.metric} of the random subset of seed {seed} was recorded as {before['value']} and is "
                    f"{value} now."
                )
    return found


def _other_meetings(
    recorded: dict[str, Any], study: Study, selection: Selection, evaluations: Sequence[Dataset], progress: Progress
) -> list[str]:
    """How the check against evaluation files differs from the recorded one."""
    before = recorded.get("contamination")
    if before is None:
        return ["The rows were not held against evaluation files when the bundle was made."]
    known = [source["sha256"] for each in before["evaluations"] for source in each["sources"]]
    if known != [source.sha256 for each in evaluations for source in each.sources]:
        return ["The evaluation files are not those that were recorded: their SHA-256 are others."]
    rows = selection.positions
    now = check(study, evaluations, How(**before["how"]), progress=progress).of(rows)
    told = described(now, [study.ids[row] for row in rows], study.positions[rows].tolist())
    if told["counts"] != before["counts"]:
        return [f"Held against the evaluation files, {told['counts']} rows meet one now, and {before['counts']} did."]
    return []
