"""Select: choose a subset, and see whether it beats a random one of its size."""

import streamlit as st

from core.study import Study
from core.workspace import Entry
from pages.ui import balancing, benching, chosen, frame, outcome, selecting, tab_jobs


def page() -> None:
    entry, study = frame.need_study(
        frame.open_page("Select", "Which rows should be kept, and is that choice better than chance?")
    )
    tabs = st.tabs(list(_TABS), default=tab_jobs.tab_of_url())
    for tab, draw in reversed(list(zip(tabs, _TABS.values(), strict=True))):  # choosing may end the run early
        with tab:
            draw(entry, study)


def _choose(entry: Entry, study: Study) -> None:
    left, right = st.columns([2, 3], gap="large")
    with left:
        selecting.controls(entry, study)
    with right:
        found = chosen.current(study)
        if found is None:
            st.info(
                "Choose a selector and a budget. The result is shown beside random subsets of the same size.",
                icon=":material/arrow_back:",
            )
        else:
            outcome.draw(entry, study, found)


_TABS = {"Choose": _choose, "Bench": benching.draw, "Frontier": balancing.draw}

frame.guarded(page)
