"""How much is to be chosen, and the columns that a selector works with."""

from typing import Any, get_args

import streamlit as st

from core.budget import Budget
from core.selectors import Missing, Selector
from core.study import Study
from core.workspace import Entry

from . import state, token_totals
from .draft import Draft
from .words import sound

_TOKENS = 200_000
_MISSING = {
    "refuse": "Do not choose while there are any",
    "leave out": "Leave them out",
    "lowest": "Count as the lowest score",
    "mean": "Count as the mean score",
}


def budget(draft: Draft, entry: Entry, study: Study) -> dict[str, Any]:
    """The budget in rows, percent or tokens, as a choice has it."""
    given = Budget.parse(draft.given.budget)
    unit = st.segmented_control(
        "Budget in",
        ["rows", "percent", "tokens"],
        default=given.unit,
        key=draft.key("budget unit"),
        required=True,
        label_visibility="collapsed",
    )
    amount = float(given.amount) if unit == given.unit else None
    if unit == "percent":
        share = st.number_input(
            "Percent of the rows", 0.001, 100.0, amount or 10.0, 0.5, format="%.4g", key=draft.key("budget percent")
        )
        return {"budget": f"{share:g}%"}
    if unit == "rows":
        rows = int(amount or max(1, min(len(study), 5000, len(study) // 10)))
        return {"budget": str(st.number_input("Rows", 1, max(rows, len(study)), rows, 1, key=draft.key("budget rows")))}
    tokens = st.number_input("Tokens", 1, None, int(amount or _TOKENS), 1000, key=draft.key("budget tokens"))
    own = bool(study.embeddings.encoder_name)
    name = st.text_input(
        "Tokenizer",
        draft.given.tokenizer or "",
        key=draft.key("tokenizer"),
        placeholder="the encoder's own" if own else "a folder or a name on the hub",
        help="Whose tokens are counted: a folder with a tokenizer.json, or a name on the hub. The whole text of a row "
        "counts.",
    ).strip()
    if name:
        state.check_encoder(name)
    draft.counted = token_totals.draw(entry, study, name or None, tokens)
    return {"budget": f"{tokens} tokens"} | ({"tokenizer": name} if name else {})


def columns(draft: Draft, study: Study, selector: Selector) -> dict[str, Any]:
    """The columns of scores, labels and tags that the selector needs or can use, as a choice has them."""
    if study.dataset is None:
        return {}
    used = selector.needs | selector.uses
    found: dict[str, Any] = {}
    if "quality" in used:
        found |= _quality(draft, study, needed="quality" in selector.needs)
    roles, paths = study.dataset.roles, study.dataset.column_names
    if "labels" in used:
        label = _column("Label", draft.given.label, roles.label, paths, draft, needed="labels" in selector.needs)
        found |= {"label": label} if label else {}
    if "tags" in used:
        tags = _column("Tags", draft.given.tags, None, paths, draft, needed="tags" in selector.needs)
        found |= {"tags": tags} if tags else {}
    return found


def _quality(draft: Draft, study: Study, *, needed: bool) -> dict[str, Any]:
    assert study.dataset is not None
    declared = {quality.column: quality.higher_is_better for quality in study.dataset.roles.quality}
    numbers = [info.path for info in study.dataset.columns if info.kind == "number" and info.path not in declared]
    given, higher = draft.given.quality or (None, True)
    column = _column("Quality", given, next(iter(declared), None), [*declared, *numbers], draft, needed=needed)
    if column is None:
        return {}
    left, right = st.columns([1, 2])
    better = ["higher", "lower"]
    direction = higher if column == given else declared.get(column, True)
    said = left.selectbox(
        "Better is", better, index=0 if direction else 1, key=draft.key(f"quality direction:{column}")
    )
    policies = list(get_args(Missing))
    missing = right.selectbox(
        "Rows without a score",
        policies,
        index=policies.index(draft.given.missing),
        format_func=_MISSING.__getitem__,
        key=draft.key("missing"),
    )
    return {"quality": {"column": column, "better": said}, "missing": missing}


def _column(
    title: str, given: str | None, usual: str | None, paths: list[str], draft: Draft, *, needed: bool
) -> str | None:
    """A column by its path; one that a recipe names and the dataset has not is offered too, and found fault with."""
    options: list[str | None] = [*paths] if needed else [None, *paths]
    options += [given] if given and given not in paths else []
    first = given if given or not needed else usual
    index = options.index(first) if first in options else (0 if options and not needed else None)
    found: str | None = st.selectbox(
        title,
        options,
        index=index,
        format_func=lambda path: sound(path) if path else "none",
        key=draft.key(f"{title} column:{needed}"),  # where it is needed, it does not begin with none
        placeholder="Name a column" if options else "There is none of numbers",
    )
    return found
