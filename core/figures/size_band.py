"""How a metric moves with the number of rows, with the band in which single samples of that size fall."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from .theme import Theme, blend, number, plain_figure, shown


def size_band(
    sizes: Sequence[int],
    values: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    theme: Theme,
    title: str,
) -> go.Figure:
    """Value by rows (a logarithmic scale), each of (s,); where the band has no ends there is none."""
    figure = plain_figure(theme, _finding(sizes, values, title), 300, title_width=40)
    known = [i for i in range(len(sizes)) if math.isfinite(low[i]) and math.isfinite(high[i])]
    if len(known) > 1:
        around = [sizes[i] for i in known]
        figure.add_trace(
            go.Scatter(
                x=[*around, *reversed(around)],
                y=[*(high[i] for i in known), *(low[i] for i in reversed(known))],
                fill="toself",
                fillcolor=blend(theme.accent, theme.ground, 0.18),
                line={"width": 0},
                mode="lines",
                hoverinfo="skip",
                name="band",
            )
        )
    figure.add_trace(
        go.Scatter(
            x=list(sizes),
            y=list(values),
            mode="lines+markers",
            line={"color": theme.accent, "width": 2},
            hovertext=[
                f"{size:,} rows: {number(value)}"
                + (f" ({number(a)} to {number(b)})" if math.isfinite(a) and math.isfinite(b) else "")
                for size, value, a, b in zip(sizes, values, low, high, strict=True)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    last = len(sizes) - 1  # of many sizes every second one is written, so that they do not run into each other
    ticks = [size for i, size in enumerate(sizes) if last < 5 or i == last or (i % 2 == 0 and i < last - 1)]
    figure.update_xaxes(title_text="Rows", type="log", tickvals=ticks, ticktext=[f"{size:,}" for size in ticks])
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(
        fixedrange=True, tickformat=_even([*values, *(end for i in known for end in (low[i], high[i]))])
    )
    figure.update_layout(margin_t=figure.layout.margin.t + 8)
    return figure


def _even(values: Sequence[float]) -> str:
    """The format of an axis over those values: as many decimals at every tick, of which plotly drops zeros."""
    known = [value for value in values if math.isfinite(value)]
    span = max(known, default=0.0) - min(known, default=0.0)
    decimals = max(0, -math.floor(math.log10(span / 8))) if span else 2  # some six ticks
    return f",.{min(decimals, 6)}f"


def _finding(sizes: Sequence[int], values: Sequence[float], title: str) -> str:
    name = shown(title, 40)
    if len(values) < 2 or not (math.isfinite(values[0]) and math.isfinite(values[-1])):
        return name
    return f"{name}\n{number(values[0])} at {sizes[0]:,} rows, {number(values[-1])} at {sizes[-1]:,}"
