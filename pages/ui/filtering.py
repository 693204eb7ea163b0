"""The widgets that make one filter: which column or value of each row, which rule, and what the rule is about."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.filters import Filter
from core.row_values import ROW_VALUES
from core.study import Study

from .words import sound

_RULES = {
    "at_least": "is at least",
    "at_most": "is at most",
    "between": "lies between",
    "one_of": "is one of",
    "none_of": "is none of",
    "contains": "contains",
    "lacks": "does not contain",
    "dates": "is a date from, up to",
    "": "has a value",
    "empty": "is empty",
}
_OF_NUMBERS = ("at_least", "at_most", "between")
_OF_VALUES = ("at_least", "at_most", "between", "", "empty")  # what a number of each row can be asked
_LISTED = 300  # values of a column that are offered


def one_filter(
    study: Study, key: Callable[[str], str], *, values: Mapping[str, Sequence[str]] | None = None
) -> tuple[Filter, bool] | None:
    """The filter that the widgets describe, and whether it is on a value of each row; None while it is not whole.

    Args:
        key: makes the key of a widget of its name.
        values: names of the values of each row that may be filtered by, with the words that those of words hold.
    """
    kinds = {} if study.dataset is None else {info.path: info.kind for info in study.dataset.columns}
    of_rows = {f"{name} ": name for name in values or {}}  # no column that a person named ends so
    names = [*kinds, *(name for name in of_rows if name not in kinds)]
    chosen = st.selectbox(
        "Column to filter by",
        names,
        format_func=lambda name: f"{ROW_VALUES[of_rows[name]].head} of each row" if name in of_rows else sound(name),
        key=key("filter column"),
    )
    if chosen is None:
        return None
    value = of_rows.get(chosen) if chosen not in kinds else None
    column = value or chosen
    words = value is not None and ROW_VALUES[value].kind == "words"
    numeric = kinds[chosen] == "number" if value is None else not words
    rules = [rule for rule in _RULES if numeric or rule not in _OF_NUMBERS]
    rules = [rule for rule in rules if value is None or words or rule in _OF_VALUES]
    rule = st.selectbox("Rule", rules, format_func=_RULES.__getitem__, key=key(f"filter rule:{numeric}"))
    offered = list((values or {}).get(column, ())) if value else None
    said = _what(study, column, rule, key(f"filter value:{column}:{rule}"), offered)
    if said is None:
        st.caption("Say what the rule is about.")
        return None
    empty = rule not in ("", "empty") and st.checkbox("Keep rows without a value too", key=key("filter empty"))
    return Filter(column, **({"empty": empty} | said)), value is not None


def _what(study: Study, column: str, rule: str, key: str, offered: Sequence[str] | None) -> dict[str, Any] | None:
    """The fields of the filter by that rule, None while something is missing."""
    match rule:
        case "at_least" | "at_most":
            return _finite({rule: st.number_input("Number", value=None, key=key, format="%g", placeholder="a number")})
        case "between":
            left, right = st.columns(2)
            how: dict[str, Any] = {"value": None, "format": "%g", "placeholder": "any"}
            low = left.number_input("From", key=f"{key}:low", **how)
            high = right.number_input("Up to", key=f"{key}:high", **how)
            return _finite({"at_least": low, "at_most": high})
        case "one_of" | "none_of":
            listed = values_of(study.key, column, study) if offered is None else offered
            named = st.multiselect(
                "Values", listed, key=key, accept_new_options=True, placeholder="Name values or write them"
            )
            return {rule: tuple(named)} if named else None
        case "contains" | "lacks":
            text = st.text_input("Text", key=key, help="Letter case does not matter.")
            return {rule: text} if text else None
        case "dates":
            left, right = st.columns(2)
            since = left.text_input("From", key=f"{key}:since", placeholder="2024-03-01")
            until = right.text_input("Up to", key=f"{key}:until", placeholder="2024-03-31")
            st.caption("ISO dates or timestamps; the last day counts whole. Numbers are seconds since 1970.")
            found = {name: text.strip() for name, text in (("since", since), ("until", until)) if text.strip()}
            Filter.from_json({"column": column} | found)  # says what is no date
            return found or None
        case "empty":
            return {"one_of": (), "empty": True}
        case _:
            return {}


def _finite(numbers: Mapping[str, float | None]) -> dict[str, Any] | None:
    found = {name: value for name, value in numbers.items() if value is not None and math.isfinite(value)}
    return found or None


@st.cache_resource(max_entries=12, show_spinner=False)
def values_of(key: str, column: str, _study: Study) -> list[str]:  # noqa: ARG001 - see pages/ui/colours.py
    """The commonest values of a column as filters compare them."""
    counts: dict[str, int] = {}
    for value in _study.column(column):
        if value is not None and value != "":
            words = sound(str(value).lower() if isinstance(value, bool) else str(value))
            counts[words] = counts.get(words, 0) + 1
    return sorted(counts, key=lambda words: (-counts[words], words))[:_LISTED]
