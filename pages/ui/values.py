"""Values per row on the pages: which there are, those that are known, and the work that finds the others."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import streamlit as st
from numpy.typing import NDArray

from core.jobs import id_of
from core.row_values import ROW_VALUES, kept_values, offered
from core.row_work import long_work
from core.selectors import Selection
from core.study import Study
from core.workspace import Entry

from . import state
from .jobs import show_job


class Made(Protocol):
    """A selection with the store's key of it."""

    @property
    def selection(self) -> Selection: ...
    @property
    def key(self) -> str: ...


def names(study: Study, made: Made | None) -> list[str]:
    """The names of the values that rows of the study can have."""
    return [value.name for value in offered(study, chosen=made is not None)]


def explained(shown: Iterable[str]) -> str:
    """What each value is, in the words of a help text."""
    return "\n".join(f"- **{ROW_VALUES[name].head}**: {ROW_VALUES[name].title.lower()}" for name in shown)


def known(study: Study, wanted: Sequence[str], made: Made | None) -> dict[str, NDArray[Any]]:
    """Those of the values that need no more work, by name."""
    found = {name: kept_values(study, name, made.selection if made else None) for name in wanted}
    return {name: values for name, values in found.items() if values is not None}


def ready(
    entry: Entry, study: Study, wanted: Sequence[str], made: Made | None, place: str = ""
) -> dict[str, NDArray[Any]]:
    """The values that are known; work begins for the others, and the page is drawn anew when it ends.

    What may take hours begins only when a button says so; `place` tells the buttons of one page apart.
    """
    found = known(study, wanted, made)
    missing = [name for name in wanted if name not in found]
    if missing:
        args = {
            "dataset": entry.dataset,
            "setup": entry.key,
            "reference": study.reference_word,
            "names": missing,
            "selection": made.key if made and any(ROW_VALUES[name].needs == "selection" for name in missing) else None,
        }
        job = state.job("values", args)
        if job is None or job.state == "done":  # what it found was cleaned away since
            if not _agreed(study, missing, made, f"{place}:{id_of('values', args)}"):
                return found
            title = ", ".join(ROW_VALUES[name].head for name in missing)
            job = state.jobs().submit("values", f"{title.capitalize()} of {entry.name}"[:120], **args)
            state.jobs().ensure_worker()
        show_job(job.id, place=place)
        if job.running:
            st.caption(f"{', '.join(ROW_VALUES[name].title for name in missing)}: shown when every row has it.")
    return found


def _agreed(study: Study, missing: Sequence[str], made: Made | None, key: str) -> bool:
    """Whether the work may begin: at once where it is short, else when the button under the warning is pressed."""
    words = long_work(study, missing, made.selection if made else None)
    if not words:
        return True
    titles = ", ".join(ROW_VALUES[name].title for name in missing)
    st.warning(f"{titles}: {words[0].lower()}{words[1:]}", icon=":material/hourglass_top:")
    return st.button("Find it for every row", key=f"long values:{key}")
