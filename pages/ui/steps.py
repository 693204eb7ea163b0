"""The steps of a recipe before the choice: near-copies dropped, rows filtered; in order, and what each leaves."""

from collections.abc import Sequence

import streamlit as st

from core.choice import Choice
from core.filters import Filter
from core.foreseeing import Foreseen
from core.listed_rows import Listed
from core.recipe import Step
from core.selectors import SELECTORS
from core.study import Study

from . import saved
from .draft import Draft
from .filtering import one_filter
from .limiting import cell_id
from .words import count, number, plain

_NEAR = 0.95


def in_words(step: Step) -> str:
    """A step as a person says it, as Markdown."""
    if isinstance(step, Filter):
        return f"Keep rows where {plain(step.describe(), 300)}"
    if isinstance(step, Listed):
        return plain(step.describe(), 300)
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
        kind = st.segmented_control("Add a step", list(_MADE), key=draft.key(f"add step:{len(draft.before)}"))
        with draft.noting():
            added = _MADE[kind](draft, study) if kind else None
            if added is not None and st.button("Add this step", key=draft.key("add this step"), width="stretch"):
                draft.before.append(added)
                st.rerun()


def _step(draft: Draft, place: int, step: Step, seen: Foreseen | None) -> None:
    left = ""
    if seen is not None and place < len(seen.left):
        leaves = seen.left[place]
        so_far = draft.before[: place + 1]
        if not any(isinstance(each, Choice) for each in so_far):  # what a choice leaves is not known yet
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


def _near_copies(draft: Draft, study: Study) -> Step:  # noqa: ARG001 - every step is made of both
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
    made = None if study.dataset is None else one_filter(study, draft.key)
    return made[0] if made else None


def _subset(draft: Draft, study: Study) -> Step | None:
    kept = {each.id: each for each in saved.of(study)}
    if not kept:
        st.caption("No subset of this dataset is saved yet: the Map page saves what is selected there.")
        return None
    id = st.selectbox(
        "A saved subset", list(kept), format_func=lambda id: saved.title(kept[id]), key=draft.key("step subset")
    )
    how = st.radio("What becomes of its rows", ["Keep", "Leave out"], horizontal=True, key=draft.key("step keeps"))
    if id not in kept:
        return None
    rows = kept[id].within(study)
    if not len(rows):  # an empty list of ids is no step
        st.caption("None of its rows are among those that are chosen from: they were left out as empty.")
        return None
    st.caption("The recipe holds their ids: it stays the same where the subset is changed later.")
    return Listed(kept[id].name, tuple(cell_id(study.ids[row]) for row in rows), keep=how == "Keep")


_MADE = {"Remove near-copies": _near_copies, "Filter rows": _filter, "Saved subset": _subset}
