"""The saved subsets of a dataset, below the map: listed, changed, combined, read from files of ids, undone."""

from datetime import datetime
from functools import partial

import pandas as pd
import streamlit as st

from core.dataset import Dataset
from core.errors import UserError
from core.figures import Theme
from core.id_lists import Named, check_source, listed_ids, rows_named
from core.study import Study
from core.subset import Subset
from core.subset_log import Change
from core.subset_making import Operation, combined, described, made_by_ids
from core.subset_names import COLOURS, LONGEST, LONGEST_NOTE

from . import picked, saved, undoing
from .theme import theme
from .words import cell, count, plain

_OPERATIONS: dict[Operation, str] = {
    "union": "Union: rows of any of them",
    "intersection": "Intersection: rows that are in all of them",
    "difference": "Difference: rows of the first without the others",
}
_LISTED = 200  # ids that were not found that are listed


def draw(study: Study) -> None:
    """The section: the table with undo and redo, and what can be done."""
    if study.dataset is None:
        return
    st.subheader("Saved subsets", anchor=False)
    try:
        every = saved.shelf().all(study.dataset.key)
        last = saved.shelf().last(study.dataset.key)
    except UserError as error:
        st.error(plain(error, 600), icon=":material/error:")
        return
    if every:
        _table(every, len(study.dataset), theme())
    else:
        st.caption(
            "None yet. Select rows above and press **Save as subset**, save a selection on the Select page, or bring a "
            "file of ids. Subsets can be compared, measured, combined, exported, and named as limits of a choice."
        )
    _history(study.dataset.key, last)
    change, combine, bring = st.tabs(["Change", "Combine", "From a file of ids"])
    with change:
        _change(study, every)
    with combine:
        _combine(study.dataset.key, every)
    with bring:
        _bring(study.dataset)


def _table(every: list[Subset], rows: int, colours: Theme) -> None:
    frame = pd.DataFrame(
        {
            "Colour": [f"● {each.colour}" for each in every],
            "Name": [cell(each.name) for each in every],
            "Rows": [len(each) for each in every],
            "Share": [100 * len(each) / rows for each in every],
            "How it was made": [cell(described(each.made)) for each in every],
            "Note": [cell(" ".join(each.note.split())) for each in every],
            "Made": [datetime.fromtimestamp(each.created) for each in every],
        }
    )
    inks = {f"● {each.colour}": saved.colour_of(each, colours) for each in every}
    st.dataframe(
        frame.style.map(lambda words: f"color: {inks[words]}", subset=["Colour"]),
        hide_index=True,
        height="content" if len(every) <= 12 else 460,
        key="subsets",
        column_config={
            "Name": st.column_config.TextColumn(width="medium"),
            "Rows": st.column_config.NumberColumn(format="localized"),
            "Share": st.column_config.NumberColumn(format="%.1f %%", help="Of the rows of the dataset."),
            "How it was made": st.column_config.TextColumn(width="medium"),
            "Made": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
        },
    )


def _history(dataset: str, last: tuple[Change | None, Change | None]) -> None:
    shelf = saved.shelf()
    with st.container(horizontal=True):
        undoing.buttons("subsets", last, partial(shelf.undo, dataset), partial(shelf.redo, dataset))
    undoing.refused("subsets")


