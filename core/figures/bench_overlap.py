"""How many rows the choices of selectors have in common."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from .theme import Theme, plain_figure, shown

_CELL = 26  # pixels
_WRITTEN = 6  # selectors up to which the numbers stand in the cells


def overlap_map(names: Sequence[str], shares: NDArray[Any], theme: Theme) -> go.Figure:
    """Selectors by selectors, for shares (s, s) from 0 to 1; NaN, where one has no runs, stays empty."""
    count = len(names)
    figure = plain_figure(theme, _finding(names, shares), 210 + _CELL * count)
    figure.update_layout(title_xref="container", title_x=0.02)  # the names at the left leave a title no room on a phone
    words = [shown(name, 24) for name in names]
    values = [[None if np.isnan(value) else float(value) for value in row] for row in np.asarray(shares)]
    written = [["" if value is None else f"{value:.0%}" for value in row] for row in values]
    figure.add_trace(
        go.Heatmap(
            z=values,
            x=list(range(count)),
            y=list(range(count)),
            zmin=0,
            zmax=1,
            colorscale=[[0, theme.ground], [1, theme.accent]],
            text=written if count <= _WRITTEN else None,
            texttemplate="%{text}" if count <= _WRITTEN else None,
            hovertext=[[_hover(words, i, j, written[i][j]) for j in range(count)] for i in range(count)],
            hovertemplate="%{hovertext}<extra></extra>",
            xgap=1,
            ygap=1,
            colorbar={
                "thickness": 8,
                "len": 0.6,
                "tickvals": [0, 0.5, 1],
                "ticktext": ["0 %", "50 %", "100 %"],
                "tickfont": {"color": theme.muted, "size": 12},
                "outlinewidth": 0,
            },
        )
    )
    places = list(range(count))
    figure.update_xaxes(tickvals=places, ticktext=words, tickangle=-90, showgrid=False, fixedrange=True)
    figure.update_yaxes(tickvals=places, ticktext=words, showgrid=False, autorange="reversed", fixedrange=True)
    return figure


def _hover(names: Sequence[str], one: int, other: int, share: str) -> str:
    if not share:
        return "no runs"
    if one == other:
        return f"{names[one]}: {share} in common between its own runs"
    return f"{names[one]} and {names[other]}: {share} of the rows in common"


def _finding(names: Sequence[str], shares: NDArray[Any]) -> str:
    pairs = [(float(shares[i, j]), i, j) for i in range(len(names)) for j in range(i) if not np.isnan(shares[i, j])]
    if not pairs:
        return "Rows in common"
    share, i, j = max(pairs, key=lambda pair: pair[0])
    return f"Most alike: {shown(names[j], 30)} and {shown(names[i], 30)}, with {share:.0%} of their rows in common"
