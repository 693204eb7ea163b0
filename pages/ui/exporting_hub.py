"""The chosen rows to the Hugging Face hub: the card beforehand, the folder as a download, and the push."""

import shlex
import tempfile
from pathlib import Path

import streamlit as st

from core.errors import UserError
from core.proof import zip_folder
from core.pushing import card_of, hub_folder, may_push
from core.pushing.push import check_name

from . import state
from .exporting_rows import Form
from .jobs import show_job
from .words import plain


def draw(asked: Form, bundle: tuple[str, Path] | None) -> None:
    """What would be pushed, and how.

    Args:
        bundle: the store's key of the proof, and its file; None where it is not made yet.
    """
    with st.expander("Hugging Face hub", icon=":material/cloud_upload:"):
        if bundle is None:
            st.caption("Make the proof above first: the rows, the card and the files beside it come from it.")
            return
        key, path = bundle
        given = st.text_input("Name on the hub", placeholder="org/name", key="push name").strip()
        name = given or "your-name/" + "".join(letter if letter.isalnum() else "_" for letter in asked.name)
        try:
            check_name(name)
            card = _card(key, path, name)
        except UserError as error:
            st.info(plain(error, 400), icon=":material/info:")
            return
        st.caption("The card, as README.md. No licence is set: that of the data holds, and you add it.")
        with st.container(height=320):
            st.code(card, language="markdown", wrap_lines=True)
        st.download_button(
            "Download the folder",
            data=lambda: _zip(path, name),
            file_name=f"{asked.name}_hub.zip",
            mime="application/zip",
            on_click="ignore",
            key="download hub folder",
            help="Rows in data/, the card, and the proof in proof/: unpack it and upload it as it is.",
        )
        _push(key, given)
        words = ["gamut", "push", f"{asked.name}.zip", name, "--private"]
        st.code(shlex.join(words), language="bash", wrap_lines=True)


def _push(key: str, name: str) -> None:
    """The button, where the app may, and what came of it."""
    if not may_push():
        st.caption(
            "This app pushes nothing itself. Run the command below beside the proof, after `hf auth login`; or start "
            "the app with GAMUT_ALLOW_PUSH=1 where a token of the hub is found."
        )
        return
    columns = st.columns(3, vertical_alignment="bottom")
    revision = columns[0].text_input("Branch", placeholder="main", key="push revision").strip()
    private = columns[1].checkbox(
        "Private",
        value=True,
        key="push private",
        help="Seen by its owner alone. A dataset that is there already and is not private is refused then.",
    )
    update = columns[2].checkbox("Write over files that are there", key="push update")
    args = {"key": key, "name": name, "private": private, "revision": revision, "update": update}
    job = state.job("push", args)
    if job is not None and job.state == "done":
        st.success(f"Pushed {plain(name)}.", icon=":material/check:")
        st.link_button("Open it on the hub", str(job.result["url"]))
    elif job is not None:
        show_job(job.id, st.rerun, place="push")
    else:
        st.button("Push to the hub", type="primary", key="push", on_click=_ask, args=(args,), disabled=not name)


def _ask(args: dict[str, object]) -> None:
    """Queue the work; a callback, so that a page that is drawn anew at once does not lose the click."""
    state.jobs().submit("push", f"Push {args['name']}"[:120], **args)
    state.jobs().ensure_worker()


@st.cache_data(max_entries=8, show_spinner=False)
def _card(key: str, _path: Path, name: str) -> str:  # noqa: ARG001 - the key names the file
    return card_of(_path, name)


def _zip(bundle: Path, name: str) -> bytes:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "dataset"
        hub_folder(bundle, folder, name)
        zip_folder(Path(temporary) / "dataset.zip", folder)
        return (Path(temporary) / "dataset.zip").read_bytes()
