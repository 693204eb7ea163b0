"""The compared sets on one map: all of them, one before the others, or where one is denser than another."""

from typing import Any

import streamlit as st

from core.figures import Categories, density_shares, map_figure
from core.joint_map import MOST, JointMap, joint_map
from core.kept import kept

from . import state
from .compared import Found, studies_of
from .jobs import show_job
from .theme import plot, theme
from .words import count, plain, sound

_METHODS = {"umap": "UMAP", "pca": "PCA"}
_EVERY, _WHERE = "All sets", "Where two differ"


def draw(found: Found) -> None:
    """The map, once it is made, and the button that has it made."""
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    method = left.selectbox("Map", list(_METHODS), format_func=_METHODS.__getitem__, key="joint method")
    args = {"sets": found.job.args["sets"], "reference": None, "method": method}
    placed = kept(joint_map, studies_of(found.job)[0], method=method)
    if placed is None:
        _ask(args, [count(len(study), "row") for study in found.studies])
        return
    names = [_EVERY, *(f"{number + 1}. {sound(name)}" for number, name in enumerate(placed.names)), _WHERE]
    view = right.selectbox("Show", names, key=f"joint view:{found.job.id}")
    if view == _WHERE:
        _where(found, placed)
    else:
        _points(placed, None if view == _EVERY else names.index(view) - 1)


def _ask(args: dict[str, Any], rows: list[str]) -> None:
    job = state.job("joint_map", args)
    if job is not None:
        show_job(job.id)
        if job.state != "done":
            return
    st.caption(
        "One projection of the rows of all sets, so that a place means the same for each. Maps of the sets one by one "
        "cannot be laid on each other."
    )
    if st.button(f"Lay {' and '.join(rows)} out on one map", key="joint map", type="primary"):
        state.jobs().submit("joint_map", "One map of the compared sets", **args)
        state.jobs().ensure_worker()
        st.rerun()


def _points(placed: JointMap, before: int | None) -> None:
    """Every row in the colour of its set; or the rows of one set in colour before the others in grey."""
    order = {name: number for number, name in enumerate(placed.names)}
    colour = Categories(
        [placed.names[number] for number in placed.set_of.tolist()],
        "set",
        frozenset() if before is None else frozenset(placed.names) - {placed.names[before]},
        order if before is None else {placed.names[before]: order[placed.names[before]]},
    )
    drawn = map_figure(placed.xy, colour, theme(), view=f"joint:{placed.method}")
    drawn.figure.update_layout(dragmode="pan")
    plot(drawn.figure, key=f"joint map:{before}", config={"scrollZoom": True, "displayModeBar": True})
    st.caption(f"{_said(placed)} Near means similar; distances between far groups mean little.")


def _where(found: Found, placed: JointMap) -> None:
    one, other = st.columns(2)
    called = placed.names.__getitem__
    first = one.selectbox("Set", range(len(placed.names)), format_func=called, key=f"denser:{found.job.id}")
    rest = [i for i in range(len(placed.names)) if i != first]
    second = other.selectbox("Beside", rest, format_func=called, key=f"denser beside:{found.job.id}:{first}")
    names = placed.names[first], placed.names[second]
    shared, chance = placed.overlap(first, second)
    st.markdown(
        f"**On this map {plain(names[0], 60)} and {plain(names[1], 60)} have {shared:.0%} of their density in common**"
        f"; two parts of these sizes drawn at random from both have {chance:.0%}."
    )
    plot(density_shares(placed.differing(first, second), names, theme()), key="joint density")
    st.caption(
        "Colour: which of the two is denser at a place, whatever their sizes; grey where both are as dense, nothing "
        "where hardly a row lies. It is a picture, smoothed over a fiftieth of the map's width, and no test: which "
        "clusters differ more than chance explains stands under What one has."
    )


def _said(placed: JointMap) -> str:
    rows = ", ".join(
        f"{count(len(mine), 'row')} of {plain(name, 60)}" for name, mine in zip(placed.names, placed.rows, strict=True)
    )
    some = f" Of more than {MOST:,} rows a seeded part of each set is laid out." if len(placed.xy) >= MOST else ""
    return f"{rows} by {_METHODS[placed.method]}.{some}"
