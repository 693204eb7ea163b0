"""Select: choose a subset, and see whether it beats a random one of its size."""

import streamlit as st

from pages.ui import chosen, frame, selecting


def page() -> None:
    entry, study = frame.need_study(
        frame.open_page("Select", "Which rows should be kept, and is that choice better than chance?")
    )
    left, right = st.columns([1, 2], gap="large")
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
            chosen.draw(entry, study, found)


frame.guarded(page)
