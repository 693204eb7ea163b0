"""Two of the compared sets, metric by metric: how far they are apart, and whether that is more than chance."""

from typing import Any

import pandas as pd
import streamlit as st

from core.compared import Comparison
from core.comparison_tables import PAIR_COLUMNS, as_csv, pair_rows
from core.metrics import METRICS
from core.p_value import p_in_words
from core.verdicts import LEVEL, Verdict

from .words import count, plain, sound


def draw(comparison: Comparison, key: str) -> None:
    """The verdict of every metric on two sets; of more than two sets those that are picked."""
    with st.expander("Two sets, metric by metric", expanded=True, icon=":material/balance:"):
        first, second = _picked(comparison, key)
        verdicts = comparison.on_two(first, second)
        if not verdicts:
            st.info("These two have no metric in common.", icon=":material/info:")
            return
        names = comparison.names[first], comparison.names[second]
        columns: dict[str, Any] = {
            "Metric": st.column_config.TextColumn(width=140),
            "More diverse": st.column_config.TextColumn(width=160),
            "Difference": st.column_config.NumberColumn(
                format="%.4g",
                width=85,
                help=f"The value of {plain(names[0], 60)} less that of {plain(names[1], 60)}.",
            ),
            "Standard error": st.column_config.NumberColumn(format="%.2g", width=110, help="Of the difference."),
            "Mind": st.column_config.TextColumn(width=220),
            "p": st.column_config.TextColumn(
                width=65,
                help="How likely chance alone would show any such difference in the whole comparison: adjusted by "
                "Holm's method for the number of metrics and pairs of sets.",
            ),
        }
        shown = pd.DataFrame([_row(comparison, verdict) for verdict in verdicts])
        if not shown["Mind"].any():
            shown = shown.drop(columns="Mind")
        height = min(420, 38 + 35 * len(shown))
        st.dataframe(shown, hide_index=True, column_config=columns, height=height, key=f"pair:{key}:{first}:{second}")
        tests = count(len(comparison.verdicts), "test")
        st.caption(
            f"Difference: {plain(names[0], 60)} less {plain(names[1], 60)}. Told apart where p is at most {LEVEL}, "
            f"which is adjusted for all {tests} of this comparison (Holm 1979)."
        )
        st.download_button(
            "Download all pairs as CSV",
            lambda: as_csv(pair_rows(comparison), PAIR_COLUMNS),
            file_name="comparison_pairs.csv",
            mime="text/csv",
            on_click="ignore",
            key=f"pairs csv:{key}",
            icon=":material/download:",
        )


def _picked(comparison: Comparison, key: str) -> tuple[int, int]:
    names = comparison.names
    if len(names) == 2:
        return 0, 1
    called = names.__getitem__
    left, right = st.columns(2)
    first = left.selectbox("Set", range(len(names)), format_func=called, key=f"pair first:{key}")
    rest = [number for number in range(len(names)) if number != first]
    return first, right.selectbox("Beside", rest, format_func=called, key=f"pair second:{key}:{first}")


def _row(comparison: Comparison, verdict: Verdict) -> dict[str, Any]:
    return {
        "Metric": METRICS[verdict.metric].title,
        "More diverse": sound(comparison.more_diverse(verdict) or "cannot be told apart"),
        "Difference": verdict.difference,
        "Standard error": verdict.error,
        "p": p_in_words(verdict.p),
        "Mind": sound(comparison.caution(verdict)),
    }
