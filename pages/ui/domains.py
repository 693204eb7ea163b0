"""Domains that a person gives to a selector: seed examples by their ids, or a centroid for each."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from core.centroids import Centroids, holds_centroids, read_centroids
from core.choice import Choice, Id
from core.errors import UserError
from core.id_files import read_examples
from core.selectors import Selector

from . import state
from .bring_in import below
from .draft import Draft
from .words import count, plain

_SHOWN = 12  # names of domains


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
            names = ", ".join(plain(name, 30) for name in centroids.names[:_SHOWN])
            more = ", …" if len(centroids.names) > _SHOWN else ""
            st.markdown(f"**{count(len(centroids.names), 'domain')}** from centroids: {names}{more}")
        else:
            st.caption("None: domains are those of the label column, or clusters.")
        if (examples or centroids) and st.button("Clear", key=draft.key("clear:domains")):
            draft.domains = ({}, None)
            st.rerun()
        with st.form(draft.key("add:domains"), clear_on_submit=True, border=False):
            file = st.file_uploader(
                "Seed examples (JSON) or centroids (.npy, .npz, JSON)",
                ["json", "npy", "npz"],
                key=draft.key("file:domains"),
                help='Seed examples are ids by domain: {"maths": ["id1"], "code": ["id2"]}. Centroids are a table of '
                "numbers with a row for each domain and as many columns as the embeddings have; with names as .npz "
                'with a list called names, or as {"centroids": {"maths": [0.1, …], "code": […]}}.',
            )
            if st.form_submit_button("Use these", width="stretch") and file is not None:
                with draft.noting():
                    path = state.save_upload(file.name, file.getvalue())
                    draft.domains = _read(path)
                    st.rerun()
    said: dict[str, Any] = {"examples": {name: list(ids) for name, ids in examples.items()}} if examples else {}
    return said | ({"centroids": centroids.as_json()} if centroids else {})


def whole(choice: Choice) -> Choice:
    """The choice with the content of a file of centroids that it names.

    Raises:
        UserError: the file lies where this server opens none by path, or there is no such file.
    """
    if not isinstance(choice.centroids, str):
        return choice
    uploads, root = (state.store().home / "uploads").resolve(), state.data_root()
    path = Path(choice.centroids)
    if not path.resolve().is_relative_to(uploads):
        if root is None:
            raise UserError(
                "The recipe names a file of centroids, and this server opens no files by path. Upload the file under "
                "Domains of your own: the recipe then holds the centroids themselves."
            )
        path = below(root, choice.centroids)
    return replace(choice, centroids=read_centroids(path))


def _read(path: Path) -> tuple[dict[str, tuple[Id, ...]], Centroids | None]:
    """Seed examples or centroids of an uploaded file, which is not needed any more then."""
    try:
        if path.suffix.lower() != ".json" or holds_centroids(path.read_bytes()):
            return {}, read_centroids(path)
        return read_examples(path), None
    finally:
        path.unlink(missing_ok=True)
