"""Domains that a person gives to a selector: seed examples by their ids, or a centroid for each."""

from pathlib import Path
from typing import Any

import streamlit as st

from core.choice import Choice
from core.errors import UserError
from core.id_files import read_examples
from core.selectors import Selector

from . import state
from .bring_in import below
from .draft import Draft
from .words import count, plain


def given(draft: Draft, selector: Selector) -> dict[str, Any]:
    """Seed examples or centroids, for selectors that work with them, as a choice has them."""
    if "centroids" not in selector.uses:
        return {}
    with st.expander("Domains of your own"):
        examples, centroids = draft.domains
        if examples:
            st.markdown(
                f"**{count(len(examples), 'domain')}** from seed examples: "
                + ", ".join(f"{plain(name, 30)} ({len(ids):,})" for name, ids in examples.items())
            )
        elif centroids:
            st.markdown(f"Centroids of **{plain(Path(centroids).name, 60)}**")
        else:
            st.caption("None: domains are those of the label column, or clusters.")
        if (examples or centroids) and st.button("Clear", key=draft.key("clear:domains")):
            draft.domains = ({}, None)
            st.rerun()
        with st.form(draft.key("add:domains"), clear_on_submit=True, border=False):
            file = st.file_uploader(
                "Seed examples (JSON) or centroids (.npy)",
                ["json", "npy"],
                key=draft.key("file:domains"),
                help='Seed examples are ids by domain: {"maths": ["id1"], "code": ["id2"]}. Centroids are a table of '
                "numbers with a row for each domain and as many columns as the embeddings have.",
            )
            if st.form_submit_button("Use these", width="stretch") and file is not None:
                with draft.noting():
                    path = state.save_upload(file.name, file.getvalue())
                    draft.domains = ({}, str(path)) if path.suffix.lower() == ".npy" else (_examples(path), None)
                    st.rerun()
    said: dict[str, Any] = {"examples": {name: list(ids) for name, ids in examples.items()}} if examples else {}
    return said | ({"centroids": centroids} if centroids else {})


def check(choice: Choice) -> None:
    """Refuse centroids of a recipe that lie where this server opens no files by path.

    Raises:
        UserError: so, or there is no such file.
    """
    if choice.centroids is None:
        return
    uploads, root = state.store().home / "uploads", state.data_root()
    if uploads.is_dir() and Path(choice.centroids).resolve().is_relative_to(uploads.resolve()):
        return
    if root is None:
        raise UserError("The recipe names a file of centroids, and this server opens no files by path. Upload it here.")
    below(root, choice.centroids)


def _examples(path: Path) -> dict[str, Any]:
    try:
        return dict(read_examples(path))
    finally:
        path.unlink(missing_ok=True)
