"""Help: what each metric and selector does, what it promises, and what the words mean."""

import streamlit as st

from core.metrics import METRICS
from core.row_values import ROW_VALUES
from core.selectors import SELECTORS
from pages.ui import explaining, frame
from pages.ui.glossary import GLOSSARY


def page() -> None:
    frame.open_page("Help", "What does each metric say, what does each selector choose, and what do the words mean?")
    metrics, promises, selectors, values, words = st.tabs(
        ["Metrics", "Promises", "Selectors", "Values per row", "Words"]
    )
    with metrics:
        st.caption("No single number is diversity: each sees one side of it, and overlooks another.")
        explaining.metrics(sorted(METRICS.values(), key=lambda metric: metric.title.casefold()))
    with promises:
        explaining.promises(list(METRICS.values()))
    with selectors:
        st.caption("Each beside random subsets of its size, on the Select page: look whether it beats chance.")
        explaining.selectors(sorted(SELECTORS.values(), key=lambda selector: selector.title.casefold()))
    with values:
        st.caption("Colours of the map, columns of tables, and columns of an export, by these names.")
        st.markdown("\n".join(f"- `{value.name}`: {value.title}. {value.says}" for value in ROW_VALUES.values()))
    with words:
        st.markdown("\n".join(f"- **{word}**: {meaning}" for word, meaning in GLOSSARY.items()))


frame.guarded(page)
