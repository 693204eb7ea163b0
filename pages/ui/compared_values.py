"""The numbers behind a comparison, as a table that can be sorted and copied, and as a file."""

from typing import Any

import pandas as pd
import streamlit as st

from core.compared import Comparison
from core.comparison_tables import as_csv, value_rows

from .words import cell

_SHOWN = {  # of the columns that the file has, and what they are called here
    "title": "Metric",
    "set": "Set",
    "value": "Value",
    "standard_error": "Standard error",
    "rank": "Rank",
    "better": "Better",
    "reference": "Reference",
    "reason": "Without a value",
}
_NUMBERS = ("Value", "Standard error", "Rank")


def draw(comparison: Comparison, key: str) -> None:
    """Every metric of every set, folded away under the figure."""
    rows = value_rows(comparison)
    with st.expander("Values as a table", icon=":material/table:"):
        columns: dict[str, Any] = {
            "Metric": st.column_config.TextColumn(width=150),  # not pinned: a phone would show it and no number
            "Value": st.column_config.NumberColumn(format="%.6g"),
            "Standard error": st.column_config.NumberColumn(format="%.2g"),
            "Rank": st.column_config.NumberColumn(
                format="%d", help="1 + the number of sets that are told apart as more diverse."
            ),
        }
        shown = pd.DataFrame([{title: cell(row[name]) for name, title in _SHOWN.items()} for row in rows])
        shown = shown.astype(dict.fromkeys(_NUMBERS, "float64"))  # a column without any value stays one of numbers
        st.dataframe(
            shown.drop(columns=[title for title in shown if title not in _NUMBERS and shown[title].isna().all()]),
            hide_index=True,
            column_config=columns,
            key=f"compared values:{key}",
        )
        st.caption(
            "The file has a line for every metric and set, with rows, draws, seed, reference, encoder, template and "
            "parameters (as JSON). `gamut compare --csv` writes the same."
        )
        st.download_button(
            "Download as CSV",
            lambda: as_csv(rows),
            file_name="comparison.csv",
            mime="text/csv",
            on_click="ignore",
            key=f"comparison csv:{key}",
            icon=":material/download:",
        )
