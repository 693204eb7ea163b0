"""How uncertain rows are beside how long they are, and the rows that were chosen among them."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ..blocks import Floats
from .theme import Theme, plain_figure

_POINTS = 4_000


def entropy_cloud(
    lengths: Floats, entropies: Floats, chosen: NDArray[np.bool_], theme: Theme, title: str, *, unit: str = "characters"
) -> go.Figure:
    """A dot for each of n rows, at most 4,000 of them, evenly over the order of length; chosen ones in colour."""
    figure = plain_figure(theme, title, 320)
    order = np.argsort(lengths, kind="stable")
    if len(order) > _POINTS:
        order = order[np.linspace(0, len(order) - 1, _POINTS).astype(np.int64)]
    for mine, name, colour in ((False, "left out", theme.neutral), (True, "chosen", theme.accent)):
        some = order[np.asarray(chosen)[order] == mine]
        figure.add_trace(
            go.Scatter(
                x=np.maximum(lengths[some], 1).astype(np.float32),
                y=entropies[some].astype(np.float32),
                mode="markers",
                name=name,
                marker={"size": 4, "color": colour, "opacity": 0.6},
                hovertemplate=f"%{{x:,}} {unit}, entropy %{{y:.3f}}<extra></extra>",
            )
        )
    figure.update_xaxes(title_text=f"Length in {unit} (logarithmic scale)", type="log")
    figure.update_yaxes(title_text="Entropy in nats", rangemode="tozero")
    figure.update_layout(showlegend=True, legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"})
    return figure
