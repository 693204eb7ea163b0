"""Rows to the Hugging Face hub: the card beforehand, the folder as a download, and the push."""

import shlex
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import UserError
from core.proof import zip_folder
from core.pushing import card_of, hub_folder, may_push
from core.pushing.push import check_name

from . import state
from .exporting_rows import Form
from .jobs import show_job
from .words import plain


@dataclass(frozen=True)
class Pushable:
    """What can be pushed under a name: its card, its folder, the command, and the job of the worker."""

    key: str  # digest of all that decides the card
    card: Callable[[str], str]
    write: Callable[[str, Path], None]  # the folder of that name, to there
    command: Callable[[str], list[str]]
    job: str
    args: Mapping[str, Any]


def draw(asked: Form, bundle: tuple[str, Path] | None) -> None:
    """How the rows of a proof would be pushed.

    Args:
        bundle: the store's key of the proof, and its file; None where it is not made yet.
    """
    if bundle is None:
        with _section():
            st.caption("Make the proof above first: the rows, the card and the files beside it come from it.")
        return
    key, path = bundle
    what = Pushable(
        key=key,
        card=lambda name: card_of(path, name),
        write=lambda name, folder: hub_folder(path, folder, name),
        command=lambda name: ["gamut", "push", f"{asked.name}.zip", name, "--private"],
        job="push",
        args={"key": key},
    )
    section(what, asked.name)


def section(what: Pushable, own: str) -> None:
    """The card of what would be pushed, its folder, the button and the command; `own` is what its files are called."""
    with _section():
        given = st.text_input("Name on the hub", placeholder="org/name", key="push name").strip()
        name = given or f"your-name/{_suggested(own)}"
        try:
            check_name(name)
            card = _card(what.key, name, what.card)
        except UserError as error:
            st.info(plain(error, 400), icon=":material/info:")
            return
        st.caption("The card, as README.md. No licence is set: that of the data holds, and you add it.")
        with st.container(height=320):
            st.code(card, language="markdown", wrap_lines=True)
        st.download_button(
            "Download the folder",
            data=lambda: _zip(what, name),
            file_name=f"{own}_hub.zip",
            mime="application/zip",
            on_click="ignore",
            key="download hub folder",
            help="Rows in data/, the card, and the proof in proof/: unpack it and upload it as it is.",
        )
        _push(what, given)
        st.code(shlex.join(what.command(name)), language="bash", wrap_lines=True)


def _suggested(own: str) -> str:
    """A name that the hub takes: of letters and digits of ASCII alone."""
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in own).split()
    return "_".join(words)[:80] or "rows"


def _section() -> Any:
    return st.expander("Hugging Face hub", icon=":material/cloud_upload:")


def _push(what: Pushable, name: str) -> None:
    """The button, where the app may, and what came of it."""
    if not may_push():
        st.caption(
            "This app pushes nothing itself. Run the command below beside its files, after `hf auth login`; or start "
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
    update = columns[2].checkbox(
        "Write over files that are there",
        key="push update",
        help="Rows that lie there in another format, and files of an earlier proof, are deleted. Other files stay.",
    )
    args = {**what.args, "name": name, "private": private, "revision": revision, "update": update}
    job = state.job(what.job, args)
    if job is not None and job.state == "done":
        st.success(f"Pushed {plain(name)}.", icon=":material/check:")
        st.link_button("Open it on the hub", str(job.result["url"]))
    elif job is not None:
        show_job(job.id, st.rerun, place="push")
    else:
        st.button(
            "Push to the hub", type="primary", key="push", on_click=_ask, args=(what.job, args), disabled=not name
        )


def _ask(kind: str, args: dict[str, object]) -> None:
    """Queue the work; a callback, so that a page that is drawn anew at once does not lose the click."""
    state.jobs().submit(kind, f"Push {args['name']}"[:120], **args)
    state.jobs().ensure_worker()


@st.cache_data(max_entries=8, show_spinner=False)
def _card(key: str, name: str, _make: Callable[[str], str]) -> str:  # noqa: ARG001 - the key names what is made
    return _make(name)


def _zip(what: Pushable, name: str) -> bytes:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "dataset"
        what.write(name, folder)
        zip_folder(Path(temporary) / "dataset.zip", folder)
        return (Path(temporary) / "dataset.zip").read_bytes()
