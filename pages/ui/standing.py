"""What a robustness run found: sentences, a table of metrics by variants, and the values behind it."""

from typing import Any

import pandas as pd
import streamlit as st

from core.compared import Comparison
from core.figures import Theme, plus_minus
from core.figures.theme import blend
from core.metrics import METRICS
from core.standing import Robustness

from .compared import by_pair
from .theme import theme
from .words import count, plain, sound

_SIGNS = {
    "stands": "✓ stands",
    "fades": "~ fades",
    "turns round": "⇄ turns round",
    "missing": "– missing",
    "other rows": "– other rows",
}
_WORDS = {"cannot be told apart": "not told apart"}  # shorter, so that a phone has room for a variant
_LONG = 28  # characters of a column's title


def draw(found: Robustness, shown: Comparison, key: str) -> None:
    """Which verdicts stand, and which variants could not be had."""
    by_pair(found.sentences)
    for title, reason in zip(found.variants, found.refused, strict=True):
        if reason:
            st.warning(f"**{plain(_title(title))}** was left out: {plain(reason, 500)}", icon=":material/rule:")
    first, second = _pair(found.base, key)
    _verdicts(found, first, second)
    _notes(found, shown, first, second)
    with st.expander("The values behind the verdicts"):
        _values(found)


def _pair(base: Comparison, key: str) -> tuple[int, int]:
    """The two sets that the table is about."""
    count_of = len(base.names)
    pairs = [(one, other) for one in range(count_of) for other in range(one + 1, count_of)]
    if len(pairs) == 1:
        return pairs[0]
    chosen = st.selectbox(
        "Two sets",
        range(len(pairs)),
        format_func=lambda i: f"{base.names[pairs[i][0]]} and {base.names[pairs[i][1]]}",
        key=f"robust pair:{key}",
    )
    return pairs[chosen]


def _verdicts(found: Robustness, first: int, second: int) -> None:
    titles, as_it_is = _titles(found), "As it is"
    rows = []
    for metric in found.base.metrics:
        verdict = found.base.verdict(metric, first, second)
        standings = [
            _SIGNS.get(found.standing(metric, first, second, number), "") if other else ""
            for number, other in enumerate(found.comparisons)
        ]
        cells = dict(zip(titles, standings, strict=True))
        word = _WORDS.get(verdict.seen_from(first), verdict.seen_from(first)) if verdict else "no verdict"
        rows.append({"Metric": METRICS[metric].title, as_it_is: word} | cells)
    table = pd.DataFrame(rows)
    colours = _colours(theme())
    styled = table.style.map(lambda words: colours.get(words, ""), subset=titles)
    names = found.base.names
    config: dict[str, Any] = {
        "Metric": st.column_config.TextColumn(width=170, pinned=True),
        as_it_is: st.column_config.TextColumn(
            width=95,
            help=f"How {plain(names[first], 80)} stands to {plain(names[second], 80)} as both are embedded now.",
        ),
    }
    st.markdown("**Metric by metric**")  # a phone lays the table's buttons over what stands above it
    st.dataframe(styled, hide_index=True, height="content", column_config=config)


def _colours(colours: Theme) -> dict[str, str]:
    """The ground of a cell by what stands in it: a sign and a word say the same without colour."""
    grounds = {
        "stands": blend(colours.accent, colours.ground, 0.28),
        "fades": blend(colours.neutral, colours.ground, 0.45),
        "turns round": blend(colours.warning, colours.ground, 0.4),
    }
    return {_SIGNS[word]: f"background-color: {ground}; color: {colours.text}" for word, ground in grounds.items()}


def _notes(found: Robustness, shown: Comparison, first: int, second: int) -> None:
    base = found.base
    against = f" Reference: {plain(base.reference, 120)}, embedded anew as the sets are." if base.reference else ""
    beside = f" (the comparison above: {shown.size:,})" if base.size != shown.size else ""
    st.caption(
        f"As it is: {plain(base.names[first], 80)}, as it is embedded now, beside {plain(base.names[second], 80)}. "
        f"Of every set the same {count(base.size, 'seeded row')}{beside}.{against} Stands: the same set is broader. "
        "Fades: the two can no longer be told apart. Turns round: the other one is broader. Missing: no value. Empty: "
        "not told apart to begin with, or the variant was left out. More rows make differences fade less."
    )
    fewer = [
        f"{plain(_title(title))}: {other.size:,}"
        for title, other, alone in zip(found.variants, found.comparisons, found.bases, strict=True)
        if other and alone
    ]
    if fewer:
        st.caption(
            f"Rows of each, where others have no text then: {'; '.join(fewer)}. Such a variant is held against the "
            "same rows as they are. Other rows: these do not show the difference, so it cannot be checked."
        )


def _values(found: Robustness) -> None:
    """Every metric of every set as it is and under each variant, and as it is over the rows that a variant has."""
    rows = []
    every: dict[str, Comparison | None] = {"As it is": found.base}
    for title, other, alone in zip(_titles(found), found.comparisons, found.bases, strict=True):
        every |= ({f"As it is, rows of: {title}": alone} if alone else {}) | {title: other}
    for metric in found.base.metrics:
        for number, name in enumerate(found.base.names):
            cells = {title: _value(other, metric, number) for title, other in every.items()}
            rows.append({"Metric": METRICS[metric].title, "Set": sound(name)} | cells)
    config: dict[str, Any] = {"Metric": st.column_config.TextColumn(width=170, pinned=True)}
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=config)


def _value(comparison: Comparison | None, metric: str, number: int) -> str:
    if comparison is None:
        return "left out"
    estimate = comparison.estimate(metric, number)
    return plus_minus(estimate.mean, estimate.error)


def _titles(found: Robustness) -> list[str]:
    """The variants as titles of columns, each once."""
    titles: list[str] = []
    for variant in found.variants:
        number, title = 1, _short(_title(variant))
        while title in titles:
            number += 1
            title = f"{_short(_title(variant))} ({number})"
        titles.append(sound(title))
    return titles


def _title(variant: str) -> str:
    return f"{variant[:1].upper()}{variant[1:]}"


def _short(words: str) -> str:
    return words if len(words) <= _LONG else f"{words[: _LONG - 1]}…"
