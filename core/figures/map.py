"""The map: a point a row, coloured by a category or a number, with what a lasso needs to find the rows again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ..blocks import Floats
from .raster import fair_sample, raster
from .theme import Theme, number, plain_figure, shown

POINTS = 100_000  # rows up to which each is drawn
SAMPLE = 25_000  # points that stand for the rows above that
_HOVER = 20_000  # rows up to which hover text is sent along
_MARKED = 20_000  # highlighted rows that are drawn at most
_NAMED = "%{hovertext}<br>%{meta}<extra></extra>"  # a name in `meta` is never read as a template itself


@dataclass(frozen=True)
class Categories:
    """A name per row; the ten commonest have a colour, the others are grey, and so are the `neutral` names.

    Names in `places` have the colour of that place in the palette, however common they are, and those at None that of
    the text; then all of them are drawn, and the others are grey.
    """

    values: Sequence[str]
    title: str
    neutral: frozenset[str] = frozenset({"in no cluster", "(none)", ""})
    places: Mapping[str, int | None] | None = None

    @cached_property
    def numbered(self) -> tuple[list[str], NDArray[np.int64]]:
        """The names in the order in which they come, and for each row the number of its name, (n,).

        By a dictionary: an array of texts is as wide as its longest, and a column of system prompts has long ones.
        """
        names = list(map(str, self.values))
        numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        return list(numbers), np.fromiter(map(numbers.__getitem__, names), np.int64, len(names))


@dataclass(frozen=True)
class Numbers:
    """A number per row, (n,); NaN is drawn grey."""

    values: Floats
    title: str


@dataclass(frozen=True)
class Drawn:
    """The figure, and the positions of the rows that are points in it: None when all are."""

    figure: go.Figure
    sample: NDArray[np.int64] | None


def map_figure(
    xy: Floats,
    colour: Categories | Numbers | None,
    theme: Theme,
    *,
    highlight: NDArray[np.integer[Any]] | None = None,
    labels: Sequence[str] | None = None,
    picked: NDArray[np.integer[Any]] | None = None,
    shapes_only: bool = False,
    view: str = "map",
    height: int = 600,
) -> Drawn:
    """The rows of a map, (n, 2), as points whose `customdata` is the row's position.

    Args:
        highlight: positions of rows that stand out: alone in colour where `colour` is None, else ringed.
        labels: a text per row, whose first 60 characters are shown on hover, up to 20,000 rows.
        shapes_only: a lasso or a box is told by its shape alone: without the points in it, which of many rows are
            megabytes, and without hover and clicks.
        picked: positions of rows beside which the others are faint, as they are beside those in a lasso.
        view: as long as it is the same, zoom and lasso stay when the figure is drawn again.
    """
    n = len(xy)
    places = np.asarray(xy, dtype=np.float32)
    sample = None if n <= POINTS else fair_sample(places, SAMPLE)
    rows = np.arange(n, dtype=np.int32) if sample is None else sample.astype(np.int32)
    marked = np.empty(0, dtype=np.int32) if highlight is None else np.asarray(highlight, dtype=np.int32)
    figure = _empty_map(theme, _title(n, colour, None if highlight is None else len(marked)), view, height)
    if sample is not None:
        figure.add_trace(_density(places, theme))
    if len(marked) > _MARKED:
        marked = marked[np.linspace(0, len(marked) - 1, _MARKED).astype(np.int64)]
    opacity = 0.8 if not len(marked) else 0.4 if colour is None else 0.55
    inside = None
    if picked is not None:
        inside = np.zeros(n, dtype=bool)
        inside[picked] = True
    draw = _Points(figure, places, labels if n <= _HOVER else None, _size(len(rows)), opacity, inside)
    match colour:
        case Categories():
            _draw_categories(draw, rows, colour, theme)
        case Numbers():
            _draw_numbers(draw, rows, colour, theme)
        case None if highlight is not None:
            draw.add(np.setdiff1d(rows, marked).astype(np.int32), "other rows", {"color": theme.neutral})
        case None:
            draw.add(rows, "rows", {"color": theme.accent})
    if len(marked) and colour is None:
        draw.add(marked, "chosen", {"color": theme.accent, "size": draw.size + 2, "opacity": 0.95})
    elif len(marked):
        ring = {"color": theme.text, "size": draw.size + 3, "symbol": "circle-open", "opacity": 0.9}
        draw.add(marked, "chosen", ring | {"line": {"width": 1.5}})
    figure.update_layout(showlegend=not isinstance(colour, Numbers) and len(figure.data) > 1)
    if shapes_only:
        _cover(figure)
    return Drawn(figure, sample)


@dataclass(frozen=True)
class _Points:
    """Adds traces of rows to a figure, each row with its place, its position and its hover text."""

    figure: go.Figure
    xy: NDArray[np.float32]
    labels: Sequence[str] | None
    size: float
    opacity: float
    picked: NDArray[np.bool_] | None  # whether each row is

    def add(
        self, rows: NDArray[np.int32], name: str, marker: dict[str, Any], group: str | Sequence[str] | None = None
    ) -> None:
        """`group` is said on hover too: one for all of the rows, or one for each row of the map."""
        if not len(rows):
            return
        hover = None if self.labels is None else [shown(self.labels[row]) for row in rows]
        if hover is not None and group is not None and not isinstance(group, str):
            hover = [f"{text}<br>{shown(str(group[row]), 40)}" for text, row in zip(hover, rows, strict=True)]
        one = {} if hover is None or not isinstance(group, str) else {"meta": shown(group, 40), "hovertemplate": _NAMED}
        self.figure.add_trace(
            go.Scattergl(
                x=self.xy[rows, 0],
                y=self.xy[rows, 1],
                customdata=rows,
                mode="markers",
                name=name,
                marker={"size": self.size, "opacity": self.opacity} | marker,
                hovertext=hover,
                hoverinfo="none" if hover is None else "text",  # not "skip", which would swallow clicks
                selectedpoints=None if self.picked is None else np.flatnonzero(self.picked[rows]).tolist(),
                selected={"marker": {"opacity": max(0.8, self.opacity), "size": self.size + 1}},
                unselected={"marker": {"opacity": _faint(len(self.xy))}},
                **one,
            )
        )


def _draw_categories(draw: _Points, rows: NDArray[np.int32], colour: Categories, theme: Theme) -> None:
    """A trace for each of the ten commonest names, drawn from common to rare, over one of all others."""
    names, place = colour.numbered
    counts = np.bincount(place, minlength=len(names))
    ranked = np.argsort(-counts, kind="stable")
    named = [i for i in ranked if names[i] not in colour.neutral]
    if colour.places is None:
        listed, others = named[: len(theme.palette)], named[len(theme.palette) :]
    else:
        listed = [i for i in named if names[i] in colour.places]
        others = [i for i in named if names[i] not in colour.places]
    place = place[rows]
    if others:
        mine = rows[np.isin(place, others)]
        words = f"{len(others):,} others ({counts[others].sum():,})"
        draw.add(mine, words, {"color": theme.neutral}, colour.values)
    for i in ranked:
        if names[i] in colour.neutral:
            grey = {"color": theme.neutral, "opacity": 0.5 * draw.opacity}
            draw.add(rows[place == i], f"{shown(names[i] or '(none)', 30)} ({counts[i]:,})", grey, names[i])
    for rank, i in enumerate(listed):
        own = rank if colour.places is None else colour.places[names[i]]
        ink = theme.text if own is None else theme.category(own)
        draw.add(rows[place == i], f"{shown(names[i], 30)} ({counts[i]:,})", {"color": ink}, names[i])
    for rank, trace in enumerate(draw.figure.data):
        greys = len(draw.figure.data) - len(listed)
        trace.legendrank = 1000 + (rank if rank >= greys else rank + len(listed) + greys)


def _draw_numbers(draw: _Points, rows: NDArray[np.int32], colour: Numbers, theme: Theme) -> None:
    values = np.asarray(colour.values, dtype=np.float64)
    known = np.isfinite(values)
    draw.add(rows[~known[rows]], "no value", {"color": theme.neutral, "opacity": 0.4 * draw.opacity})
    if not known.any():
        return
    low, high = np.percentile(values[known], [2, 98])  # a few extremes would leave one colour to all others
    if low == high:
        low, high = low - 0.5, high + 0.5
    mine = rows[known[rows]]
    bar: dict[str, Any] = {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": 0,
        "yanchor": "top",
        "len": 0.6,
        "thickness": 10,
        "outlinewidth": 0,
        "ypad": 6,
        "tickfont": {"color": theme.muted, "size": 11},
        "title": {"text": f"{shown(colour.title, 40)};<br>ends are the 2nd and 98th percentile", "side": "bottom"},
        "nticks": 5,
    }
    bar["title"] |= {"font": {"color": theme.muted, "size": 11}}
    ramp = {"color": values[mine].astype(np.float32), "cmin": low, "cmax": high, "colorscale": "Viridis"}
    draw.add(mine, shown(colour.title, 40), ramp | {"colorbar": bar, "showscale": True})


def _density(xy: NDArray[np.float32], theme: Theme) -> go.Heatmap:
    found = raster(xy)
    shade = np.log1p(found.counts)
    return go.Heatmap(
        z=np.round(255 * shade / shade.max()).astype(np.uint8),
        x0=found.x0,
        dx=found.step,
        y0=found.y0,
        dy=found.step,
        colorscale=[[0, "rgba(128,128,128,0)"], [1, theme.neutral]],
        showscale=False,
        hoverinfo="skip",
        name="density",
    )


def _empty_map(theme: Theme, title: str, view: str, height: int) -> go.Figure:
    hidden = {"visible": False, "showgrid": False}  # places on a map have no unit
    figure = plain_figure(
        theme,
        title,
        height,
        dragmode="lasso",
        uirevision=view,
        selectionrevision=view,
        hovermode="closest",
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 0,
            "yanchor": "top",
            "maxheight": 0.22,
            "itemsizing": "constant",
            "font": {"size": 11, "color": theme.muted},
            "bgcolor": "rgba(0,0,0,0)",
        },
        newselection={"line": {"color": theme.accent, "width": 1.5, "dash": "solid"}},
        activeselection={"fillcolor": theme.accent, "opacity": 0.08},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": theme.muted, "activecolor": theme.accent},
    )
    figure.update_xaxes(**hidden)
    figure.update_yaxes(**hidden, scaleanchor="x", scaleratio=1)
    return figure


def _cover(figure: go.Figure) -> None:
    """Lay an empty plot of the same axes over the points: it is the one that the mouse draws in, and holds none."""
    figure.add_trace(go.Scattergl(x=[None], y=[None], xaxis="x2", yaxis="y2", mode="markers", showlegend=False))
    figure.update_layout(
        xaxis2={"visible": False, "showgrid": False, "matches": "x", "anchor": "y2"},
        yaxis2={"visible": False, "showgrid": False, "matches": "y", "anchor": "x2"},
    )


def _title(n: int, colour: Categories | Numbers | None, marked: int | None) -> str:
    rows = f"{n:,} {'row' if n == 1 else 'rows'}"
    if marked is not None and colour is None:
        return f"{marked:,} of {rows} chosen ({number(100 * marked / n)} %): do they cover the map?"
    by = "" if colour is None else f" by {shown(colour.title[:1].lower() + colour.title[1:], 40)}"
    return f"{rows}{by}" + ("" if marked is None else f", {marked:,} chosen ones ringed")


def _faint(points: int) -> float:
    """How much is seen of points that are not selected: of many that lie on each other, less of each."""
    return 0.15 if points <= 5_000 else 0.08 if points <= 20_000 else 0.03


def _size(points: int) -> float:
    return 7.0 if points <= 1_000 else 5.0 if points <= 5_000 else 4.0 if points <= 20_000 else 3.0
