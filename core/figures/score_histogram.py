"""How the scores of rows are spread."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from .theme import Theme, number, plain_figure, shown

_BINS = 36
_CENTRE = (0.5, 99.5)  # percentiles between which rows are drawn where few others would take most of the room


def score_histogram(scores: NDArray[np.float64], name: str, theme: Theme, *, mark: float | None = None) -> go.Figure:
    """Rows by score, (n,), NaN where there is none; a line at `mark`, where one is given.

    A few rows far out are told in the title and have no bar.
    """
    there = scores[np.isfinite(scores)]
    low, high = _range(there)
    drawn = there[(there >= low) & (there <= high)]
    figure = plain_figure(theme, _finding(there, len(there) - len(drawn), name), 260, title_width=36, bargap=0.04)
    if len(drawn):
        counts, edges = np.histogram(drawn, bins=_BINS, range=(low, high) if low < high else (low - 0.5, low + 0.5))
        spans = [f"{number(edges[i])} to {number(edges[i + 1])}: {counts[i]:,} rows" for i in range(_BINS)]
        figure.add_trace(
            go.Bar(
                x=(edges[:-1] + edges[1:]) / 2,
                y=counts,
                width=edges[1] - edges[0],
                marker={"color": theme.accent, "line": {"width": 0}},
                hovertext=spans,
                hoverinfo="text",
            )
        )
        if mark is not None and edges[0] < mark < edges[-1]:
            figure.add_vline(x=mark, line={"color": theme.warning, "width": 1.5, "dash": "dot"})
    figure.update_xaxes(title_text=shown(name), showgrid=False)
    figure.update_yaxes(title_text="Rows", tickformat=",")
    return figure


def _range(there: NDArray[np.float64]) -> tuple[float, float]:
    if not len(there):
        return 0.0, 0.0
    low, high = float(there.min()), float(there.max())
    centre_low, centre_high = (float(each) for each in np.percentile(there, _CENTRE))
    far = high - low > 2 * (centre_high - centre_low) > 0
    return (centre_low, centre_high) if far else (low, high)


def _finding(there: NDArray[np.float64], beyond: int, name: str) -> str:
    if not len(there):
        return f"No row has a value of {shown(name)}"
    first, third = np.percentile(there, (25, 75))
    words = f"{shown(name)}: half of the rows lie between {number(first)} and {number(third)}"
    return f"{words}; {beyond:,} far out {'is' if beyond == 1 else 'are'} not drawn" if beyond else words
