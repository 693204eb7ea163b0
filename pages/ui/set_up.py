"""How a dataset was read, the roles of its columns, and the text of a row that is embedded."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import pandas as pd
import streamlit as st

from core.dataset import Dataset
from core.digest import digest
from core.errors import UserError
from core.figures import length_histogram
from core.shapes import SHAPES, Quality, Roles
from core.summary import Summary, summarise
from core.template import Template, texts
from core.workspace import Entry

from . import embedding, scoring, state
from .theme import plot, theme
from .words import cell, cells, count, number, plain, sound

_COLUMNS_SHOWN = 100  # columns of the table of first rows: with thousands of them a browser stands still
_BAD_SHOWN = 20  # lines that could not be read which the page lists; the download has all
_ROLES = {
    "prompt": "Prompt",
    "response": "Response",
    "conversation": "Conversation",
    "text": "Text",
    "label": "Label or domain",
    "id": "Id",
}
_TEMPLATES = {
    "both": "Prompt and response",
    "prompt": "Prompt only",
    "response": "Response only",
    "conversation": "Whole conversation",
    "column": "One column",
    "custom": "Your own pattern",
}


def draw(entry: Entry) -> None:
    """The card of a dataset, its set-up, and the button that embeds it."""
    data = state.dataset(entry)
    st.subheader(plain(data.name), anchor=False)
    rendered, shown = None, []
    try:
        rendered, shown = _texts(data, Template.from_json(entry.template))
    except UserError as error:  # the roles and the template below are what mends it
        st.error(plain(error, 1500), icon=":material/error:")
    if rendered is not None:
        _card(data, rendered)
    _notices(data)
    embedding.draw(entry, data, rendered)
    scoring.draw(entry, data)
    left, right = st.columns([3, 2])
    with left:
        _text_choice(entry, data)
        own = entry.embeddings is not None and not state.encoder_of(entry)
        _preview(shown, "The text of five rows:" if own else "Exactly this is embedded, for five rows:")
    with right:
        _columns(entry, data)
        if rendered is not None:
            plot(length_histogram(rendered.lengths, theme()), key="lengths")
    with st.expander("First rows as they came in"):
        first = _first_rows(data)
        st.dataframe(first.iloc[:, :_COLUMNS_SHOWN], hide_index=True)
        if first.shape[1] > _COLUMNS_SHOWN:
            st.caption(f"The first {_COLUMNS_SHOWN} of {count(first.shape[1], 'column')}; all of them are kept.")
    if st.button("Close this dataset", key="close", help="It leaves the list; its file and results stay in the store."):
        state.workspace().close(entry.dataset)
        state.open_dataset(None)
        st.rerun()


@st.cache_resource(max_entries=8, show_spinner="Looking at the texts")
def _looked_at(key: str, _data: Dataset, _template: Template) -> tuple[Summary, list[str]]:  # noqa: ARG001 - see state
    rendered = texts(_data, _template, keep=False)  # on disk they would stay, one copy for each that is tried
    return summarise(rendered), rendered[:: max(1, len(rendered) // 5)][:5]


def _texts(data: Dataset, template: Template) -> tuple[Summary, list[str]]:
    """The facts about the texts that a template makes, and five of them; kept under our own digest."""
    key = digest(data.key, data.roles.as_json(), template.as_json())
    return _looked_at(key, data, template)


def _card(data: Dataset, found: Summary) -> None:
    cells = [
        ("Rows", count(len(data), "row").split()[0], None),
        ("Without text", f"{found.empty:,}", "Rows whose text is empty with the template chosen below."),
        ("Same text twice", f"{found.copies:,}", "Rows whose text stands in an earlier row too, letter for letter."),
        ("Lines not read", f"{data.bad_count:,}", "Lines that could not be read; they are listed below."),
    ]
    with st.container(key="cards facts"):
        for column, (label, value, words) in zip(st.columns(len(cells)), cells, strict=True):
            column.metric(label, value, help=words)
    scripts = ", ".join(f"{name} {share:.0%}" for name, share in found.scripts[:4] if share >= 0.005)
    middle = int(sorted(found.lengths)[len(found.lengths) // 2]) if len(found.lengths) else 0
    st.caption(
        f"Read as {plain(data.format)}; shape: {plain(SHAPES[data.shape])}. Scripts: {plain(scripts)}. Median length "
        f"{number(middle)} characters."
    )
    if addresses := list(dict.fromkeys(source.address for source in data.sources if source.address)):
        st.caption(f"Fetched from {plain(', '.join(addresses), 400)}.")


def _notices(data: Dataset) -> None:
    for notice in data.notices:
        st.info(plain(notice, 400), icon=":material/info:")
    if data.bad_count:
        st.warning(
            f"{count(data.bad_count, 'line')} could not be read and are not among the rows.", icon=":material/rule:"
        )
        shown = [
            {"line": bad.line, "file": cell(bad.file), "why": cell(bad.reason), "begins": cell(bad.text)}
            for bad in islice(data.bad_lines(), _BAD_SHOWN)
        ]
        st.dataframe(pd.DataFrame(shown), hide_index=True)
        st.download_button(
            "Download the list of these lines",
            data=(data.folder / "bad_lines.jsonl").read_bytes,
            file_name="bad_lines.jsonl",
            on_click="ignore",
        )


def _text_choice(entry: Entry, data: Dataset) -> None:
    now = Template.from_json(entry.template)
    kinds = list(_TEMPLATES)
    kind = st.selectbox(
        "Text to embed", kinds, index=kinds.index(now.kind), format_func=_TEMPLATES.__getitem__, key=f"kind:{entry.key}"
    )
    column, pattern = None, None
    if kind == "column":
        paths = [info.path for info in data.columns]
        index = paths.index(now.column) if now.column in paths else 0
        column = st.selectbox("Column", paths, index=index, format_func=sound)
    if kind == "custom":
        pattern = st.text_area(
            "Pattern",
            value=sound(now.pattern or " ".join(f"{{{info.path}}}" for info in data.columns[:2])),
            help="Column names in braces; {{ and }} are braces themselves.",
        )
    chosen = Template(kind, column, pattern)
    if chosen != now:
        try:
            chosen.needs(data)
        except UserError as error:  # the roles below have to stay within reach
            st.error(plain(error, 600), icon=":material/error:")
        else:
            embedding.change(entry, template=chosen.as_json())


def _preview(shown: Sequence[str], words: str) -> None:
    if shown:
        st.caption(words)
    for text in shown:
        cut = text[:1200] + ("…" if len(text) > 1200 else "")
        st.code(sound(cut) or "(empty)", language=None, wrap_lines=True, height=110)


def _columns(entry: Entry, data: Dataset) -> None:
    st.markdown("**Roles of the columns**")
    paths = [info.path for info in data.columns]
    options = [None, *paths]
    chosen: dict[str, Any] = {}
    for role, title in _ROLES.items():
        now = getattr(data.roles, role)
        chosen[role] = st.selectbox(
            title,
            options,
            index=options.index(now) if now in options else 0,
            format_func=lambda path: "none" if path is None else sound(path),
            key=f"{role}:{entry.key}",
        )
    numbers = [info.path for info in data.columns if info.kind in ("number", "mixed", "text", "category", "boolean")]
    names = [quality.column for quality in data.roles.quality]
    picked_names = st.multiselect(
        "Quality (scores)",
        numbers,
        default=[n for n in names if n in numbers],
        format_func=sound,
        key=f"quality:{entry.key}",
    )
    low = st.multiselect(
        "of these, lower is better",
        picked_names,
        default=[q.column for q in data.roles.quality if not q.higher_is_better and q.column in picked_names],
        format_func=sound,
        key=f"low:{entry.key}",
    )
    chosen["quality"] = tuple(Quality(name, name not in low) for name in picked_names)
    roles: Roles = replace(data.roles, **chosen)
    if roles != data.roles:
        embedding.change(entry, roles=roles.as_json())


def _first_rows(data: Dataset, rows: int = 20) -> pd.DataFrame:
    records: Sequence[dict[str, Any]] = data.records(range(min(rows, len(data))))
    names = dict.fromkeys(name for record in records for name in record)
    return pd.DataFrame({sound(str(name)): cells(record.get(name) for record in records) for name in names})
