"""Sets by metrics: the value of each in its cell, the more diverse the fuller the cell's colour."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from ..p_value import p_in_words
from .theme import Theme, blend, plain_figure, plus_minus, shown

_LETTERS = 54  # that fit beside each other on a phone
_HEAD_LINES = 3
_ENDINGS = re.compile(r"(\.(jsonl?|csv|tsv|parquet|arrow|txt|gz|zst|zip))+$")
_SPLIT, _NARROW = 4, 6  # sets from which on the error stands below the value, and the value below the rank
_TITLE, _LINE = 19, 17  # pixels: the metric's name above its cells, and a line in a cell
_OTHERS = 5  # sets that hover text tells a set apart from
_WORDS = {
    "broader": "more diverse than",
    "narrower": "less diverse than",
    "cannot be told apart": "cannot be told apart from",
}


@dataclass(frozen=True)
class Against:
    """How a set stands to another one on a metric."""

    name: str  # of the other
    word: str  # "broader", "narrower" or "cannot be told apart"
    difference: float  # of the values, this set's less the other's
    error: float  # its standard error
    p: float
    caution: str = ""  # what is to be minded of the two on that metric


@dataclass(frozen=True)
class Ranked:
    """One metric over all sets. A set without a value has NaN and no rank, and one that has it alone no rank either."""

    title: str
    better: str  # "higher" or "lower"
    values: Sequence[float]
    errors: Sequence[float]
    ranks: Sequence[int | None]  # 1 + the number of sets that are told apart as more diverse
    reasons: Sequence[str] = ()  # why a set has no value, "" where it has one
    against: Sequence[Sequence[Against]] = ()  # for each set how it stands to the others
    caution: str = ""  # what is to be minded of this metric here, in a few words


def rank_table(names: Sequence[str], metrics: Sequence[Ranked], theme: Theme, title: str = "") -> go.Figure:
    """A row of cells for every metric, a column for every set; all is shown as it is, never as markup.

    Where no two sets are told apart on a metric its cells are grey.
    """
    count = len(names)
    lines = 1 + (count >= _SPLIT) + (count >= _NARROW)
    row = _TITLE + _LINE * lines + 12
    figure = plain_figure(theme, shown(title, 120), (128 if title else 78) + row * len(metrics), title_width=42)
    texts, hover, places, shapes = [], [], [], []
    for place, metric in enumerate(metrics):
        top = place * row + _TITLE
        arrow = {"higher": "↑ higher is more diverse", "lower": "↓ lower is more diverse"}[metric.better]
        head = f"{shown(metric.title, 30)}  <i>{arrow}</i>"
        if metric.caution:
            head += f'  <span style="color:{theme.warning}">{shown(metric.caution)}</span>'
        _write(figure, 0, place * row + _TITLE / 2, head, theme.muted, 12)
        for at, rank in enumerate(metric.ranks):
            shapes.append(_cell(at, top, top + _LINE * lines + 8, _colour(rank, metric.ranks, theme)))
            value = plus_minus(metric.values[at], metric.errors[at])  # alone with a value a set has one, and no rank
            words = "<br>".join(value.split(" ", 1)) if lines > 1 and "±" in value else value
            between = "<br>" if lines > 2 else "  "
            texts.append(f"<b>{place_in_words(rank, metric.ranks)}</b>{between}{words}" if rank is not None else words)
            reason = metric.reasons[at] if at < len(metric.reasons) else ""
            others = metric.against[at] if at < len(metric.against) else ()
            hover.append(f"{shown(names[at], 80)}<br>{shown(metric.title)}: {value}" + _below(reason) + _beside(others))
            places.append((at + 0.5, top + (_LINE * lines + 8) / 2))
    figure.add_trace(
        go.Scatter(
            x=[x for x, _ in places],
            y=[y for _, y in places],
            text=texts,
            mode="text",
            textfont={"size": 12 if count < _SPLIT else 11, "color": theme.text},
            hovertext=hover,
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    _heads(figure, names, theme)
    figure.update_xaxes(range=[0, count], visible=False, fixedrange=True)
    figure.update_yaxes(range=[row * len(metrics), -54], visible=False, fixedrange=True)
    figure.update_layout(shapes=shapes)
    return figure


def place_in_words(rank: int | None, ranks: Sequence[int | None]) -> str:
    """`1st`, or `=1st` where another set has the same rank."""
    if rank is None:
        return ""
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{'=' if list(ranks).count(rank) > 1 else ''}{rank}{ending}"


def _colour(rank: int | None, ranks: Sequence[int | None], theme: Theme) -> str:
    known = [each for each in ranks if each is not None]
    if rank is None:
        return "rgba(0,0,0,0)"
    if len(set(known)) == 1:
        return blend(theme.neutral, theme.ground, 0.16)
    return blend(theme.accent, theme.ground, 0.42 * (1 - (rank - 1) / max(1, len(known) - 1)) + 0.05)


def _cell(at: int, top: float, bottom: float, colour: str) -> dict[str, object]:
    return {
        "type": "rect",
        "x0": at + 0.008,
        "x1": at + 0.992,
        "y0": top,
        "y1": bottom,
        "fillcolor": colour,
        "line": {"width": 0},
        "layer": "below",
    }


def _heads(figure: go.Figure, names: Sequence[str], theme: Theme) -> None:
    room = max(6, _LETTERS // len(names))
    bare = [_ENDINGS.sub("", name) for name in names]
    heads = bare if len(set(bare)) == len(names) else names
    figure.add_trace(
        go.Scatter(
            x=[at + 0.5 for at in range(len(names))],
            y=[-6] * len(names),
            text=[f"<b>{_folded(head, room)}</b>" for head in heads],
            mode="text",
            textposition="top center",
            textfont={"size": 12, "color": theme.text},
            hovertext=[shown(name, 80) for name in names],
            hovertemplate="%{hovertext}<extra></extra>",
            cliponaxis=False,
        )
    )


def _folded(name: str, width: int) -> str:
    """A name on three lines at most, broken behind a space or a sign where there is one."""
    lines = [""]
    for piece in re.findall(rf"[^\s_.\-]{{1,{width}}}[\s_.\-]*|[\s_.\-]+", name):
        if lines[-1] and len((lines[-1] + piece).rstrip()) > width + 1:
            lines.append("")
        lines[-1] += piece
    if len(lines) > _HEAD_LINES:
        lines = [*lines[: _HEAD_LINES - 1], lines[_HEAD_LINES - 1].rstrip()[: width - 1] + "…"]
    return "<br>".join(shown(line.strip(), width + 2) for line in lines)


def _write(figure: go.Figure, x: float, y: float, words: str, colour: str, size: int) -> None:
    figure.add_trace(
        go.Scatter(
            x=[x],
            y=[y],
            text=[words],
            mode="text",
            textposition="middle right",
            textfont={"size": size, "color": colour},
            cliponaxis=False,
            hoverinfo="skip",
        )
    )


def chance(p: float) -> str:
    """A p-value in words.

    >>> chance(0.00002), chance(0.0312), chance(1.0)
    ('p < 0.001', 'p = 0.0312', 'p = 1')
    """
    words = p_in_words(p)
    return f"p {words}" if words.startswith("<") else f"p = {words}"


def _beside(others: Sequence[Against]) -> str:
    """Two short lines for each other set, those that are told apart first: a phone is no wider."""
    others = sorted(others, key=lambda each: each.word == "cannot be told apart")
    lines = [
        f"<br><b>{_WORDS[each.word]} {shown(each.name, 30)}</b>"
        f"<br>difference {plus_minus(each.difference, each.error)}, {chance(each.p)}"
        + (f"<br><i>{shown(each.caution, 50)}</i>" if each.caution else "")
        for each in others[:_OTHERS]
    ]
    more = len(others) - _OTHERS
    return "".join(lines) + (f"<br>and {more} more, in the table below" if more > 0 else "")


def _below(reason: str) -> str:
    return f"<br>{shown(reason, 120)}" if reason else ""
