"""How a dataset was read, the roles of its columns, the text that is embedded, and the embedding."""

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
from core.jobs import Job
from core.shapes import SHAPES, Quality, Roles
from core.summary import Summary, summarise
from core.template import Template, texts
from core.workspace import Entry

from . import frame, state
from .jobs import show_job
from .theme import plot, theme
from .words import cell, count, duration, number, plain, sound

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
    if rendered is not None:
        _embedding(entry, data, rendered)
    left, right = st.columns([3, 2])
    with left:
        _text_choice(entry, data)
        _preview(shown)
    with right:
        _columns(entry, data)
        if rendered is not None:
            plot(length_histogram(rendered.lengths, theme()), key="lengths")
    with st.expander("First rows as they came in"):
        st.dataframe(_first_rows(data), hide_index=True)
    if st.button("Close this dataset", key="close", help="It leaves the list; its file and results stay in the store."):
        state.workspace().close(entry.dataset)
        for name in ("d", "ref", "s"):
            state.remember(name, None)
        st.rerun()


@st.cache_resource(max_entries=8, show_spinner="Looking at the texts")
def _looked_at(key: str, _data: Dataset, _template: Template) -> tuple[Summary, list[str]]:  # noqa: ARG001 - see state
    rendered = texts(_data, _template)
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
    for column, (label, value, words) in zip(st.columns(len(cells)), cells, strict=True):
        column.metric(label, value, help=words)
    scripts = ", ".join(f"{name} {share:.0%}" for name, share in found.scripts[:4] if share >= 0.005)
    middle = int(sorted(found.lengths)[len(found.lengths) // 2]) if len(found.lengths) else 0
    st.caption(
        f"Read as {plain(data.format)}; shape: {plain(SHAPES[data.shape])}. Scripts: {plain(scripts)}. Median length "
        f"{number(middle)} characters."
    )


def _notices(data: Dataset) -> None:
    for notice in data.notices:
        st.info(plain(notice, 400), icon=":material/info:")
    if data.bad_count:
        st.warning(
            f"{count(data.bad_count, 'line')} could not be read and are not among the rows.", icon=":material/rule:"
        )
        shown = [
            {"line": bad.line, "file": bad.file, "why": bad.reason, "begins": sound(bad.text)}
            for bad in islice(data.bad_lines(), _BAD_SHOWN)
        ]
        st.dataframe(pd.DataFrame(shown), hide_index=True)
        st.download_button(
            "Download the list of these lines",
            data=(data.folder / "bad_lines.jsonl").read_bytes,
            file_name="bad_lines.jsonl",
            on_click="ignore",
        )


def _embedding(entry: Entry, data: Dataset, found: Summary) -> None:
    rows = len(data) - found.empty
    args = {
        "dataset": entry.dataset,
        "roles": entry.roles,
        "template": entry.template,
        "encoder": entry.encoder,
        "leave_out_empty": entry.leave_out_empty,
    }
    job = _latest_job(entry)
    if job is not None and (job.running or not entry.embeddings):
        show_job(job.id)
    if entry.embeddings:
        done, go = st.columns([3, 1], vertical_alignment="center")
        done.success(f"Embedded: {count(rows, 'row')} by {plain(entry.encoder_title)}.", icon=":material/check:")
        with go:
            st.page_link("pages/2_Map.py", label="See the map", icon=":material/arrow_forward:")
        with st.expander("Embed with another encoder or your own vectors"):
            _encoder(entry, data)
        return
    if job is not None and job.running:
        return
    with st.container(border=True):
        _foresight(entry, args)
        with st.expander("Encoder"):
            _encoder(entry, data)
        blocked = found.empty > 0 and not entry.leave_out_empty
        if found.empty:
            leave = st.checkbox(
                f"Leave out the {count(found.empty, 'row')} without text",
                value=entry.leave_out_empty,
                key=f"leave:{entry.dataset}",
            )
            if leave != entry.leave_out_empty:
                _change(entry, leave_out_empty=leave)
        if st.button(f"Embed {count(rows, 'row')}", type="primary", key="embed", disabled=blocked or not rows):
            if foreseen := state.job("foresee", args):
                state.jobs().cancel(foreseen.id)  # an estimate shall not keep the work waiting
            state.jobs().submit("embed", f"Embed {entry.name}"[:120], **args)
            state.jobs().ensure_worker()
            st.rerun()


def _latest_job(entry: Entry) -> Job | None:
    """The last job that made, or makes, embeddings for this dataset; found on disk, so that a reload finds it too."""
    return next(
        (
            job
            for job in state.jobs().all()
            if job.what in ("embed", "vectors") and job.args.get("dataset") == entry.dataset
        ),
        None,
    )


def _foresight(entry: Entry, args: dict[str, Any]) -> None:
    """How long embedding will take and how many texts it will cut, found by the worker on a sample."""
    foreseen = state.job("foresee", args)
    if foreseen is None or foreseen.state == "cancelled":
        foreseen = state.jobs().submit("foresee", f"Look at {entry.name}"[:120], **args)
        state.jobs().ensure_worker()
    if foreseen.running:
        _wait_for(foreseen.id)
    elif foreseen.state == "done":
        words = foreseen.result
        cut = f"{words['truncated_share']:.1%} of the texts are longer than the {words['max_tokens']} tokens it reads."
        st.markdown(
            f"Embedding takes about **{duration(words['seconds'])}** on {plain(words['device'])} with "
            f"{plain(words['encoder'])}. {cut if words['truncated_share'] else 'No text is cut.'}"
        )
    elif foreseen.state == "failed":
        st.error(plain(foreseen.error, 600), icon=":material/error:")


@st.fragment(run_every=0.7)
def _wait_for(job_id: str) -> None:
    job = state.jobs().find(job_id)
    if job is None or not job.running:
        st.rerun(scope="app")
    st.caption("Estimating the time and the share of texts that are cut…")


def _encoder(entry: Entry, data: Dataset) -> None:
    given = st.text_input(
        "Model",
        value=entry.encoder,
        key=f"encoder:{entry.dataset}",
        help="'default' is all-MiniLM-L6-v2, the model in Gamut. Or a sentence-transformers model by name or folder.",
    )
    wanted = given.strip() or entry.encoder
    if entry.embeddings:
        if st.button("Use this encoder", key="use encoder"):
            _check_encoder(wanted)
            state.workspace().change(entry.dataset, encoder=wanted, embeddings=None)
            st.rerun()
    elif wanted != entry.encoder:
        _check_encoder(wanted)
        _change(entry, encoder=wanted)
    vectors = st.file_uploader("Or vectors of your own (.npy, .npz), a row an item", key=f"vectors:{entry.dataset}")
    if vectors is not None and st.button("Use these vectors", key="use vectors"):
        path = state.save_upload(vectors.name, vectors.getbuffer())
        _take_vectors(entry, str(path))
    columns = [info.path for info in data.columns]
    column = st.selectbox(
        "Or a column that holds lists of numbers",
        columns,
        index=None,
        placeholder="No column",
        key=f"vector column:{entry.dataset}",
    )
    if column is not None and st.button("Use this column", key="use column"):
        _take_vectors(entry, f"column:{column}")


def _take_vectors(entry: Entry, source: str) -> None:
    state.jobs().submit("vectors", f"Vectors for {entry.name}"[:120], dataset=entry.dataset, source=source)
    state.jobs().ensure_worker()
    st.rerun()


def _check_encoder(name: str) -> None:
    """On a server that others reach, folders are opened only below the folder that is meant for it."""
    with frame.errors():
        state.check_encoder(name)


def _text_choice(entry: Entry, data: Dataset) -> None:
    now = Template.from_json(entry.template)
    kinds = list(_TEMPLATES)
    kind = st.selectbox(
        "Text to embed", kinds, index=kinds.index(now.kind), format_func=_TEMPLATES.__getitem__, key=f"kind:{entry.key}"
    )
    column, pattern = None, None
    if kind == "column":
        paths = [info.path for info in data.columns]
        column = st.selectbox("Column", paths, index=paths.index(now.column) if now.column in paths else 0)
    if kind == "custom":
        pattern = st.text_area(
            "Pattern",
            value=now.pattern or " ".join(f"{{{path}}}" for path in [info.path for info in data.columns][:2]),
            help="Column names in braces; {{ and }} are braces themselves.",
        )
    chosen = Template(kind, column, pattern)
    if chosen != now:
        try:
            chosen.needs(data)
        except UserError as error:  # the roles below have to stay within reach
            st.error(plain(error, 600), icon=":material/error:")
        else:
            _change(entry, template=chosen.as_json())


def _preview(shown: Sequence[str]) -> None:
    st.caption("Exactly this is embedded, for five rows:")
    for text in shown:
        cut = text[:1200] + ("…" if len(text) > 1200 else "")
        st.code(sound(cut) or "(empty)", language=None, wrap_lines=True, height=110)


def _columns(entry: Entry, data: Dataset) -> None:
    st.markdown("**Roles of the columns**")
    paths = [info.path for info in data.columns]
    none = "none"
    chosen: dict[str, Any] = {}
    for role, title in _ROLES.items():
        now = getattr(data.roles, role)
        options = [none, *paths]
        picked = st.selectbox(
            title, options, index=options.index(now) if now in options else 0, key=f"{role}:{entry.key}"
        )
        chosen[role] = None if picked == none else picked
    numbers = [info.path for info in data.columns if info.kind in ("number", "mixed", "text", "category", "boolean")]
    names = [quality.column for quality in data.roles.quality]
    picked_names = st.multiselect(
        "Quality (scores)", numbers, default=[n for n in names if n in numbers], key=f"quality:{entry.key}"
    )
    low = st.multiselect(
        "of these, lower is better",
        picked_names,
        default=[q.column for q in data.roles.quality if not q.higher_is_better and q.column in picked_names],
        key=f"low:{entry.key}",
    )
    chosen["quality"] = tuple(Quality(name, name not in low) for name in picked_names)
    roles: Roles = replace(data.roles, **chosen)
    if roles != data.roles:
        _change(entry, roles=roles.as_json())


def _change(entry: Entry, **fields: Any) -> None:
    """Keep a change; where it changes the texts or the encoder, the embeddings no longer belong to them."""
    before, after = entry, replace(entry, **fields)
    scoring = ("quality", "label", "id")
    same_texts = {k: v for k, v in before.roles.items() if k not in scoring} == {
        k: v for k, v in after.roles.items() if k not in scoring
    }
    own = (
        entry.embeddings is not None
        and not state.encoder_of(entry)
        and not (before.leave_out_empty or after.leave_out_empty)
    )
    if not own and not (
        same_texts
        and (before.template, before.encoder, before.leave_out_empty)
        == (after.template, after.encoder, after.leave_out_empty)
    ):
        fields["embeddings"] = None
    state.workspace().change(entry.dataset, **fields)
    st.rerun()


def _first_rows(data: Dataset, rows: int = 20) -> pd.DataFrame:
    records: Sequence[dict[str, Any]] = data.records(range(min(rows, len(data))))
    return pd.DataFrame([{sound(str(k)): cell(v) for k, v in r.items()} for r in records])
