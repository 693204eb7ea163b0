"""A metric by budget: a line for every selector, and the band of random subsets."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from .theme import Theme, blend, number, plain_figure, shown

_DASHES = ("solid", "dash", "dot")
_SYMBOLS = ("circle", "square", "diamond")
_EDGE = 0.35  # by which the band goes on beyond the first and the last budget
_LEGEND = 20  # pixels of a line of the legend
_LETTERS = 26  # of a name in the legend


@dataclass(frozen=True)
class Line:
    """One selector: the means of its runs by budget, and their ends; NaN where it has none."""

    name: str
    place: int  # among all selectors there are, which decides its colour
    means: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


def bench_lines(
    budgets: Sequence[str],
    band: Sequence[tuple[float, float]],
    lines: Sequence[Line],
    theme: Theme,
    title: str,
    *,
    better: str = "higher",
    axis: str = "",
) -> go.Figure:
    """Budgets from left to right as they are written, up is more diverse; `band` is the lowest and highest of random.

    The title is the caller's finding. A selector has the same colour and dashes in every figure.
    """
    rows = math.ceil((len(lines) + 1) / 2)
    figure = plain_figure(theme, shown(title, 160), 330 + _LEGEND * rows, title_width=42)
    known = [(at, low, high) for at, (low, high) in enumerate(band) if math.isfinite(low) and math.isfinite(high)]
    if known:
        _band(figure, known, theme)
    for line in lines:
        colour, dash, symbol = selector_style(line.place, theme)
        figure.add_trace(
            go.Scatter(
                x=list(range(len(budgets))),
                y=[value if math.isfinite(value) else None for value in line.means],
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": [b - m for m, b in zip(line.means, line.high, strict=True)],
                    "arrayminus": [m - a for m, a in zip(line.means, line.low, strict=True)],
                    "thickness": 1,
                    "width": 3,
                },
                mode="lines+markers",
                name=shown(line.name, _LETTERS),
                line={"color": colour, "dash": dash, "width": 2},
                marker={"symbol": symbol, "size": 7},
                hovertext=[_hover(line, at, budgets[at]) for at in range(len(budgets))],
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )
    figure.update_xaxes(
        tickvals=list(range(len(budgets))),
        ticktext=[shown(budget, 20) for budget in budgets],
        range=[-_EDGE, len(budgets) - 1 + _EDGE],
        title_text="Budget",
        showgrid=False,
        fixedrange=True,
    )
    words = shown(axis, 40) + (", lower is more diverse" if better == "lower" else "")
    figure.update_yaxes(title_text=words, autorange="reversed" if better == "lower" else True, fixedrange=True)
    figure.update_layout(
        showlegend=True,
        legend={
            "orientation": "h",
            "y": -0.2,
            "yanchor": "top",
            "x": 0,
            "entrywidth": 0.5,
            "entrywidthmode": "fraction",
        },
        margin_b=_LEGEND * rows + 50,
    )
    return figure


def selector_style(place: int, theme: Theme) -> tuple[str, str, str]:
    """Colour, dash and marker of the selector that stands at that place among all."""
    turn = place // len(theme.palette) % len(_DASHES)
    return theme.palette[place % len(theme.palette)], _DASHES[turn], _SYMBOLS[turn]


def _band(figure: go.Figure, known: Sequence[tuple[int, float, float]], theme: Theme) -> None:
    places = [known[0][0] - _EDGE, *(at for at, _, _ in known), known[-1][0] + _EDGE]
    low = [known[0][1], *(value for _, value, _ in known), known[-1][1]]
    high = [known[0][2], *(value for _, _, value in known), known[-1][2]]
    figure.add_trace(
        go.Scatter(
            x=[*places, *reversed(places)],
            y=[*high, *reversed(low)],
            fill="toself",
            fillcolor=blend(theme.neutral, theme.ground, 0.35),
            line={"width": 0, "color": theme.neutral},
            mode="lines",
            name="Random",
            hoverinfo="skip",
        )
    )


def _hover(line: Line, at: int, budget: str) -> str:
    words = f"{shown(line.name, 60)}<br>{shown(budget, 20)}: {number(line.means[at])}" if _has(line, at) else ""
    if words and line.low[at] != line.high[at]:
        words += f" ({number(line.low[at])} to {number(line.high[at])})"
    return words


def _has(line: Line, at: int) -> bool:
    return math.isfinite(line.means[at])
