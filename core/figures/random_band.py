"""A selection beside random subsets of its size: a dot and a band for each metric, each on a scale of its own."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import plotly.graph_objects as go

from .theme import Theme, number, plain_figure, shown

_ROW = 46  # pixels for a metric: a line of text, and the scale under it


class Scored(Protocol):
    """A score as this figure reads it."""

    @property
    def metric(self) -> str: ...
    @property
    def value(self) -> float: ...


def beside_random(
    scores: Sequence[Scored],
    random: Sequence[Sequence[Scored]],
    theme: Theme,
    *,
    titles: Mapping[str, str] | None = None,
    lower: Collection[str] = (),
) -> go.Figure:
    """The scores of a selection, and of random subsets of the same size that list the same metrics in any order.

    The band runs from the lowest to the highest random value, further right is more diverse, and scales cannot be
    compared between rows; the metrics in `lower`, of which a lower value is more diverse, have theirs turned round. A
    metric without a value is listed as such.
    """
    bands = [_values(random, score.metric) for score in scores]
    signs = [-1 if score.metric in lower else 1 for score in scores]
    verdicts = [_verdict(s.value, band, sign) for s, band, sign in zip(scores, bands, signs, strict=True)]
    figure = plain_figure(theme, _finding(verdicts), 80 + _ROW * max(len(scores), 1))
    for row, (score, band, sign, verdict) in enumerate(zip(scores, bands, signs, verdicts, strict=True)):
        title = shown((titles or {}).get(score.metric, score.metric.replace("_", " ")), 34)
        _line(figure, row, theme)
        ends = [sign * value for value in (*band, score.value) if math.isfinite(value)]
        low, high = min(ends, default=0.0), max(ends, default=1.0)
        if band:
            left, right = sorted(_place(sign * value, low, high) for value in (min(band), max(band)))
            _band(figure, row, left, right, theme)
        if math.isfinite(score.value):
            words = f"<b>{number(score.value)}</b>" + (f"  {_WORDS[verdict]}" if verdict in _WORDS else "")
            _dot(figure, row, _place(sign * score.value, low, high), verdict, theme)
        else:
            words = "no value"
        if band:
            words += f"  {_range(band)}"
        _text(figure, row, f"{title}  {words}", theme)
    figure.update_xaxes(range=[-0.02, 1.02], visible=False, fixedrange=True)
    figure.update_yaxes(range=[len(scores) - 0.45, -0.75], visible=False, fixedrange=True)
    for text, x in (("← less diverse", 0), ("more diverse →", 1)):
        where = {
            "x": x,
            "y": 0,
            "xref": "paper",
            "yref": "paper",
            "yanchor": "top",
            "xanchor": "right" if x else "left",
        }
        figure.add_annotation(text=text, showarrow=False, font={"color": theme.muted, "size": 12}, **where)
    figure.update_layout(margin_b=28, hovermode=False)
    return figure


_WORDS = {"above": "more diverse", "below": "less diverse", "within": "like random"}


def _values(random: Sequence[Sequence[Scored]], metric: str) -> list[float]:
    found = [score.value for scores in random for score in scores if score.metric == metric]
    return [value for value in found if math.isfinite(value)]


def _verdict(value: float, band: Sequence[float], sign: int) -> str:
    if not math.isfinite(value) or not band:
        return "unknown"
    if min(band) <= value <= max(band):
        return "within"
    return "above" if (value - band[0]) * sign > 0 else "below"


def _finding(verdicts: Sequence[str]) -> str:
    count = {word: sum(verdict == word for verdict in verdicts) for word in _WORDS}
    known = sum(count.values())
    if not known:
        return "How diverse is the selection?"
    words = [f"More diverse than random on {count['above']:,} of {known:,} {'metric' if known == 1 else 'metrics'}"]
    words += [f"less on {count['below']:,}"] if count["below"] else []
    words += [f"no different on {count['within']:,}"] if count["within"] else []
    return ", ".join(words)


def _place(value: float, low: float, high: float) -> float:
    """Where a value stands on its row's scale, which leaves a little room at both ends."""
    return 0.5 if high == low else 0.03 + 0.94 * (value - low) / (high - low)


def _range(band: Sequence[float]) -> str:
    low, high = number(min(band)), number(max(band))
    return f"(random {low})" if low == high else f"(random {low} to {high})"


def _line(figure: go.Figure, row: int, theme: Theme) -> None:
    line = {"color": theme.grid, "width": 1}
    figure.add_trace(go.Scatter(x=[0, 1], y=[row, row], mode="lines", line=line, hoverinfo="skip"))


def _band(figure: go.Figure, row: int, left: float, right: float, theme: Theme) -> None:
    middle, half = (left + right) / 2, max((right - left) / 2, 0.004)  # a band of no width is still to be seen
    line = {"color": theme.neutral, "width": 9}
    ends = [middle - half, middle + half]
    figure.add_trace(go.Scatter(x=ends, y=[row, row], mode="lines", line=line, hoverinfo="skip", name="random"))


def _dot(figure: go.Figure, row: int, place: float, verdict: str, theme: Theme) -> None:
    colour, symbol = {
        "above": (theme.accent, "circle"),
        "below": (theme.warning, "diamond"),
    }.get(verdict, (theme.text, "circle-open"))
    marker = {"color": colour, "symbol": symbol, "size": 12, "line": {"width": 2 if symbol == "circle-open" else 0}}
    figure.add_trace(go.Scatter(x=[place], y=[row], mode="markers", marker=marker, hoverinfo="skip", name="selection"))


def _text(figure: go.Figure, row: int, words: str, theme: Theme) -> None:
    figure.add_trace(
        go.Scatter(
            x=[0],
            y=[row - 0.42],
            text=[words],
            mode="text",
            textposition="middle right",
            textfont={"size": 12, "color": theme.text},
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
