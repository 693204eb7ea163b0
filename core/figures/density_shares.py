"""Which of two sets is denser where, as a shaded map."""

import numpy as np
import plotly.graph_objects as go

from ..density_difference import Differing
from .theme import Theme, blend, plain_figure, shown


def density_shares(found: Differing, names: tuple[str, str], theme: Theme, *, height: int = 600) -> go.Figure:
    """The first set's share of an equal mixture of both at each place: its colour above a half, the other's below."""
    hidden = {"visible": False, "showgrid": False}
    first, second = (shown(name, 40) for name in names)
    title = f"Where {first} is denser, and where {second}"
    figure = plain_figure(theme, title, height, xaxis=hidden, yaxis=hidden, hovermode="closest")
    own, other = theme.palette[0], theme.palette[1]
    even = blend(theme.neutral, theme.ground, 0.35)
    percent = np.round(100 * found.share, 1)
    figure.add_trace(
        go.Heatmap(
            z=percent,
            x0=found.x0,
            dx=found.step,
            y0=found.y0,
            dy=found.step,
            zmin=0,
            zmax=100,
            colorscale=[
                [0, other],
                [0.35, blend(other, theme.ground, 0.4)],
                [0.5, even],
                [0.65, blend(own, theme.ground, 0.4)],
                [1, own],
            ],
            hoverongaps=False,
            hovertemplate="%{z:.0f} % of an equal mixture<extra></extra>",
            colorbar={
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 0,
                "yanchor": "top",
                "len": 0.6,
                "thickness": 10,
                "outlinewidth": 0,
                "tickvals": [0, 50, 100],
                "ticktext": [f"only<br>{second}", "as many", f"only<br>{first}"],
                "tickfont": {"color": theme.muted, "size": 11},
            },
        )
    )
    figure.update_yaxes(scaleanchor="x")
    return figure
