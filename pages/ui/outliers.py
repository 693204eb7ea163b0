"""Outliers on the Map page: rows far from all others, by a share of the rows or a distance that can be moved."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.outliers import NEIGHBOUR, Outliers, check_enough, known_outliers, ordinal
from core.study import Study
from core.workspace import Entry

from . import chosen, picked, saved, state
from .jobs import show_job
from .listing import listing
from .words import count, number

_MOST = 20.0  # percent of the rows that the slider goes up to
_WAYS = ("Share of the rows", "Distance")


def draw(entry: Entry, study: Study, made: chosen.Chosen | None) -> None:
    """The section: a button that looks once, then the rows that a share or a distance says."""
    st.subheader("Outliers", anchor=False)
    st.caption(
        f"Rows far from all others, by the cosine distance to their {ordinal(NEIGHBOUR)} nearest other row (0 is the "
        "same, 1 unrelated). Nothing else in the set says what such a row says: it may be the most valuable row or "
        "rubbish, such as broken text or another language. Read before you take it out or keep it."
    )
    found = known_outliers(study)
    if found is None:
        _begin(entry, study)
        return
    left, right = st.columns([2, 5], vertical_alignment="bottom")
    way = left.segmented_control("By", _WAYS, default=_WAYS[0], key="outliers by") or _WAYS[0]
    rows = _by_share(right, study, found) if way == _WAYS[0] else _by_distance(right, study, found)
    _said(found, rows)
    if len(rows):
        _actions(study, found, rows)
        extra = {"distance": np.round(found.distances[rows], 4)}
        listing(entry, study, rows, "outliers", made, columns=(), extra=extra)


def _begin(entry: Entry, study: Study) -> None:
    check_enough(study)
    args = {"dataset": entry.dataset, "setup": entry.key, "reference": None}
    job = state.job("outliers", args)
    if job is not None and job.state != "done":
        show_job(job.id, place="outliers")
    elif st.button(f"Look for outliers among {count(len(study), 'row')}", key="look for outliers"):
        state.jobs().submit("outliers", f"Outliers of {entry.name}"[:120], **args)
        state.jobs().ensure_worker()
        st.rerun()


def _by_share(place: st.delta_generator.DeltaGenerator, study: Study, found: Outliers) -> NDArray[np.int64]:
    percent = place.slider(
        "The farthest of all rows",
        0.1,
        _MOST,
        1.0,
        0.1,
        format="%.1f %%",
        key=f"outliers share:{study.key}",
        help="Moving it compares nothing anew.",
    )
    return found.share(percent / 100)


def _by_distance(place: st.delta_generator.DeltaGenerator, study: Study, found: Outliers) -> NDArray[np.int64]:
    low = float(np.floor(np.median(found.distances) * 100) / 100)
    high = float(np.ceil(found.distances.max() * 100) / 100)
    if low >= high:
        place.caption("All rows are about equally far from the others.")
        return np.empty(0, dtype=np.int64)
    start = round(float(found.distances[found.share(0.01)[-1]]), 3)
    distance = place.slider(
        "At least so far",
        low,
        high,
        min(max(start, low), high),
        0.005,
        format="%.3f",
        key=f"outliers distance:{study.key}",
        help="Cosine distance. The slider begins at what half of all rows keep. Moving it compares nothing anew.",
    )
    return found.beyond(distance)


def _said(found: Outliers, rows: NDArray[np.int64]) -> None:
    middle = f"Half of all rows have theirs within {number(float(np.median(found.distances)))}."
    if not len(rows):
        st.markdown(f"No row is so far from its {ordinal(found.k)} nearest other row. {middle}")
        return
    least = number(float(found.distances[rows[-1]]))
    st.markdown(
        f"**{count(len(rows), 'row')}** ({len(rows) / len(found.distances):.1%}): {least} or farther from the "
        f"{ordinal(found.k)} nearest other row. {middle}"
    )


def _actions(study: Study, found: Outliers, rows: NDArray[np.int64]) -> None:
    how = f"outliers ({number(float(found.distances[rows[-1]]))} or farther from the {ordinal(found.k)} nearest row)"
    with st.container(horizontal=True):
        st.button(
            "Select these rows",
            key="select outliers",
            icon=":material/ink_selection:",
            on_click=picked.keep,
            args=(study, rows, how),
            kwargs={"join": "new"},
        )
        saved.save_form(study, rows, {"by": "map", "how": how}, "outliers", "outliers")
    st.caption("A subset can be exported, or named as must-not rows of a choice.")
