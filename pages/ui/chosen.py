"""The selection that the pages are about: the one in the URL, with its scores and those of random subsets."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.jobs import Job
from core.metrics import Score
from core.proof import MEASURED
from core.recipe import Recipe
from core.selectors import Selection
from core.study import Study

from . import state

METRICS_SHOWN = list(MEASURED)


@dataclass(frozen=True)
class Chosen:
    """A selection with the scores of its rows and of random subsets of the same size."""

    job: Job
    recipe: Recipe
    key: str  # the store's key of the selection
    selection: Selection
    scores: list[Score]
    random: list[list[Score]]  # by seed, in the order of the scores


def current(study: Study) -> Chosen | None:
    """The selection in the URL where it belongs to this study and is done."""
    job_id = state.recall("s")
    job = state.jobs().find(job_id) if job_id else None
    reference = study.reference_word
    if (
        job is None
        or job.state != "done"
        or "recipe" not in job.args
        or study.dataset is None
        or job.args["dataset"] != study.dataset.key
    ):
        return None
    if job.args["reference"] != reference:
        st.info("The last selection was made against another reference. Choose again to use this one.")
        return None
    return _load(study, job)


def _load(study: Study, job: Job) -> Chosen | None:
    args = job.args
    recipe = recipe_of(args)
    key = study.recipe_key(recipe)
    selection = study.selected(key)
    if selection is None:
        return None
    subset = study.subset(selection.positions, "the selection")
    scores = [score for name in args["metrics"] if (score := subset.measured(name))]
    random = []
    for seed in args["random_seeds"]:
        drawn = study.random_subset(len(selection), seed)
        random.append([score for name in args["metrics"] if (score := drawn.measured(name))])
    return Chosen(job, recipe, key, selection, scores, random)


def recipe_of(args: dict[str, Any]) -> Recipe:
    """How the rows of a job of the kind "select" are chosen."""
    return Recipe.from_json(args["recipe"])
