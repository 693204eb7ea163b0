"""How often a probe is right beside how sure it is."""

from collections.abc import Sequence

import plotly.graph_objects as go

from .theme import Theme, plain_figure


def reliability(curve: Sequence[tuple[float, float, int]], theme: Theme, title: str) -> go.Figure:
    """By bin of confidence, (mean confidence, share right, rows): on the line, a probe is as sure as it is right."""
    figure = plain_figure(theme, title, 320)
    figure.add_trace(
        go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": theme.grid, "dash": "dot"}, hoverinfo="skip")
    )
    most = max((rows for _, _, rows in curve), default=1)
    figure.add_trace(
        go.Scatter(
            x=[sure for sure, _, _ in curve],
            y=[right for _, right, _ in curve],
            mode="lines+markers" if len(curve) > 1 else "markers",
            line={"color": theme.accent, "width": 1},
            marker={"color": theme.accent, "size": [6 + 14 * (rows / most) ** 0.5 for _, _, rows in curve]},
            customdata=[rows for _, _, rows in curve],
            hovertemplate="%{customdata:,} rows: sure %{x:.0%}, right %{y:.0%}<extra></extra>",
        )
    )
    figure.update_xaxes(title_text="How sure the probe is", range=[0, 1.03], tickformat=".0%")
    figure.update_yaxes(title_text="How often it is right", range=[0, 1.03], tickformat=".0%")
    return figure
