"""The mean rank of each selector, with its interval."""

from collections.abc import Sequence

import plotly.graph_objects as go

from .theme import Theme, plain_figure, shown

_ROW = 28  # pixels


def rank_dots(
    names: Sequence[str], ranks: Sequence[tuple[float, float, float]], theme: Theme, *, random: int | None = None
) -> go.Figure:
    """A row for every selector, the best on top; ranks are (mean, low, high), 1 being the most diverse.

    `random` is the number of Random, which is grey.
    """
    order = sorted(range(len(names)), key=lambda number: (ranks[number][0], number))
    figure = plain_figure(theme, _finding(names, ranks, order), 100 + _ROW * len(names))
    figure.update_layout(title_xref="container", title_x=0.02)
    for row, number in enumerate(order):
        mean, low, high = ranks[number]
        colour = theme.neutral if number == random else theme.accent
        figure.add_trace(
            go.Scatter(
                x=[mean],
                y=[row],
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": [high - mean],
                    "arrayminus": [mean - low],
                    "thickness": 2,
                    "width": 4,
                },
                mode="markers",
                marker={"color": colour, "size": 10},
                hovertext=[f"{shown(names[number], 60)}: {mean:.1f} ({low:.1f} to {high:.1f})"],
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )
    figure.update_yaxes(
        tickvals=list(range(len(order))),
        ticktext=[shown(names[number], 24) for number in order],
        range=[len(order) - 0.5, -0.5],
        showgrid=False,
        fixedrange=True,
    )
    figure.update_xaxes(title_text="Mean rank, 1 the most diverse", fixedrange=True)
    return figure


def _finding(names: Sequence[str], ranks: Sequence[tuple[float, float, float]], order: Sequence[int]) -> str:
    if len(order) < 2:
        return "Mean rank"
    first, second = order[0], order[1]
    name = shown(names[first], 30)
    if ranks[first][2] < ranks[second][1]:
        return f"{name} ranks first, its interval apart from all others"
    alike = sum(ranks[number][1] <= ranks[first][2] for number in order[1:])
    return f"{name} ranks first, but its interval meets that of {alike:,} other{'s' if alike > 1 else ''}"
