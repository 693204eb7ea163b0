"""Scores on the page: which metrics, the cards, the table, and what each one says."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.jobs import Job
from core.metrics import METRICS, Metric, Score
from core.study import Study
from core.workspace import Entry

from . import frame, state
from .widgets import param_widgets
from .words import cell, number, plain

_FIRST = ("novelsum", "vendi", "distsum_cosine", "knn_distance")  # the cards


def choose(study: Study) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """The metrics to show and their parameters where they are not the defaults."""
    every = study.measurable()
    with st.expander("Metrics and their parameters", icon=":material/tune:"):
        names = st.multiselect(
            "Metrics", every, default=every, format_func=lambda name: METRICS[name].title, key="metrics"
        )
        with_params = [name for name in names if METRICS[name].params]
        params = {}
        for start in range(0, len(with_params), 3):
            for column, name in zip(st.columns(3), with_params[start : start + 3], strict=False):
                with column.container(border=True), frame.errors():
                    st.markdown(f"**{METRICS[name].title}**")
                    if chosen := param_widgets(METRICS[name].params, f"metric:{name}"):
                        params[name] = chosen
    return names, params


def start(entry: Entry, args: dict[str, Any]) -> Job:
    """Queue the measuring."""
    job = state.jobs().submit("measure", f"Measure {entry.name}"[:120], **args)
    state.jobs().ensure_worker()
    return job


def cards(scores: Sequence[Score]) -> None:
    """The first numbers to look at, large."""
    by_name = {score.metric: score for score in scores}
    shown = [by_name[name] for name in _FIRST if name in by_name]
    with st.container(key="cards scores"):
        columns = st.columns(max(1, len(shown)))
    for column, score in zip(columns, shown, strict=False):
        with column.container(border=True):
            metric = METRICS[score.metric]
            st.metric(metric.title, number(score.value), help=f"{metric.says} {metric.direction.capitalize()}.")
            st.caption(qualifier(score))


def qualifier(score: Score) -> str:
    """n, reference and interval of a score in one short line."""
    words = [f"n = {score.n:,}"]
    if score.interval:
        words.append(f"{number(score.interval[0])} to {number(score.interval[1])} ({score.interval_kind})")
    if score.reference:
        words.append("against itself" if score.reference == "self" else f"against {plain(score.reference, 40)}")
    if score.estimated:
        words.append("estimated")
    return ", ".join(words)


def table(scores: Sequence[Score]) -> None:
    """Every score with what is needed to read it."""
    rows = [
        {
            "Metric": METRICS[score.metric].title,
            "Value": number(score.value, 4),
            "Better": {"higher": "↑ higher", "lower": "↓ lower"}[METRICS[score.metric].better],
            "n": score.n,
            "Reference": reference_of(score),
            "What it says": METRICS[score.metric].says,
            "Unit": METRICS[score.metric].unit,
            "Parameters": cell(", ".join(f"{name} = {value}" for name, value in score.params.items())),
            "Exact": "estimate" if score.estimated else "exact",
            "Seconds": round(score.seconds, 2),
        }
        for score in scores
    ]
    widths = {
        "Metric": st.column_config.TextColumn(width=180, pinned=True),
        "What it says": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", column_config=widths)


def reference_of(score: Score) -> object:
    """What a score was taken against, as a table's cell."""
    return cell({"self": "itself", None: "none needed"}.get(score.reference, score.reference))


def explain(metrics: Sequence[Metric]) -> None:
    """Formula, source, and what each metric rewards and overlooks."""
    st.subheader("What each metric says", anchor=False)
    for metric in metrics:
        with st.expander(metric.title):
            st.markdown(f"{metric.says} **{metric.direction.capitalize()}.**")
            st.latex(metric.formula)
            st.markdown(
                f"- Rewards: {metric.rewards}\n- Overlooks: {metric.overlooks}\n- Size: {metric.size}\n"
                f"- Cost: {metric.cost}\n- Source: {metric.source}"
            )
