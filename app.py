"""Gamut's front page: what this is, three ways to begin, and what is open."""

import streamlit as st

from pages.ui import frame, projects, state
from pages.ui.words import count, plain

_STEPS = (
    ("Data", "pages/1_Data.py", "Drop a file in. Gamut reads its format, shape and columns, and embeds every row."),
    ("Map", "pages/2_Map.py", "See what is there: clusters by name, empty regions, how new each row is."),
    ("Measure", "pages/3_Measure.py", "Put numbers on it, each with what it says, its direction and its reference."),
    ("Compare", "pages/4_Compare.py", "Lay sets side by side at equal size, and see where they differ."),
    ("Select", "pages/5_Select.py", "Choose a subset, and see at once whether it beats a random one of its size."),
    (
        "Refine",
        "pages/6_Refine.py",
        "Draw in rounds: what the trained model still finds hard gets more of the next one.",
    ),
    ("Export", "pages/7_Export.py", "Take the rows as they came in, with a proof of how they were chosen."),
)


def page() -> None:
    frame.open_page("Gamut")
    st.markdown(
        "#### See, measure and choose diverse training data\n"
        "Gamut shows what a fine-tuning dataset covers, measures its diversity with the metrics of the field side by "
        "side, and chooses subsets that you can explain and reproduce. Your data stays on this machine."
    )
    sample, own = st.columns(2)
    with sample.container(border=True):
        st.markdown("**Try the sample**")
        st.caption(
            "600 instruction–response pairs in twelve domains and four languages, with planted copies and outliers."
        )
        if st.button("Open the sample", type="primary", width="stretch"):
            state.start_sample()
            st.switch_page("pages/1_Data.py")
    with own.container(border=True):
        st.markdown("**Open your own data**")
        st.caption(
            "JSONL, JSON, CSV, TSV, Parquet, Arrow or text, also compressed; Alpaca, ShareGPT, messages and more."
        )
        if st.button("Upload or name a file", width="stretch"):
            st.switch_page("pages/1_Data.py")
    _recent()
    st.subheader("How it goes", anchor=False)
    with st.container(key="steps"):
        columns = st.columns(len(_STEPS))
    for column, (title, target, words) in zip(columns, _STEPS, strict=True):
        with column:
            st.page_link(target, label=f"**{title}**")
            st.caption(words)


def _recent() -> None:
    every = state.workspace().entries()
    entries = projects.within(every)
    if entries:
        st.subheader("Open datasets", anchor=False)
    for entry in entries[:6]:
        rows = f"{count(entry.rows, 'row')}, {'embedded' if entry.embeddings else 'not embedded yet'}"
        if _line(entry.name, rows, "Go on", f"open:{entry.dataset}"):
            state.open_dataset(entry.dataset)
            st.switch_page("pages/2_Map.py" if entry.embeddings else "pages/1_Data.py")
    if known := projects.every():
        st.subheader("Projects", anchor=False)
    for project in known[:-7:-1]:  # the latest first
        open_ones = sum(entry.dataset in project.datasets for entry in every)
        if _line(project.name, count(open_ones, "open dataset"), "Open", f"project:{project.id}"):
            projects.go_to(project.id)
            st.rerun()


def _line(name: str, words: str, label: str, key: str) -> bool:
    """A line of a list with a button at its end; says whether that was pressed."""
    left, middle, right = st.columns([4, 3, 2], vertical_alignment="center")
    left.markdown(f"**{plain(name)}**")
    middle.caption(words)
    return right.button(label, key=key, width="stretch")


frame.guarded(page)