def _change(study: Study, every: list[Subset]) -> None:
    if not every:
        st.caption("A subset that is saved can be renamed, coloured, noted, deleted and selected on the map here.")
        return
    ids = {each.id: each for each in every}
    id = st.selectbox("Subset", list(ids), format_func=lambda id: saved.title(ids[id]), key="subset to change")
    now = ids[id]
    begun: tuple[Subset, int] | None = st.session_state.get("subsets begun")
    if begun is None or begun[0].id != id or st.session_state["arrived"]:
        begun = st.session_state["subsets begun"] = (now, (begun[1] if begun else 0) + 1)
    was, turn = begun  # as it was when the form began: only what was typed over since is changed
    with st.form(f"change subset:{turn}", border=False):
        left, right = st.columns([3, 1])
        name = left.text_input("Name", was.name, max_chars=LONGEST, key=f"subset name:{turn}")
        colour = right.selectbox("Colour", COLOURS, COLOURS.index(was.colour), key=f"subset colour:{turn}")
        note = st.text_area("Note", was.note, max_chars=LONGEST_NOTE, height=68, key=f"subset note:{turn}")
        if st.form_submit_button("Save changes"):
            typed = {"name": name, "note": note, "colour": colour}
            new = {field: value for field, value in typed.items() if value != getattr(was, field)}
            undoing.do("subsets", lambda: saved.shelf().change(now.dataset, id, **new))
    with st.container(horizontal=True):
        if st.button("Select its rows on the map", key="select subset", icon=":material/ink_selection:"):
            picked.keep(study, now.within(study), f"in the subset {now.name}")
            st.rerun()
        if st.button("Delete", key="delete subset", icon=":material/delete:", help="Undo brings it back."):
            undoing.do("subsets", lambda: saved.shelf().remove(now.dataset, id))


def _combine(dataset: str, every: list[Subset]) -> None:
    if len(every) < 2:
        st.caption("With two subsets or more, their union, intersection and difference can be saved here.")
        return
    saved.said("combine")
    ids = {each.id: each for each in every}
    how = st.selectbox("Operation", list(_OPERATIONS), format_func=_OPERATIONS.__getitem__, key="subset operation")
    parts = st.multiselect(
        "Subsets",
        list(ids),
        format_func=lambda id: saved.title(ids[id]),
        key=f"subset parts:{','.join(ids)}",
        help="In their order: of a difference, rows of the first are kept.",
        placeholder="Choose two or more",
    )
    if len(parts) < 2:
        return
    rows = len(combined(how, [ids[id].rows for id in parts]))
    st.markdown(f"**{count(rows, 'row')}**" + ("" if rows else ": there is nothing to save."))
    saved.describing(
        "combine",
        "Save as a new subset",
        lambda fields: saved.shelf().combine(dataset, parts, how, fields.pop("name"), **fields).name,
        disabled=not rows,
    )


def _bring(dataset: Dataset) -> None:
    st.caption(
        "An id a line, CSV or TSV with a column of ids, JSON lines, a JSON list, or the ids file that Gamut writes. "
        + ("Ids are row numbers from 0, as no column has the role of the id." if dataset.roles.id is None else "")
    )
    turn = int(st.session_state.get("turn:ids", 0))
    file = st.file_uploader("File of ids", key=f"ids file:{turn}")
    column = st.text_input(
        "Column of ids", key="ids column", placeholder=dataset.roles.id or "id", help="Where it is called otherwise."
    )
    saved.said("ids")
    if file is None:
        return
    content = file.getvalue()
    try:
        check_source(content, file.name, dataset)
        named = rows_named(dataset, *listed_ids(content, file.name, (column.strip(), dataset.roles.id)))
    except UserError as error:
        st.error(plain(error, 600), icon=":material/error:")
        return
    _found(named)
    made = made_by_ids(content, file.name, len(named.unknown))
    saved.describing(
        "ids",
        f"Save {count(len(named.rows), 'row')}",
        lambda fields: saved.shelf().add(dataset, named.rows, made=made, **fields).name,
        file.name.rpartition(".")[0] or file.name,
        disabled=not len(named.rows),
    )


def _found(named: Named) -> None:
    """What the ids of a file name, and which name nothing."""
    st.markdown(f"**{count(len(named.rows), 'row')}** named by {count(named.ids, 'id')}.")
    for sentence in named.problems():
        st.warning(plain(sentence, 600), icon=":material/rule:")
    if named.unknown:
        with st.expander(f"Ids that are not in the data ({len(named.unknown):,})"):
            shown = named.unknown[:_LISTED]
            columns = {named.place: [each.line for each in shown], "id": [cell(str(each.id)) for each in shown]}
            st.dataframe(pd.DataFrame(columns), hide_index=True)
