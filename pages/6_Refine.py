"""Refine: choose in rounds, each by what a model still finds hard, or at once by what it cannot put to one domain."""

import streamlit as st

from pages.ui import daaring, frame, refining


def page() -> None:
    entry, study = frame.need_study(
        frame.open_page("Refine", "Which rows come next, now that a model has learnt from the last ones?")
    )
    names = ["In rounds (kMQ)", "Between domains (DaaR)"]
    rounds, domains = st.tabs(names, default=names[daaring.asked_last(entry)])
    with rounds:
        refining.draw(entry, study)
    with domains:
        daaring.draw(entry, study)


frame.guarded(page)
