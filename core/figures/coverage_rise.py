"""How coverage of a pool rises with the rows chosen, where it bends, and from where on it hardly rises."""

import plotly.graph_objects as go

from ..blocks import Floats, Indices
from .knee_ring import knee_ring
from .theme import Theme, blend, plain_figure

_POINTS = 500


def coverage_rise(
    sizes: Indices,
    mean: Floats,
    low: Floats,
    high: Floats,
    theme: Theme,
    title: str,
    *,
    knee: tuple[int, int, int],
    enough: tuple[int, int, int | None] | None,
) -> go.Figure:
    """Coverage in percent by rows chosen, each of (s,), with its band.

    Args:
        knee: the size at which the curve bends, and the ends of its interval.
        enough: the size that is advised and the ends of its interval, of which the upper may lie beyond the curve.
    """
    figure = plain_figure(theme, title, 340)
    some = slice(None, None, max(1, len(sizes) // _POINTS))
    x = [int(size) for size in sizes[some]]
    around = [*(100 * high[some]).tolist(), *(100 * low[some][::-1]).tolist()]
    figure.add_trace(
        go.Scatter(
            x=[*x, *reversed(x)],
            y=around,
            fill="toself",
            fillcolor=blend(theme.accent, theme.ground, 0.22),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=x,
            y=(100 * mean[some]).tolist(),
            mode="lines" if len(x) > 1 else "markers",
            line={"color": theme.accent, "width": 2},
            hovertemplate="%{x:,} rows: %{y:.3g} %<extra></extra>",
        )
    )
    if len(sizes) > 2:
        at = int(abs(sizes - knee[0]).argmin())
        figure.add_trace(knee_ring(theme, knee, 100 * float(mean[at])))
    if enough is not None:
        last = int(sizes[-1])
        figure.add_vrect(
            x0=enough[1],
            x1=last if enough[2] is None else enough[2],
            fillcolor=theme.neutral,
            opacity=0.18,
            line_width=0,
        )
        figure.add_vline(x=enough[0], line={"color": theme.muted, "width": 1.5, "dash": "dot"})
    figure.update_xaxes(title_text="Rows chosen", tickformat=",", fixedrange=True)
    figure.update_yaxes(title_text="Coverage of the pool (%)", fixedrange=True)
    return figure
