"""The embedding of a dataset: by which encoder or vectors of the user's own, how long it takes, and its start."""

from dataclasses import replace
from typing import Any

import streamlit as st

from core.dataset import Dataset
from core.embeddings import Embeddings
from core.summary import Summary
from core.workspace import Entry

from . import distilling, engine, frame, state
from .jobs import show_job
from .words import count, duration, plain, sound


def draw(entry: Entry, data: Dataset, found: Summary | None) -> None:
    """What the dataset is embedded by, or what embedding it would take; `found` is None where it has no texts."""
    args = {
        "dataset": entry.dataset,
        "roles": entry.roles,
        "template": entry.template,
        "encoder": entry.encoder,
        "leave_out_empty": entry.leave_out_empty,
    }
    job = state.embedding_job(entry)
    if job is not None and (job.running or (not entry.embeddings and (job.what == "vectors" or job.args == args))):
        show_job(job.id)
    if entry.embeddings:
        done, go = st.columns([3, 1], vertical_alignment="center")
        rows = count(len(Embeddings.load(state.store().folder("embeddings", entry.embeddings)).vectors), "row")
        done.success(f"Embedded: {rows} by {plain(entry.encoder_title)}.", icon=":material/check:")
        with go:
            st.page_link("pages/2_Map.py", label="See the map", icon=":material/arrow_forward:")
        with st.expander("Embed with another encoder or your own vectors"):
            _encoder(entry)
            distilling.draw(entry, len(data), args)
            _own_vectors(entry, data)
    elif job is None or not job.running:
        with st.container(border=True):
            if found is not None:
                _to_embed(entry, data, found, args)
            else:
                st.markdown("Without a text there is nothing to embed. Vectors of your own need none.")
                _own_vectors(entry, data)


def _to_embed(entry: Entry, data: Dataset, found: Summary, args: dict[str, Any]) -> None:
    rows = len(data) - found.empty
    _foresight(entry, args)
    with st.expander("Encoder"):
        _encoder(entry)
        distilling.draw(entry, len(data), args)
        _own_vectors(entry, data)
    if found.empty:
        leave = st.checkbox(
            f"Leave out the {count(found.empty, 'row')} without text",
            value=entry.leave_out_empty,
            key=f"leave:{entry.dataset}:{entry.leave_out_empty}",
        )
        if leave != entry.leave_out_empty:
            change(entry, leave_out_empty=leave)
    blocked = found.empty > 0 and not entry.leave_out_empty
    if st.button(f"Embed {count(rows, 'row')}", type="primary", key="embed", disabled=blocked or not rows):
        if foreseen := state.job("foresee", args):
            state.jobs().cancel(foreseen.id)  # an estimate shall not keep the work waiting
        state.jobs().submit("embed", f"Embed {entry.name}"[:120], **args)
        state.jobs().ensure_worker()
        st.rerun()


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
            f"{plain(words['encoder'])}.{engine.beside_estimate()} "
            f"{cut if words['truncated_share'] else 'No text is cut.'}"
        )
    elif foreseen.state == "failed":
        st.error(plain(foreseen.error, 600), icon=":material/error:")


@st.fragment(run_every=0.7)
def _wait_for(job_id: str) -> None:
    job = state.jobs().find(job_id)
    if job is None or not job.running:
        st.rerun(scope="app")
    st.caption("Estimating the time and the share of texts that are cut…")


def _encoder(entry: Entry) -> None:
    given = st.text_input(
        "Model",
        value=entry.encoder,
        key=f"encoder:{entry.dataset}:{entry.encoder}",  # a field drawn for another encoder would set that again
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
        change(entry, encoder=wanted)


def _own_vectors(entry: Entry, data: Dataset) -> None:
    vectors = st.file_uploader(
        "Vectors of your own (.npy, .npz, .parquet), a row an item", key=f"vectors:{entry.dataset}"
    )
    if vectors is not None and st.button("Use these vectors", key="use vectors"):
        path = state.save_upload(vectors.name, vectors.getbuffer())
        _take_vectors(entry, str(path))
    lists = [info.path for info in data.columns if info.kind == "list"]
    if not lists:
        return
    column = st.selectbox(
        "A column that holds lists of numbers",
        lists,
        index=None,
        format_func=sound,
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


def change(entry: Entry, **fields: Any) -> None:
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
