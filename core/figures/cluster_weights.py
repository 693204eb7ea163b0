"""How the weights of clusters flow from round to round: areas above each other, which sum to 1 at every round."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from ..blocks import Floats
from .theme import Theme, blend, number, plain_figure, shown

_NAMED = 10
_HOLD = 0.22  # of a round, on either side, in which its weights stand still
_STEPS = 16  # between two rounds
_LEGEND = 20  # pixels of a line of the legend
_LETTERS = 20  # of a name in the legend


def cluster_weights(names: Sequence[str], weights: ArrayLike, sizes: ArrayLike, theme: Theme) -> go.Figure:
    """Weights of k clusters over r rounds, (r, k), each row summing to 1; `sizes`, (k,), decide between equal ones.

    The ten that weigh most in the last round have names and colours of their own, the others are one grey area.
    """
    found = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    order = np.lexsort((-np.asarray(sizes), -found[-1]))[:_NAMED]
    rest = len(names) - len(order)
    legend = -(-(len(order) + bool(rest)) // 2)
    figure = plain_figure(theme, _finding(names, found), 340 + _LEGEND * legend, title_width=46)
    places, nearest = _places(len(found))
    for rank, cluster in enumerate(order):
        _area(figure, places, nearest, found[:, cluster], names[cluster], theme.category(rank), theme)
    if rest:
        others = np.clip(1 - found[:, order].sum(axis=1), 0, None)
        name = f"{rest:,} other{'s' if rest > 1 else ''}"
        _area(figure, places, nearest, others, name, theme.neutral, theme)
    rounds = list(range(1, len(found) + 1))
    ticks = [each for each in rounds if len(rounds) <= 10 or (each - 1) % -(-len(rounds) // 10) == 0]
    figure.update_xaxes(
        tickvals=ticks,
        ticktext=[f"Round {each}" if len(ticks) <= 6 else f"{each}" for each in ticks],
        range=[places[0], places[-1]],
        title_text="" if len(ticks) <= 6 else "Round",
        showgrid=False,
        fixedrange=True,
    )
    figure.update_yaxes(title_text="Weight", range=[0, 1], tickformat=".0%", fixedrange=True)
    figure.update_layout(
        showlegend=True,
        legend={
            "orientation": "h",
            "y": -0.11,
            "yanchor": "top",
            "x": 0,
            "traceorder": "normal",
            "entrywidth": 0.5,
            "entrywidthmode": "fraction",
            "itemwidth": 30,
            "font": {"size": 12},
        },
        margin_b=_LEGEND * legend + 34,
    )
    return figure


def _places(rounds: int) -> tuple[Floats, list[int]]:
    """Where the areas have their corners, and the round, from 0, that is the nearest to each."""
    steps = np.linspace(_HOLD, 1 - _HOLD, _STEPS)
    places = [1 - 2 * _HOLD, *(at + step for at in range(1, rounds) for step in steps), rounds + 2 * _HOLD]
    return np.array(places), [int(np.clip(round(place), 1, rounds)) - 1 for place in places]


def _flow(places: Floats, weights: Floats) -> Floats:
    """The weights at those places: they stand still around each round, and go over smoothly between two."""
    before = np.clip(np.floor(places), 1, len(weights)).astype(np.int64)
    after = np.minimum(before + 1, len(weights))
    share = np.clip((places - before - _HOLD) / (1 - 2 * _HOLD), 0, 1)
    smooth = share * share * (3 - 2 * share)
    found: Floats = (1 - smooth) * weights[before - 1] + smooth * weights[after - 1]
    return found


def _area(
    figure: go.Figure, places: Floats, nearest: list[int], weights: Floats, name: str, colour: str, theme: Theme
) -> None:
    hover = [_hover(name, weights, at) for at in range(len(weights))]
    figure.add_trace(
        go.Scatter(
            x=places,
            y=_flow(places, weights),
            stackgroup="weights",
            mode="lines",
            name=shown(name, _LETTERS),
            line={"width": 0.6, "color": theme.ground},
            fillcolor=blend(colour, theme.ground, 0.85),
            hovertext=[hover[at] for at in nearest],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )


def _hover(name: str, weights: Floats, at: int) -> str:
    words = f"{shown(name, 60)}<br>Round {at + 1}: {100 * weights[at]:.3g} %"
    return words + (f", {100 * weights[at - 1]:.3g} % before" if at else "")


def _finding(names: Sequence[str], weights: Floats) -> str:
    if len(weights) == 1:
        return f"All {len(names):,} clusters begin with the same weight" if len(names) > 1 else "One cluster has it all"
    change = weights[-1] - weights[0]
    most = int(np.argmax(change))
    if change[most] <= 0:
        return f"No weight moved in {len(weights):,} rounds"
    grown = f"from {number(100 * weights[0, most])} to {number(100 * weights[-1, most])} %"
    return f"{shown(names[most], 40)}\ngained most, {grown}"
