"""Scores on the page: which metrics, the cards, the table, and what each one says."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.figures import plus_minus
from core.jobs import Job
from core.metrics import METRICS, Score
from core.study import Study
from core.workspace import Entry

from . import frame, state
from .widgets import param_widgets
from .words import cell, number, plain

_LOPSIDED = 0.02  # share of an interval by which its sides may differ and still be written as one
_FIRST = ("novelsum", "vendi", "distsum_cosine", "knn_distance")  # the cards


def choose(study: Study) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """The metrics to show and their parameters where they are not the defaults."""
    every = study.measurable()
    with st.expander("Metrics and their parameters", icon=":material/tune:"):
        names = st.multiselect(
            "Metrics", every, default=every, format_func=lambda name: METRICS[name].title, key="metrics"
        )
        params = parameters(names, "metric")
    return names, params


def parameters(names: Sequence[str], key: str) -> dict[str, dict[str, Any]]:
    """Widgets for the parameters of those metrics, three metrics beside each other; what is not at its default."""
    with_params = [name for name in names if METRICS[name].params]
    params = {}
    for start in range(0, len(with_params), 3):
        for column, name in zip(st.columns(3), with_params[start : start + 3], strict=False):
            with column.container(border=True), frame.errors():
                st.markdown(f"**{METRICS[name].title}**")
                if chosen := param_widgets(METRICS[name].params, f"{key}:{name}"):
                    params[name] = chosen
    return params


def start(entry: Entry, args: dict[str, Any]) -> Job:
    """Queue the measuring."""
    title = f"{args['subset']['name']} of {entry.name}" if args.get("subset") else entry.name
    job = state.jobs().submit("measure", f"Measure {title}"[:120], **args)
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
            words = f"{metric.says} {metric.direction.capitalize()}."
            if score.interval_kind:
                words += f" Interval: {plain(score.interval_kind, 300)}."
            st.metric(metric.title, number(score.value), help=words)
            st.caption(qualifier(score))


def qualifier(score: Score) -> str:
    """n, reference and interval of a score in one short line."""
    words = [around] if (around := interval_of(score)) else []
    words.append(f"n = {score.n:,}")
    if score.reference:
        words.append("against itself" if score.reference == "self" else f"against {plain(score.reference, 40)}")
    if score.estimated:
        words.append("estimated")
    return ", ".join(words)


def interval_of(score: Score) -> str:
    """`± 0.004`, the ends where the value is not in their middle, nothing where there are none."""
    if score.interval is None or not all(math.isfinite(each) for each in (score.value, *score.interval)):
        return ""
    below, above = score.value - score.interval[0], score.interval[1] - score.value
    if abs(above - below) > _LOPSIDED * (above + below):
        return f"{number(score.interval[0])} to {number(score.interval[1])}"
    return plus_minus(score.value, (above + below) / 2).partition(" ")[2]


def with_interval(score: Score) -> str:
    """`0.691 ± 0.004`, or `0.691 (0.650 to 0.699)`."""
    around = interval_of(score)
    if around.startswith("±"):
        assert score.interval is not None
        return plus_minus(score.value, (score.interval[1] - score.interval[0]) / 2)
    return f"{number(score.value)} ({around})" if around else number(score.value)


def table(scores: Sequence[Score]) -> None:
    """Every score with what is needed to read it."""
    rows = [
        {
            "Metric": METRICS[score.metric].title,
            "Value": with_interval(score),
            "Better": {"higher": "↑ higher", "lower": "↓ lower"}[METRICS[score.metric].better],
            "n": score.n,
            "Reference": reference_of(score),
            "What it says": METRICS[score.metric].says,
            "Unit": METRICS[score.metric].unit,
            "Range": METRICS[score.metric].range,
            "Parameters": cell(", ".join(f"{name} = {value}" for name, value in score.params.items())),
            "Exact": "estimate" if score.estimated else "exact",
            "Interval": cell(score.interval_kind),
            "Seconds": round(score.seconds, 2),
        }
        for score in scores
    ]
    widths = {
        "Metric": st.column_config.TextColumn(width=180, pinned=True),
        "Value": st.column_config.TextColumn(width=140, help="With its interval, of which the column Interval tells."),
        "What it says": st.column_config.TextColumn(width="large"),
    }
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", column_config=widths)


def reference_of(score: Score) -> object:
    """What a score was taken against, as a table's cell."""
    return cell({"self": "itself", None: "none needed"}.get(score.reference, score.reference))
