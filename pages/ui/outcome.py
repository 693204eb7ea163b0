"""What came of a selection: beside chance, on the map, how many rows are enough, which were left out, the numbers."""

import numpy as np
import pandas as pd
import streamlit as st

from core.figures import beside_random
from core.metrics import METRICS
from core.selectors import SELECTORS
from core.study import Study
from core.workspace import Entry

from . import advising, left_out, saved, steps, why
from .chosen import Chosen
from .listing import listing
from .measures import reference_of
from .theme import plot, theme
from .words import count, duration, number, plain


def draw(entry: Entry, study: Study, found: Chosen) -> None:
    """The selection, the answer first: is it better than chance?"""
    selection = found.selection
    title = SELECTORS[selection.selector].title
    st.markdown(
        f"**{count(len(selection), 'row')} of {selection.pool:,} by {title}**, in {duration(selection.seconds)}."
    )
    if len(found.recipe.steps) > 1:
        st.markdown(steps.listed(found.recipe.steps, study.follow(found.recipe).left, len(study)))
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
    tabs = st.tabs(["On the map", "How many", "Chosen rows", "Left out", "Numbers"])
    with tabs[0]:
        left_out.on_the_map(entry, study, found)
    with tabs[1]:
        advising.draw(study, found)
    with tabs[2]:
        gains = ["gain"] if np.isfinite(selection.gains).any() else []
        picked = listing(entry, study, selection.positions, "chosen rows", found, columns=["rank", *gains])
        if picked is not None:
            why.draw(study, found, picked)
    with tabs[3]:
        left_out.draw(entry, study, found)
    with tabs[4]:
        st.dataframe(_numbers(found), hide_index=True, height="content")
    with st.container(horizontal=True, vertical_alignment="center"):
        saved.save_form(
            study, selection.positions, saved.chosen_by(found, study), "chosen", f"{len(selection):,} by {title}"
        )
        st.page_link("pages/7_Export.py", label="Export this selection", icon=":material/download:")


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
