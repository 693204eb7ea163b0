"""The steps of a recipe before the choice: near-copies dropped, rows filtered; in order, and what each leaves."""

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.choice import Choice
from core.filters import Filter
from core.foreseeing import Foreseen
from core.recipe import Step
from core.selectors import SELECTORS
from core.study import Study

from .draft import Draft
from .words import count, number, plain, sound

_NEAR = 0.95
_RULES = {
    "at_least": "is at least",
    "at_most": "is at most",
    "one_of": "is one of",
    "none_of": "is none of",
    "contains": "contains",
    "lacks": "does not contain",
    "": "has a value",
}
_LISTED = 300  # values of a column that are offered


def in_words(step: Step) -> str:
    """A step as a person says it, as Markdown."""
    if isinstance(step, Filter):
        return f"Keep rows where {plain(step.describe(), 300)}"
    if step.selector == "semdedup" and step.budget == "100%" and (eps := step.params.get("eps")):
        return f"Remove near-copies (SemDeDup): cosine above {number(1 - eps)}"
    words = f"{SELECTORS[step.selector].title}, {plain(step.budget)}"
    return words if step.budget.endswith(("%", "tokens")) else f"{words} rows"


def listed(steps: Sequence[Step], left: Sequence[int], total: int) -> str:
    """All steps with the rows that each left, as a list in Markdown."""
    lines = [f"{count(total, 'row')} to begin with"]
    lines += [f"{in_words(step)}: **{count(rows, 'row')}** left" for step, rows in zip(steps, left, strict=True)]
    return "\n".join(f"{place}. {line}" for place, line in enumerate(lines))


def edit(draft: Draft, study: Study, seen: Foreseen | None) -> None:
    """The list of steps with buttons to move and remove them, and what adds another."""
    with st.expander("Steps before the choice", expanded=bool(draft.before)):
        if not draft.before:
            st.caption("None: rows are chosen from the whole pool. Steps narrow it down first, one after the other.")
        for place, step in enumerate(draft.before):
            _step(draft, place, step, seen)
        kind = st.segmented_control(
            "Add a step", ["Remove near-copies", "Filter rows"], key=draft.key(f"add step:{len(draft.before)}")
        )
        with draft.noting():
            added = _near_copies(draft) if kind == "Remove near-copies" else _filter(draft, study) if kind else None
            if added is not None and st.button("Add this step", key=draft.key("add this step"), width="stretch"):
                draft.before.append(added)
                st.rerun()


def _step(draft: Draft, place: int, step: Step, seen: Foreseen | None) -> None:
    left = ""
    if seen is not None and place < len(seen.left):
        leaves = seen.left[place]
        if all(isinstance(each, Filter) for each in draft.before[: place + 1]):  # what a choice leaves is not known yet
            left = f" Leaves {count(leaves, 'row')}."
    with st.container(border=True, key=draft.key(f"step {place}")):
        st.markdown(f"{place + 1}. {in_words(step)}.{left}")
        with st.container(horizontal=True, gap="small"):
            for label, target, off in (
                ("Up", place - 1, place == 0),
                ("Down", place + 1, place == len(draft.before) - 1),
            ):
                if st.button(label, disabled=off, key=draft.key(f"{label}:{place}"), type="tertiary"):
                    draft.before.insert(target, draft.before.pop(place))
                    st.rerun()
            if st.button("Remove", key=draft.key(f"remove:{place}"), type="tertiary"):
                del draft.before[place]
                st.rerun()


def _near_copies(draft: Draft) -> Step:
    closest = st.number_input(
        "Highest cosine that two rows may have",
        0.0,
        0.9999,
        _NEAR,
        0.01,
        format="%.4g",
        key=draft.key("near"),
        help="Inside k-means clusters a row is dropped when its cosine to an earlier one is above this. Exact copies "
        "go with them.",
    )
    return Choice("semdedup", "100%", params={"eps": round(1 - closest, 6)})


def _filter(draft: Draft, study: Study) -> Step | None:
    if study.dataset is None:
        return None
    kinds = {info.path: info.kind for info in study.dataset.columns}
    column = st.selectbox("Column to filter by", list(kinds), key=draft.key("filter column"))
    if column is None:
        return None
    rules = [rule for rule in _RULES if kinds[column] == "number" or rule not in ("at_least", "at_most")]
    rule = st.selectbox(
        "Rule", rules, format_func=_RULES.__getitem__, key=draft.key(f"filter rule:{kinds[column] == 'number'}")
    )
    value: Any = None
    key = draft.key(f"filter value:{column}:{rule}")
    if rule in ("at_least", "at_most"):
        value = st.number_input("Number", value=None, key=key, format="%g", placeholder="a number")
    elif rule in ("one_of", "none_of"):
        offered = _values(study.key, column, study)
        value = tuple(
            st.multiselect("Values", offered, key=key, accept_new_options=True, placeholder="Name values or write them")
        )
    elif rule in ("contains", "lacks"):
        value = st.text_input("Text", key=key, help="Letter case does not matter.")
    empty = bool(rule) and st.checkbox("Keep rows without a value too", key=draft.key("filter empty"))
    if rule and (value is None or value in ("", ())):
        st.caption("Say what the rule is about.")
        return None
    said = {rule: value} if rule else {}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return Filter(column, empty=empty, **said)


@st.cache_resource(max_entries=12, show_spinner=False)
def _values(key: str, column: str, _study: Study) -> list[str]:  # noqa: ARG001 - see pages/ui/colours.py
    """The commonest values of a column as filters compare them."""
    counts: dict[str, int] = {}
    for value in _study.column(column):
        if value is not None and value != "":
            words = sound(str(value).lower() if isinstance(value, bool) else str(value))
            counts[words] = counts.get(words, 0) + 1
    return sorted(counts, key=lambda words: (-counts[words], words))[:_LISTED]
