"""How long the texts are."""

import math

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from .theme import Theme, plain_figure

_BINS = 36


def length_histogram(lengths: NDArray[np.int64], theme: Theme, *, unit: str = "characters") -> go.Figure:
    """Texts by length, (n,), in bins of equal ratio; empty texts are told in the title and have no bar."""
    full = lengths[lengths > 0]
    figure = plain_figure(theme, _finding(lengths, full, unit), 260, title_width=36, bargap=0.04)
    if len(full):
        low, high = math.log10(full.min()), math.log10(full.max())
        if low == high:
            low, high = low - 0.1, high + 0.1
        counts, edges = np.histogram(np.log10(full), bins=_BINS, range=(low, high))
        ends = [f"{round(10**edge):,}" for edge in edges]
        spans = [f"{ends[i]} to {ends[i + 1]} {unit}: {counts[i]:,}" for i in range(_BINS)]
        figure.add_trace(
            go.Bar(
                x=(edges[:-1] + edges[1:]) / 2,
                y=counts,
                width=(high - low) / _BINS,
                marker={"color": theme.accent, "line": {"width": 0}},
                hovertext=spans,
                hoverinfo="text",
            )
        )
        ticks = [
            exponent + step for exponent in range(math.floor(low), math.ceil(high) + 1) for step in (0, math.log10(3))
        ]
        ticks = [tick for tick in ticks if low <= tick <= high] or [(low + high) / 2]
        figure.update_xaxes(tickvals=ticks, ticktext=[f"{round(10**tick):,}" for tick in ticks], showgrid=False)
    figure.update_xaxes(title_text=f"Length in {unit} (logarithmic scale)")
    figure.update_yaxes(title_text="Texts", tickformat=",")
    return figure


def _finding(lengths: NDArray[np.int64], full: NDArray[np.int64], unit: str) -> str:
    empty = len(lengths) - len(full)
    if not len(full):
        return "There are no texts" if not empty else f"All {empty:,} texts are empty"
    words = f"Half of the texts have up to {int(np.median(full)):,} {unit}, the longest {int(full.max()):,}"
    return f"{words}; {empty:,} {'is' if empty == 1 else 'are'} empty" if empty else words
