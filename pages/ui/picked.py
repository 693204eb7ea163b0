"""The one selection of the Map page: whatever finds rows changes it, and map, table, figures and metrics show it.

    rows = picked.rows(study)                  # numbers of rows in the study
    picked.keep(study, rows, "inside a lasso") # changes the selection, can be undone, and survives in the URL

The URL holds a short key (`p`); the rows and how they were found lie in the store (core.picked). So does what can be
undone (`h`, core.picked_history), so that a reload loses neither and each tab goes its own way.
"""

from collections.abc import Mapping
from typing import Any, cast, get_args

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike, NDArray

from core import picked as kept
from core.finding import Found, Join
from core.picked import Picked
from core.picked_history import History, load_history, save_history
from core.searching import Query
from core.study import Study

from . import state

_JOINS: dict[Join, str] = {
    "new": "a new selection",
    "add": "added to it",
    "within": "what it keeps",
    "without": "taken from it",
}
_NONE = Picked(Found())


def current(study: Study) -> Picked:
    """The selection as it stands: its rows, their cosines where they are ranked, and how it came about."""
    key = state.recall("p")
    if not key:
        return _NONE
    name = f"picked:{study.key}"
    held: tuple[str, Picked] | None = st.session_state.get(name)
    if held is None or held[0] != key:
        found = kept.load(study, state.store(), key)
        if found is None:
            return _NONE
        held = st.session_state[name] = (key, found)
    return held[1]


def rows(study: Study) -> NDArray[np.int64]:
    """The selected rows of the study, in their order; none where nothing is selected."""
    return current(study).found.rows


def gone(study: Study) -> bool:
    """Whether the address names a selection that the store has no more, or that is of other rows."""
    return bool(state.recall("p")) and current(study) is _NONE


def keep(
    study: Study,
    rows: ArrayLike,
    how: str,
    *,
    cosines: NDArray[np.float64] | None = None,
    query: Query | None = None,
    choice: Mapping[str, Any] | None = None,
    join: Join | None = None,
) -> None:
    """Change the selection by rows that were found.

    Args:
        how: in words how they were found, which is shown beside the selection: "inside a lasso".
        cosines: of ranked rows.
        query: the one that found them; it stands in the search line where the selection is opened again.
        choice: how the choice was made whose rank, gain or coverage the query is about.
        join: how they are joined with the rows before; by default as the page's "New, Add, Within, Take away" says.
    """
    before = current(study)
    way = join or joining()
    new = way == "new" or (not len(before.found) and way != "without")
    found = (Found() if new else before.found).joined(
        Found(np.asarray(rows, dtype=np.int64), cosines), "new" if new else way
    )
    words = {"new": how, "add": f"and {how}", "within": f"of these {how}", "without": f"but not {how}"}
    steps = (how,) if new else (*before.how, words[way])
    choices = () if new else before.choices
    choices += (choice,) if choice is not None and choice not in choices else ()
    asked = query or (None if new else before.query)
    _change(study, kept.save(study, state.store(), Picked(found, steps, asked, choices)))


def clear(study: Study) -> None:
    """Select nothing; what was selected can be had back by undoing."""
    if state.recall("p"):
        _change(study, None)


def undo(study: Study) -> None:
    """The selection as it was before the last change."""
    history = _history(study)
    if history.past:  # else a cleaning of the store took it since the button was drawn
        _set(study, *history.back(state.recall("p")))


def redo(study: Study) -> None:
    """The change that was undone last, again."""
    history = _history(study)
    if history.future:
        _set(study, *history.forth(state.recall("p")))


def changes(study: Study) -> int:
    """How often the selection was changed in this session: another number, another selection."""
    return int(st.session_state.get(f"picked changes:{study.key}", 0))


def joining() -> Join:
    """How what is found next is joined with what is selected."""
    return cast(Join, st.session_state.get("keep:join") or "new")


def choose_joining(place: Any) -> None:
    """The widget that says how what is found next is joined with what is selected."""
    ways = list(get_args(Join))
    st.session_state["keep:join"] = place.selectbox(
        "Rows found are",
        ways,
        index=ways.index(joining()),
        format_func=_JOINS.__getitem__,
        key="picked join",
        help="What becomes of rows that are found next, by search, filter, lasso, box or click: they replace the "
        "selection, are added to it, are all that stays of it, or leave it.",
    )


def buttons(study: Study) -> None:
    """Undo, redo and clear, beside each other."""
    history = _history(study)
    with st.container(horizontal=True, gap="small"):
        for label, icon, off, act in (
            ("Undo", "undo", not history.past, undo),
            ("Redo", "redo", not history.future, redo),
            ("Clear", "close", not state.recall("p"), clear),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                disabled=off,
                type="tertiary",
                key=f"{label.lower()} selection",
                on_click=act,
                args=(study,),
            )


def _change(study: Study, key: str | None) -> None:
    now = state.recall("p")
    if key != now:
        _set(study, key, _history(study).changed(now))


def _set(study: Study, key: str | None, history: History) -> None:
    state.remember("p", key)
    state.remember("h", save_history(study, state.store(), key, history))
    st.session_state[f"picked changes:{study.key}"] = changes(study) + 1


def _history(study: Study) -> History:
    """What can be undone and done again from the selection that stands."""
    key = state.recall("h")
    return load_history(study, state.store(), state.recall("p"), key) if key else History()
