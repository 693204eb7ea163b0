"""Whether metrics rank sets alike: Kendall's tau-b of every two of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from .theme import Theme, plain_figure, shown

_CELL = 22  # pixels
_WRITTEN = 8  # metrics up to which the numbers stand in the cells


def agreement_map(titles: Sequence[str], tau: NDArray[Any], theme: Theme, title: str | None = None) -> go.Figure:
    """Metrics by metrics, for tau (m, m) from -1 to 1; NaN, where a metric ties all sets, stays empty.

    The figure's title is its finding, unless another or none is given.
    """
    count = len(titles)
    figure = plain_figure(theme, agreement_finding(tau) if title is None else title, 190 + _CELL * count)
    figure.update_layout(title_xref="container", title_x=0.02)  # the names at the left leave a title no room on a phone
    names = [shown(title, 24) for title in titles]
    values = [[None if np.isnan(value) else float(value) for value in row] for row in np.asarray(tau)]
    written = [["" if value is None else f"{value:.2f}" for value in row] for row in values]
    hover = [
        [
            f"{names[i]} and {names[j]}: " + (written[i][j] or "no value, as one of them tells no two sets apart")
            for j in range(count)
        ]
        for i in range(count)
    ]
    figure.add_trace(
        go.Heatmap(
            z=values,
            x=list(range(count)),
            y=list(range(count)),
            zmin=-1,
            zmax=1,
            colorscale=[[0, theme.warning], [0.5, theme.ground], [1, theme.accent]],
            text=written if count <= _WRITTEN else None,
            texttemplate="%{text}" if count <= _WRITTEN else None,
            hovertext=hover,
            hovertemplate="%{hovertext}<extra></extra>",
            xgap=1,
            ygap=1,
            colorbar={
                "thickness": 8,
                "len": 0.6,
                "tickvals": [-1, 0, 1],
                "ticktext": ["−1", "0", "1"],
                "tickfont": {"color": theme.muted, "size": 12},
                "outlinewidth": 0,
            },
        )
    )
    places = list(range(count))
    figure.update_xaxes(tickvals=places, ticktext=names, tickangle=-90, showgrid=False, fixedrange=True)
    figure.update_yaxes(tickvals=places, ticktext=names, showgrid=False, autorange="reversed", fixedrange=True)
    return figure


def agreement_finding(tau: NDArray[Any]) -> str:
    """How many pairs of metrics rank the sets alike, and how many the other way round."""
    pairs = np.asarray(tau)[np.triu_indices(len(tau), 1)]
    known = pairs[np.isfinite(pairs)]
    if not len(known):
        return "No two metrics rank the sets, so nothing can agree"
    same, turned = int((known > 0.999).sum()), int((known < 0).sum())
    if len(known) == 1:
        who = "The two metrics" if len(pairs) == 1 else "The only two metrics that tell sets apart"
        how = "rank the sets alike" if same else "do not rank the sets alike"
        return f"{who} {'rank the sets rather the other way round' if turned else how}"
    words = f"{same:,} of {len(known):,} pairs of metrics {'ranks' if same == 1 else 'rank'} the sets alike"
    return f"{words}, {turned:,} rather the other way round" if turned else words
