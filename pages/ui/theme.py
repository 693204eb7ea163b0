"""Figures in the colours of the page, light or dark."""

from typing import Any

import streamlit as st

from core.figures import Theme


def theme() -> Theme:
    """The theme of figures that goes with what the browser shows."""
    return Theme.dark() if st.context.theme.type == "dark" else Theme.light()


def plot(figure: Any, key: str, **options: Any) -> Any:
    """Draw a figure with our own colours and without the toolbar's clutter."""
    config = {"displaylogo": False, "displayModeBar": False, "scrollZoom": False} | options.pop("config", {})
    return st.plotly_chart(figure, theme=None, key=key, config=config, width="stretch", **options)
