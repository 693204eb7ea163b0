"""Limits of a choice: rows that must, must not or need not be chosen, and how many of a group."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.choice import Id
from core.id_files import parse_ids
from core.selectors import Selector
from core.study import Study
from core.workspace import Entry

from . import excluded, saved
from .draft import Draft
from .earlier import selections
from .words import cells, count, plain, sound

_ROWS = {
    "must": ("Must", "These rows are chosen first in any case, and count towards the budget."),
    "never": ("Must not", "These rows are not chosen."),
    "owned": ("Have", "You have these rows: they are not chosen again, and the choice goes on beside them."),
}
_NAMES = {
    "must": ("must-have row",),
    "never": ("must-not row",),
    "owned": ("row that you have", "rows that you have"),
}
_GROUPS = 300  # values of a column above which it is no column of groups
_KINDS = ("category", "boolean", "text", "number")
_SHOWN = 5
_NARROW = 68  # pixels of a column of numbers


def limits(draft: Draft, entry: Entry, study: Study, selector: Selector) -> dict[str, Any]:
    """What the choice must keep to, as a choice has it."""
    with st.expander("Limits", expanded=draft.goal == "extend"):  # of another label it would fold itself up
        kinds = sorted(_ROWS, key=lambda name: name != "owned") if draft.goal == "extend" else list(_ROWS)
        *tabs, groups = st.tabs([*(_ROWS[name][0] for name in kinds), "Groups"])
        for tab, name in zip(tabs, kinds, strict=True):
            with tab:
                _ids(draft, entry, study, name)
        if draft.goal == "extend" and not draft.ids["owned"]:
            st.caption("No row is named as yours yet: without any this chooses from scratch.")
        if (draft.ids["must"] or draft.ids["owned"]) and not selector.goes_on:
            st.caption(f"{selector.title} does not look at rows chosen before: it chooses as if they were not there.")
        with groups:
            shares = _groups(draft, study)
    found = {name: list(ids) for name, ids in draft.ids.items() if ids} | shares
    if found:
        st.caption(_in_words(found))
    return found


def _in_words(found: dict[str, Any]) -> str:
    """What is set, for whoever has folded the limits up."""
    parts = [count(len(found[name]), *words) for name, words in _NAMES.items() if name in found]
    parts += [f"groups by {plain(found['group'], 40)}"] if "group" in found else []
    return f"Limits: {', '.join(parts)}."


def _ids(draft: Draft, entry: Entry, study: Study, name: str) -> None:
    title, says = _ROWS[name]
    st.caption(says)
    now = draft.ids[name]
    if now:
        shown = ", ".join(plain(each, 30) for each in now[:_SHOWN]) + (", …" if len(now) > _SHOWN else "")
        st.markdown(f"**{count(len(now), 'row')}**: {shown}")
        if st.button("Clear", key=draft.key(f"clear:{name}"), help=f"{title}: no rows"):
            draft.ids[name] = ()
            st.rerun()
    earlier = selections(entry, study)
    kept = {each.id: each for each in saved.of(study)}
    with st.form(draft.key(f"add:{name}"), clear_on_submit=True, border=False):
        pasted = st.text_area(
            "Ids, a line each",
            key=draft.key(f"paste:{name}"),
            height=68,
            help="Row numbers from 0 where there are no ids.",
        )
        file = st.file_uploader(
            "A file of ids",
            key=draft.key(f"file:{name}"),
            help="An id a line, CSV with a column of ids, JSON lines, a JSON list, or the ids file that Gamut writes.",
        )
        made = st.selectbox(
            "An earlier selection",
            list(earlier),
            index=None,
            format_func=lambda job: earlier[job].name if job in earlier else "",
            placeholder="Its rows" if earlier else "None from this dataset yet",
            disabled=not earlier,
            key=draft.key(f"earlier:{name}"),
        )
        part = st.selectbox(
            "A saved subset",
            list(kept),
            index=None,
            format_func=lambda id: saved.title(kept[id]) if id in kept else "",
            placeholder="Its rows" if kept else "None of this dataset yet",
            disabled=not kept,
            key=draft.key(f"subset:{name}"),
        )
        out = excluded.choose(study, draft.key("excluded clusters")) if name == "never" else None
        if st.form_submit_button("Add", width="stretch"):
            added: list[Id] = [*now]
            with draft.noting():
                added += parse_ids(pasted.encode("utf-8", "replace"), "What was pasted") if pasted.strip() else ()
                added += parse_ids(file.getvalue(), file.name) if file else ()
                added += [cell_id(study.ids[row]) for row in earlier[made].rows] if made else ()
                added += [cell_id(study.ids[row]) for row in kept[part].within(study)] if part else ()
                added += [cell_id(study.ids[row]) for row in out] if out is not None else ()
                draft.ids[name] = tuple(dict.fromkeys(added))
                st.rerun()


def cell_id(value: Any) -> Id:
    """An id as a recipe holds it: a whole number or text."""
    return value if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _groups(draft: Draft, study: Study) -> dict[str, Any]:
    """The column of groups, and how many rows of each at least and at most."""
    if study.dataset is None:
        return {}
    given = draft.given
    label = study.dataset.roles.label
    paths = [
        info.path
        for info in study.dataset.columns
        if info.path == label or (info.kind in _KINDS and 1 < info.distinct <= _GROUPS)
    ]
    options = [None, *paths, *([given.group] if given.group and given.group not in paths else [])]
    column = st.selectbox(
        "Column",
        options,
        index=options.index(given.group),
        format_func=lambda path: sound(path) if path else "no groups",
        key=draft.key("group column"),
    )
    if column is None:
        return {}
    again = column == given.group
    left, right = st.columns(2)
    least = left.number_input(
        "At least of every one", 0, None, given.least_each if again else 0, 1, key=draft.key(f"least:{column}")
    )
    most = right.number_input(
        "At most of every one",
        0,
        None,
        given.most_each if again else None,
        1,
        key=draft.key(f"most:{column}"),
        placeholder="any",
    )
    found: dict[str, Any] = {"group": column}
    found |= {"least_each": least} if least else {}
    found |= {} if most is None else {"most_each": most}
    with draft.noting():
        found |= _named(draft, study, column, again=again)
    return found


def _named(draft: Draft, study: Study, column: str, *, again: bool) -> dict[str, Any]:
    """What is said of single groups, in a table that can be written in."""
    sizes = _sizes(study.key, column, study)
    least, most = (draft.given.least, draft.given.most) if again else ({}, {})
    listed = list(sizes)
    unknown = [name for name in dict.fromkeys((*least, *most)) if name not in sizes]
    table = pd.DataFrame(
        {
            "Group": cells((*listed, *unknown)),
            "Least": pd.array([least.get(name) for name in (*listed, *unknown)], dtype="Int64"),
            "Most": pd.array([most.get(name) for name in (*listed, *unknown)], dtype="Int64"),
            "Rows": [sizes.get(name, 0) for name in (*listed, *unknown)],
        }
    )
    number = st.column_config.NumberColumn(min_value=0, step=1, width=_NARROW)
    edited = st.data_editor(
        table,
        hide_index=True,
        disabled=["Group", "Rows"],
        height=min(260, 38 + 35 * len(table)),
        key=draft.key(f"groups:{column}"),
        column_config={"Least": number, "Most": number, "Rows": st.column_config.NumberColumn(width=_NARROW)}
        | {"Group": st.column_config.TextColumn(width=84)},
    )
    st.caption("The least and most rows of a single group are written into the table.")
    found = {}
    for name, head in (("least", "Least"), ("most", "Most")):
        said = {
            group: int(value)
            for group, value in zip((*listed, *unknown), edited[head], strict=True)
            if not pd.isna(value)
        }
        found |= {name: said} if said else {}
    return found


@st.cache_resource(max_entries=12, show_spinner=False)
def _sizes(key: str, column: str, _study: Study) -> dict[str, int]:  # noqa: ARG001 - see pages/ui/colours.py
    """The largest groups of a column, by size and name, and how many rows each has."""
    names, sizes = np.unique(_study.labels(column), return_counts=True)
    order = np.lexsort((names, -sizes))[:_GROUPS]
    return {str(names[place]): int(sizes[place]) for place in order}
