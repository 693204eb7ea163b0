"""Undo and redo of what is kept on disk: buttons in a line, each of which names the change that it is about."""

from collections.abc import Callable

import streamlit as st

from core.errors import UserError
from core.subset_log import Change

from .words import plain

Step = Callable[[str], object]  # takes the id of the change that is meant


def buttons(key: str, last: tuple[Change | None, Change | None], undo: Step, redo: Step) -> None:
    """A button for the change that can be undone, and one for that which can be made again; none where there is none.

    What a form showed when it began, kept in the session as `{key} begun`, is let go of.
    """
    for change, word, step in zip(last, ("Undo", "Redo"), (undo, redo), strict=True):
        if change is not None:
            st.button(
                f"{word}: {plain(change.what[:1].lower() + change.what[1:], 60)}",
                key=f"{key} {word}",
                icon=f":material/{word.lower()}:",
                type="tertiary",
                on_click=_step,  # with the change that the button named, whatever is the last one by now
                args=(key, step, change.id),
            )


def do(key: str, change: Callable[[], object]) -> None:
    """Make a change and draw the page anew, or say why it cannot be made; what a form began with is let go of."""
    try:
        change()
    except UserError as error:
        st.error(plain(error, 600), icon=":material/error:")
        return
    st.session_state.pop(f"{key} begun", None)
    st.rerun()


def refused(key: str) -> None:
    """Why the last step of those buttons could not be made, once."""
    if said := st.session_state.pop(f"{key} refused", ""):
        st.error(plain(said, 600), icon=":material/error:")


def _step(key: str, step: Step, change: str) -> None:
    try:
        step(change)
    except UserError as error:
        st.session_state[f"{key} refused"] = str(error)
    st.session_state.pop(f"{key} begun", None)
