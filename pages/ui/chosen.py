"""A selection on the page: beside chance, on the map, its gains, and its rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.figures import beside_random, gain_curve, map_figure
from core.jobs import Job
from core.metrics import METRICS, Score
from core.recipe import Recipe
from core.selectors import SELECTORS, Selection
from core.study import Study
from core.workspace import Entry

from . import state
from .listing import listing
from .measures import reference_of
from .theme import plot, theme
from .words import count, duration, number, plain

METRICS_SHOWN = [
    "novelsum",
    "distsum_cosine",
    "distsum_l2",
    "knn_distance",
    "vendi",
    "facility_location",
    "partition_entropy",
]


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
    reference = study.reference.dataset.key if study.reference and study.reference.dataset else None
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


def draw(entry: Entry, study: Study, found: Chosen) -> None:
    """The selection, the answer first: is it better than chance?"""
    selection = found.selection
    title = SELECTORS[selection.selector].title
    st.markdown(
        f"**{count(len(selection), 'row')} of {selection.pool:,} by {title}**, in {duration(selection.seconds)}."
    )
    if _above_chance(found) == 0:
        st.warning("No better than chance: on no metric is it above every random subset of its size.")
    for reason in (found.job.result or {}).get("refused", {}).values():
        st.warning(plain(reason, 400), icon=":material/rule:")
    for note in selection.notes:
        st.info(plain(note, 300), icon=":material/info:")
    titles = {score.metric: METRICS[score.metric].title for score in found.scores}
    lower = {name for name in titles if METRICS[name].better == "lower"}
    plot(beside_random(found.scores, found.random, theme(), titles=titles, lower=lower), key="beside random")
    st.caption(
        f"The dot is the selection; the band holds {count(len(found.random), 'random subset')} of the same size, "
        "lowest to highest. Each metric has a scale of its own; further right is more diverse. Reference: "
        f"{plain(study.reference.name) if study.reference else 'the pool itself'}."
    )
    map_tab, gain_tab, rows_tab, numbers_tab = st.tabs(["On the map", "Gain", "Chosen rows", "Numbers"])
    with map_tab:
        _on_the_map(study, selection)
    with gain_tab:
        if np.isfinite(selection.gains).any():
            plot(gain_curve(selection.gains, SELECTORS[selection.selector].gain, theme()), key="gains")
        else:
            st.caption("This selector has no gain: it does not weigh rows against those already chosen.")
    with rows_tab:
        gains = ["gain"] if np.isfinite(selection.gains).any() else []
        listing(entry, study, selection.positions, "chosen rows", found, columns=["rank", *gains])
    with numbers_tab:
        st.dataframe(_numbers(found), hide_index=True, height="content")
    st.page_link("pages/6_Export.py", label="Export this selection", icon=":material/download:")


def _above_chance(found: Chosen) -> int:
    """On how many metrics the selection is more diverse than every random subset."""
    above = 0
    for score in found.scores:
        sign = 1 if METRICS[score.metric].better == "higher" else -1
        drawn = [sign * value for value in _random_values(found, score.metric)]
        above += bool(drawn) and sign * score.value > max(drawn)
    return above


def _random_values(found: Chosen, metric: str) -> list[float]:
    """A metric's values for the random subsets, where it has one: it may refuse some of them."""
    return [score.value for scores in found.random for score in scores if score.metric == metric]


def _on_the_map(study: Study, selection: Selection) -> None:
    found = study.projected("umap") or study.projected("pca") or study.project("pca")
    figure = map_figure(found.xy, None, theme(), highlight=selection.positions).figure
    plot(figure, key="chosen map")
    st.caption(f"Chosen rows in colour, the others in grey ({found.method.upper()}).")


def _numbers(found: Chosen) -> pd.DataFrame:
    rows = []
    for score in found.scores:
        drawn = _random_values(found, score.metric)
        rows.append(
            {
                "Metric": METRICS[score.metric].title,
                "Selection": number(score.value),
                "Random, lowest": number(min(drawn, default=None)),
                "Random, highest": number(max(drawn, default=None)),
                "n": score.n,
                "Reference": reference_of(score),
                "Direction": METRICS[score.metric].direction,
            }
        )
    return pd.DataFrame(rows)
