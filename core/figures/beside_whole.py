"""A selection beside the whole that it is from: the share of the rows of each that lies in each bin or category."""

import math
from collections import Counter

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from .map import Categories, Numbers
from .theme import Theme, number, plain_figure, shown

_BINS = 24
_ENDS = (0.5, 99.5)  # percentiles of the whole beyond which rows count in the first and the last bin
_LISTED = 8  # categories; the others are one bar


def beside_whole(
    values: Categories | Numbers, rows: ArrayLike, theme: Theme, *, logarithmic: bool = False, height: int = 280
) -> go.Figure:
    """Shares of the selected rows (numbers of `values`) in the accent colour, over those of all rows in grey.

    Args:
        logarithmic: numbers above 0 in bins of equal ratio.
    """
    chosen = np.asarray(rows, dtype=np.int64)
    if isinstance(values, Categories):
        return _of_categories(values, chosen, theme, height)
    return _of_numbers(values, chosen, theme, logarithmic, height)


def _of_numbers(values: Numbers, rows: NDArray[np.int64], theme: Theme, logarithmic: bool, height: int) -> go.Figure:
    every = np.asarray(values.values, dtype=np.float64)
    if logarithmic:
        with np.errstate(divide="ignore"):
            every = np.log10(every)
    there, mine = every[np.isfinite(every)], every[rows][np.isfinite(every[rows])]
    figure = plain_figure(theme, _finding(there, mine, values.title, logarithmic), height, title_width=44, bargap=0.04)
    if not len(there):
        return figure
    low, high = (float(end) for end in np.percentile(there, _ENDS))
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, _BINS + 1)
    middles = (edges[:-1] + edges[1:]) / 2
    for name, some, colour, width in (("all rows", there, theme.neutral, 1.0), ("selected", mine, theme.accent, 0.55)):
        counts = np.histogram(np.clip(some, low, high), edges)[0]
        ends = [number(10**edge if logarithmic else edge) for edge in edges]
        words = [f"{name}: {counts[i]:,} of {len(some):,} from {ends[i]} to {ends[i + 1]}" for i in range(_BINS)]
        _bars(figure, name, middles, counts / max(1, len(some)), colour, width * (edges[1] - edges[0]), words)
    if logarithmic:
        ticks = [e + s for e in range(math.floor(low), math.ceil(high) + 1) for s in (0, math.log10(3))]
        ticks = [tick for tick in ticks if low <= tick <= high] or [(low + high) / 2]
        figure.update_xaxes(tickvals=ticks, ticktext=[f"{round(10**tick):,}" for tick in ticks])
    _axes(figure, f"{shown(values.title, 60)}{' (logarithmic scale)' if logarithmic else ''}")
    return figure


def _finding(there: NDArray[np.float64], mine: NDArray[np.float64], title: str, logarithmic: bool) -> str:
    name = shown(title, 40)
    if not len(mine):
        return f"No selected row has a value of {name}"
    halves = [float(np.median(each)) for each in (mine, there)]
    selected, whole = (number(10**half if logarithmic else half) for half in halves)
    return f"{name}: {selected} in the middle of the selection, {whole} of all rows"


def _of_categories(values: Categories, rows: NDArray[np.int64], theme: Theme, height: int) -> go.Figure:
    names, place = values.numbered
    every = Counter(dict(zip(names, np.bincount(place, minlength=len(names)).tolist(), strict=True)))
    there = np.bincount(place[rows], minlength=len(names))
    mine = Counter({names[i]: int(there[i]) for i in np.flatnonzero(there)})
    named = [name for name, _ in sorted(mine.items(), key=lambda pair: (-pair[1], -every[pair[0]], pair[0]))]
    named += [name for name, _ in every.most_common(2 * _LISTED) if name not in mine]
    listed = named[:_LISTED]
    groups = {shown(name or "(none)", 26): (mine[name], every[name]) for name in listed}
    if rest := len(every) - len(listed):
        left = [counts.total() - sum(counts[name] for name in listed) for counts in (mine, every)]
        groups[f"{rest:,} others"] = (left[0], left[1])
    totals = (max(1, len(rows)), max(1, every.total()))
    top = max(groups, key=lambda name: groups[name][0] / totals[0] - groups[name][1] / totals[1])
    selected, whole = (number(100 * groups[top][at] / totals[at]) for at in (0, 1))
    title = f"{shown(values.title, 30)}: {selected} % of the selection are {top}, {whole} % of all rows"
    figure = plain_figure(theme, title, height, title_width=44, bargap=0.04)
    places = np.arange(len(groups), dtype=np.float64)
    for name, at, total, colour, width in (
        ("all rows", 1, every.total(), theme.neutral, 0.8),
        ("selected", 0, len(rows), theme.accent, 0.4),
    ):
        counts = np.array([pair[at] for pair in groups.values()], dtype=np.float64)
        words = [f"{name}: {int(counts[i]):,} of {total:,} are {group}" for i, group in enumerate(groups)]
        _bars(figure, name, places, counts / max(1, total), colour, width, words, flat=True)
    _axes(figure, "")
    figure.update_yaxes(tickvals=places, ticktext=list(groups), autorange="reversed", showgrid=False, title_text="")
    figure.update_xaxes(tickformat=".0%", title_text="Share of the rows", rangemode="tozero", showgrid=True)
    return figure


def _bars(
    figure: go.Figure,
    name: str,
    places: NDArray[np.float64],
    shares: NDArray[np.float64],
    colour: str,
    width: float,
    words: list[str],
    *,
    flat: bool = False,
) -> None:
    x, y = (shares, places) if flat else (places, shares)
    figure.add_trace(
        go.Bar(
            x=x,
            y=y,
            width=width,
            orientation="h" if flat else "v",
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            hovertext=words,
            hoverinfo="text",
        )
    )


def _axes(figure: go.Figure, title: str) -> None:
    figure.update_xaxes(title_text=title, showgrid=False)
    figure.update_yaxes(title_text="Share of the rows", tickformat=".0%", rangemode="tozero")
    figure.update_layout(barmode="overlay")
