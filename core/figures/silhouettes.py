"""Silhouettes by the number of clusters, with their errors, and below them the share of clusters of poor quality."""

from collections.abc import Sequence

import plotly.graph_objects as go

from .theme import Theme, number, plain_figure

_SURE = 1.96  # standard errors of a 95 % interval


def silhouette_curve(
    counts: Sequence[int],
    silhouettes: Sequence[float],
    errors: Sequence[float],
    theme: Theme,
    *,
    close: Sequence[bool],
    poor: Sequence[float] | None = None,
) -> go.Figure:
    """Mean silhouette by number of clusters (a logarithmic scale) with 95 % intervals, each of (s,).

    Args:
        errors: standard errors of the silhouettes.
        close: whether that number cannot be told from the best; these dots are filled, the best's the largest.
        poor: share of clusters whose mean score is too low, from 0 to 1.
    """
    best = max(range(len(counts)), key=lambda place: (silhouettes[place], -counts[place]))
    title = f"The silhouette is highest at {counts[best]:,} clusters"
    figure = plain_figure(theme, title, 300 if poor is None else 400, title_width=26)
    figure.add_trace(
        go.Scatter(
            x=list(counts),
            y=list(silhouettes),
            mode="lines+markers",
            line={"color": theme.accent, "width": 1.5},
            marker={
                "size": [13 if place == best else 9 for place in range(len(counts))],
                "color": [theme.accent if near else theme.ground for near in close],
                "line": {"color": theme.accent, "width": 2},
            },
            error_y={"type": "data", "array": [_SURE * error for error in errors], "color": theme.accent, "width": 4},
            hovertext=[
                f"{k:,} clusters: {number(value)} ({number(value - _SURE * error)} to {number(value + _SURE * error)})"
                for k, value, error in zip(counts, silhouettes, errors, strict=True)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    figure.update_yaxes(title_text="Silhouette", fixedrange=True)
    if poor is not None:
        figure.add_trace(
            go.Scatter(
                x=list(counts),
                y=[100 * share for share in poor],
                yaxis="y2",
                mode="lines+markers",
                line={"color": theme.warning, "width": 1.5},
                marker={"size": 8, "symbol": "square"},
                hovertemplate="%{x:,} clusters: %{y:.3g} % are poor<extra></extra>",
            )
        )
        lower = figure.layout.yaxis.to_plotly_json() | {"domain": [0, 0.32], "rangemode": "tozero", "anchor": "x"}
        lower["title"] = lower["title"] | {"text": "Poor clusters (%)"}
        figure.update_layout(yaxis={"domain": [0.42, 1]}, yaxis2=lower, xaxis_anchor="y2")
    figure.update_layout(margin_t=figure.layout.margin.t + 8)
    last = len(counts) - 1  # of many numbers every second one is written, so that they do not run into each other
    ticks = [k for place, k in enumerate(counts) if last < 6 or place == last or (place % 2 == 0 and place < last - 1)]
    figure.update_xaxes(
        title_text="Clusters", type="log", tickvals=ticks, ticktext=[f"{k:,}" for k in ticks], fixedrange=True
    )
    return figure
