"""Clusters by size, in the colours that they have on the map."""

from collections.abc import Collection, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ..blocks import Floats
from .theme import Theme, number, plain_figure, shown

_BARS = 20
_ROW = 34  # pixels: a line of text above a thin bar, so that long names need no margin of their own


def cluster_bars(
    names: Sequence[str],
    sizes: NDArray[np.int64],
    values: Floats | None,
    theme: Theme,
    *,
    value_title: str = "mean novelty",
    excluded: Collection[int] = (),
) -> go.Figure:
    """A bar for each of the 20 largest of k clusters, given by falling size, and a value of each where there is one.

    Those that are `excluded`, by their places, are grey, and take no colour from the others.
    """
    count = min(len(names), _BARS)
    rest = int(np.sum(sizes[count:]))
    figure = plain_figure(theme, _finding(sizes), 60 + _ROW * max(count, 1) + (24 if rest else 0))
    places = np.arange(count)
    kept = [i for i in range(count) if i not in excluded]
    figure.add_trace(
        go.Bar(
            x=np.asarray(sizes[:count]),
            y=places,
            orientation="h",
            width=0.28,
            marker={"color": [theme.category(kept.index(i)) if i in kept else theme.neutral for i in range(count)]},
            hoverinfo="none",
        )
    )
    heads = [f"{shown(names[i], 44)}{'' if i in kept else ' (excluded)'}" for i in range(count)]
    words = [f"{heads[i]}  <b>{sizes[i]:,}</b>" for i in range(count)]
    if values is not None:
        words = [
            f"{word}  {value_title} {number(float(values[i]))}" if np.isfinite(values[i]) else word
            for i, word in enumerate(words)
        ]
    figure.add_trace(
        go.Scatter(
            x=np.zeros(count),
            y=places - 0.42,
            text=words,
            mode="text",
            textposition="middle right",
            textfont={"size": 12, "color": theme.text},
            cliponaxis=False,
            hoverinfo="none",
        )
    )
    figure.update_xaxes(visible=False, rangemode="tozero", fixedrange=True)
    figure.update_yaxes(visible=False, range=[count - 0.5, -0.8], fixedrange=True)
    if rest:
        text = f"{len(names) - count:,} smaller clusters hold {rest:,} rows"
        below = {"x": 0, "y": 0, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top"}
        figure.add_annotation(text=text, showarrow=False, font={"color": theme.muted, "size": 12}, **below)
        figure.update_layout(margin_b=28)
    return figure


def _finding(sizes: NDArray[np.int64]) -> str:
    if not len(sizes):
        return "No row is in a cluster"
    total, count = int(np.sum(sizes)), len(sizes)
    if count == 1:
        return f"One cluster holds {total:,} rows"
    half = int(np.searchsorted(np.cumsum(sizes), total / 2)) + 1
    return f"{half:,} of {count:,} clusters {'holds' if half == 1 else 'hold'} half of the {total:,} clustered rows"
