"""Quality against diversity by the weight of a selector, with random choices and the choice by quality alone."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from .theme import Theme, number, plain_figure, shown

_APART = 0.06  # of an axis, between spots whose names are both written


@dataclass(frozen=True)
class Spot:
    """One choice: its name, mean quality and diversity."""

    name: str
    quality: float
    diversity: float
    best: bool = False  # no other weight beats it in both


def frontier_curve(
    spots: Sequence[Spot],
    random: Sequence[Spot],
    quality_only: Spot,
    theme: Theme,
    title: str,
    *,
    quality: str,
    diversity: str,
    turned: tuple[bool, bool] = (False, False),
) -> go.Figure:
    """Right is better quality and up more diverse; `turned` says of each axis that lower is better.

    Spots are joined in their order; filled ones are on the frontier, with their names beside them where there is room.
    """
    figure = plain_figure(theme, shown(title, 160), 440, title_width=46)
    grey = {"color": theme.neutral, "size": 8}
    _add(figure, random, "Random", {"mode": "markers", "marker": grey})
    line = {"color": theme.accent, "width": 1.5}
    fill = [theme.accent if spot.best else theme.ground for spot in spots]
    marker = {"color": fill, "size": 10, "line": {"color": theme.accent, "width": 2}}
    text = {
        "text": _labels(spots, [*random, quality_only]),
        "textposition": "bottom left",  # inside of the curve, where there is room
        "textfont": {"color": theme.text, "size": 12},
    }
    _add(figure, spots, "By weight", {"mode": "lines+markers+text", "line": line, "marker": marker, **text})
    diamond = {"color": theme.warning, "size": 11, "symbol": "diamond"}
    _add(figure, [quality_only], "Quality alone", {"mode": "markers", "marker": diamond})
    words = [
        f"{shown(name, 40)}{' (lower is better)' if turn else ''}"
        for name, turn in zip((quality, diversity), turned, strict=True)
    ]
    figure.update_xaxes(title_text=words[0], autorange="reversed" if turned[0] else True, fixedrange=True)
    figure.update_yaxes(title_text=words[1], autorange="reversed" if turned[1] else True, fixedrange=True)
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.18, "yanchor": "top", "x": 0})
    figure.update_layout(margin_t=figure.layout.margin.t + 8)
    return figure


def _labels(spots: Sequence[Spot], others: Sequence[Spot]) -> list[str]:
    """The names of the best spots, left out where one would be written over the one before it."""
    every = [(each.quality, each.diversity) for each in (*spots, *others)]
    known = [place for place in every if all(map(math.isfinite, place))]
    spans = [max(axis) - min(axis) or 1.0 for axis in zip(*known, strict=True)]
    labels, last = [], (math.inf, math.inf)
    for spot in spots:
        place = spot.quality, spot.diversity
        apart = [abs(a - b) / span for a, b, span in zip(place, last, spans, strict=True)] if known else []
        write = spot.best and bool(spot.name) and any(gap > _APART for gap in apart)
        labels.append(shown(spot.name, 20) if write else "")
        last = place if write else last
    return labels


def _add(figure: go.Figure, spots: Sequence[Spot], name: str, how: dict[str, object]) -> None:
    known = [math.isfinite(spot.quality) and math.isfinite(spot.diversity) for spot in spots]
    figure.add_trace(
        go.Scatter(
            x=[spot.quality if has else None for spot, has in zip(spots, known, strict=True)],
            y=[spot.diversity if has else None for spot, has in zip(spots, known, strict=True)],
            name=name,
            hovertext=[
                f"{shown(spot.name, 60)}: {number(spot.quality)}, {number(spot.diversity)}" if has else ""
                for spot, has in zip(spots, known, strict=True)
            ],
            hovertemplate="%{hovertext}<extra></extra>",
            **how,
        )
    )
