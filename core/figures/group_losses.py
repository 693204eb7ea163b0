"""Losses of held-out rows by group: a dot for every arm with its interval, and a line of text above each group."""

import math
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from .theme import Theme, number, plain_figure, plus_minus, shown

MOST_GROUPS = 16  # that are drawn
_ROW = 40  # pixels: a line of text above the dots
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star", "hexagon")
_APART = 0.17  # of a row, between the dots of one group

Interval = tuple[float, float | None, float | None]  # value and ends, None where there is one seed


def group_losses(
    groups: Sequence[str], arms: Mapping[str, Sequence[Interval]], theme: Theme, title: str, *, random: str = ""
) -> go.Figure:
    """Arms by name, each with a loss for every group, lower (further left) better; NaN is left out.

    The first 16 groups are drawn. `random` names the arm that is drawn in grey.
    """
    shown_groups = groups[:MOST_GROUPS]
    figure = plain_figure(theme, shown(title, 160), 130 + _ROW * max(1, len(shown_groups)))
    colours = iter(theme.palette)
    for at, (name, losses) in enumerate(arms.items()):
        colour = theme.muted if name == random else next(colours)
        offset = _APART * (at - (len(arms) - 1) / 2)
        known = [(row, loss) for row, loss in enumerate(losses[:MOST_GROUPS]) if math.isfinite(loss[0])]
        figure.add_trace(
            go.Scatter(
                x=[value for _, (value, _, _) in known],
                y=[row + offset for row, _ in known],
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [0 if high is None else high - value for _, (value, _, high) in known],
                    "arrayminus": [0 if low is None else value - low for _, (value, low, _) in known],
                    "thickness": 1.2,
                    "width": 0,
                },
                mode="markers",
                name=shown(name, 30),
                marker={"color": colour, "size": 8, "symbol": _SYMBOLS[at % len(_SYMBOLS)]},
                hovertext=[f"{shown(groups[row], 60)}<br>{shown(name, 30)}: {_words(loss)}" for row, loss in known],
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )
    figure.add_trace(
        go.Scatter(
            x=[0] * len(shown_groups),
            xaxis="x2",
            y=[row - 0.42 for row in range(len(shown_groups))],
            text=[shown(name, 44) for name in shown_groups],
            mode="text",
            textposition="middle right",
            textfont={"size": 12, "color": theme.text},
            cliponaxis=False,
            hoverinfo="skip",
            showlegend=False,
        )
    )
    figure.update_xaxes(title_text="Loss, nats a token (lower is better)", fixedrange=True)
    figure.update_layout(xaxis2={"range": [0, 1], "overlaying": "x", "visible": False, "fixedrange": True})
    figure.update_yaxes(visible=False, range=[len(shown_groups) - 0.5, -0.8], fixedrange=True)
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0, "traceorder": "normal"}
    )
    figure.update_layout(margin_t=figure.layout.margin.t + 24)
    return figure


def _words(loss: Interval) -> str:
    value, low, high = loss
    return number(value) if low is None or high is None else plus_minus(value, (high - low) / 2)
