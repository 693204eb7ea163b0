"""The numbers behind a comparison, as a table that can be sorted and copied, and as a file."""

import math
from typing import Any

import pandas as pd
import streamlit as st

from core.compared import Comparison
from core.export_tables import csv_cell, csv_lines
from core.metrics import METRICS

from .words import cell

_NUMBERS = ("Value", "Standard error", "Rank")


def draw(comparison: Comparison, key: str) -> None:
    """Every metric of every set, folded away under the figure."""
    rows = rows_of(comparison)
    with st.expander("Values as a table", icon=":material/table:"):
        columns: dict[str, Any] = {
            "Metric": st.column_config.TextColumn(width=150),  # not pinned: a phone would show it and no number
            "Value": st.column_config.NumberColumn(format="%.6g"),
            "Standard error": st.column_config.NumberColumn(format="%.2g"),
            "Rank": st.column_config.NumberColumn(
                format="%d", help="1 is the most diverse; sets that cannot be told apart have the same rank."
            ),
        }
        shown = pd.DataFrame([{name: cell(value) for name, value in row.items()} for row in rows])
        shown = shown.astype(dict.fromkeys(_NUMBERS, "float64"))  # a column without any value stays one of numbers
        if not any(row["Without a value"] for row in rows):
            shown = shown.drop(columns="Without a value")
        st.dataframe(shown, hide_index=True, column_config=columns, key=f"compared values:{key}")
        st.download_button(
            "Download as CSV",
            csv_of(rows),
            file_name="comparison.csv",
            mime="text/csv",
            on_click="ignore",
            key=f"comparison csv:{key}",
            icon=":material/download:",
        )


def rows_of(comparison: Comparison) -> list[dict[str, Any]]:
    """A row for each metric and set, in their order; None where a set has no value of a metric, with the reason."""
    return [
        {
            "Metric": METRICS[metric].title,
            "Set": name,
            "Value": _known(found.mean),
            "Standard error": _known(found.error),
            "Rank": rank,
            "Better": METRICS[metric].better,
            "Rows": comparison.size,
            "Without a value": found.reason,
        }
        for metric in comparison.metrics
        for name, found, rank in zip(
            comparison.names, comparison.estimates[metric], comparison.ranks[metric], strict=True
        )
    ]


def csv_of(rows: list[dict[str, Any]]) -> bytes:
    """The rows as a CSV with all digits; a name that a spreadsheet would run as a formula gets an apostrophe before."""
    cells = [[csv_cell(value) for value in row.values()] for row in rows]
    return csv_lines([list(rows[0]), *cells], escape_formulas=True)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
