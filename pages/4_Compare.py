"""Compare: sets side by side at equal size, where they differ, and how far each metric is to be trusted."""

import streamlit as st

from pages.ui import (
    candidates,
    checking,
    compared,
    comparing,
    differing,
    frame,
    one_map,
    sizing,
    state,
    trusting,
    varying,
)
from pages.ui.words import plain


def page() -> None:
    entry, study = frame.need_study(
        frame.open_page("Compare", "Which of these sets is more diverse, and where do they differ?")
    )
    sets = candidates.candidates(entry, study, state.workspace().entries())
    comparing.controls(entry, study, sets)
    found = compared.current()
    if found is not None:
        compared.answer(found)
    names = ["Size curves", "Trust card"]
    if found is not None:
        names = ["What one has", "One map", "Agreement of metrics", "Robustness", *names]
    tabs = dict(zip(names, st.tabs(names), strict=True))
    if found is not None:
        with tabs["What one has"], frame.errors():
            differing.draw(found)
        with tabs["One map"], frame.errors():
            one_map.draw(found)
        with tabs["Agreement of metrics"]:
            compared.agreement(found)
        with tabs["Robustness"], frame.errors():
            varying.draw(entry, found)
    with tabs["Size curves"]:
        if found is not None:
            sizing.draw(found)
            st.markdown(f"**{plain(entry.name, 60)} alone, up to all of its rows**")
        checking.curves(entry, study)
    with tabs["Trust card"]:
        trusting.card(entry, study)


frame.guarded(page)
