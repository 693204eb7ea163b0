"""A static model of the encoder, on the Data page: what it would be for, how far it agrees, and only then its use."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from core.distilling import HELD_OUT, LEAST, SAMPLE
from core.static_agreement import Agreement
from core.static_encoder import is_static
from core.workspace import Entry

from . import state
from .jobs import show_job
from .words import plain


def draw(entry: Entry, rows: int, args: Mapping[str, Any]) -> None:
    """The section below the choice of an encoder; `args` are those that embedding the dataset takes."""
    if rows < LEAST or is_static(Path(entry.encoder)):
        return
    st.markdown("**A static model, some hundred times as fast**")
    st.caption(
        "For pools that would take hours. A text becomes the mean of vectors of its words, which are made from the "
        f"encoder above and fitted on up to {SAMPLE:,} of these rows. It is coarser: {HELD_OUT:,} other rows show by "
        "how much before you use it."
    )
    job = state.job("distill", args)
    if job is None or (job.state == "done" and not Path(job.result["folder"]).is_dir()):  # a cleaning took it
        if st.button("Make one and compare", key="distill"):
            state.jobs().submit("distill", f"Static model for {entry.name}"[:120], **args)
            state.jobs().ensure_worker()
            st.rerun()
    elif job.state != "done":
        show_job(job.id, place="distill")
    else:
        _made(entry, job.result)


def _made(entry: Entry, found: Mapping[str, Any]) -> None:
    for sentence in Agreement.from_json(found["agreement"]).says():
        st.markdown(f"- {plain(sentence, 400)}")
    if st.button("Use the static model", key="use static"):
        state.workspace().change(entry.dataset, encoder=found["folder"], embeddings=None)
        st.rerun()
