"""The ways in from elsewhere: datasets of the Hugging Face hub, and addresses of web servers and buckets."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.errors import UserError
from core.fetching import Address, parse, splits
from core.fetching.hub_layout import Layout
from core.memory import in_words

from . import frame, state
from .words import count, plain

_ASKED, _FOUND = "hub asked", "hub found"  # what was looked up last, and what came of it, in the session


def from_hub(reading_options: Callable[[], dict[str, Any]]) -> None:
    """A dataset by its name: look it up, choose configuration, split and rows, fetch."""
    name_at, revision_at, button_at = st.columns([4, 2, 1.4], vertical_alignment="bottom")
    name = name_at.text_input("Dataset", placeholder="org/name", key="hub name").strip()
    revision = revision_at.text_input(
        "Revision", placeholder="the latest", key="hub revision", help="A branch, a tag or a commit."
    ).strip()
    st.caption(
        "Asks the Hugging Face hub; nothing of yours is sent. Private datasets, and those that ask for an agreement, "
        "need a login on this machine: `hf auth login`, or HF_TOKEN."
    )
    wanted = (name.removeprefix("hf://datasets/"), revision)
    button_at.button("Look it up", key="hub look", disabled=not name, width="stretch", on_click=_ask, args=(wanted,))
    if st.session_state.get(_ASKED) != wanted:
        return
    if _FOUND not in st.session_state:
        st.session_state[_FOUND] = _looked_up(*wanted)
    found = st.session_state[_FOUND]
    if isinstance(found, str):
        st.error(plain(found, 600), icon=":material/error:")
    else:
        _choose(*found, reading_options)


def _ask(wanted: tuple[str, str]) -> None:
    """Look up what is wanted when the page is drawn; a callback, so that another rerun does not lose the click."""
    st.session_state[_ASKED] = wanted
    st.session_state.pop(_FOUND, None)


def _looked_up(name: str, revision: str) -> tuple[Address, str, Layout, dict[str, int]] | str:
    """What the hub has of that name, or the sentence that says why it has not."""
    try:
        with st.spinner("Asking the hub"):
            address = parse(str(Address("hub", name, revision)))  # which checks the name
            return address, *splits(address)
    except UserError as error:
        return str(error)


def _choose(
    address: Address, commit: str, layout: Layout, sizes: dict[str, int], reading_options: Callable[[], dict[str, Any]]
) -> None:
    """What of the dataset to fetch."""
    columns = st.columns(2)
    configs = list(layout)
    config = columns[0].selectbox(
        "Configuration",
        configs,
        index=configs.index("default") if "default" in configs else 0,
        key="hub config",
        disabled=len(configs) == 1,
    )
    names = list(layout[config])
    split = columns[1].selectbox(
        "Split", names, index=names.index("train") if "train" in names else 0, key=f"hub split:{config}"
    )
    files = layout[config][split]
    size = sum(sizes[path] for path in files)
    wishes = _rows("hub", files_go_by=len(files) > 1)
    how = reading_options()
    st.caption(f"{count(len(files), 'file')}, {in_words(size)}, as of commit {commit[:10]}.")
    if st.button(_label(wishes, size), type="primary", key="hub fetch"):
        pinned = address.with_wishes(revision=commit, config=config, split=split, **wishes)
        state.start_fetching(pinned, f"Fetch {address.place}", options=how)
        st.rerun()


def from_address(reading_options: Callable[[], dict[str, Any]]) -> None:
    """A file of a web server, or files of a bucket."""
    given = st.text_input("Address", placeholder="https://... or s3://bucket/...", key="address in").strip()
    st.caption(
        "One file of a web server, or files of an S3-compatible bucket. An address with a password or signature in it "
        "is refused, since it would be written down. Servers in this machine's own network are not opened from here."
    )
    wishes = _rows("address", files_go_by="*" in given)
    how = reading_options()
    if st.button("Fetch", type="primary", key="address fetch", disabled=not given):
        with frame.errors():
            address = parse(given)
            if address.kind == "hub":
                raise UserError("Open datasets of the hub by their name, under Hugging Face hub.")
            state.start_fetching(address.with_wishes(**wishes), f"Fetch from {address.where}", options=how)
            st.rerun()


def _rows(key: str, *, files_go_by: bool) -> dict[str, int]:
    """How many rows, as wishes of an address: none for all."""
    columns = st.columns([2, 1, 1], vertical_alignment="bottom")
    sample = columns[0].segmented_control(
        "Rows",
        ["All", "A sample"],
        default="All",
        key=f"{key} rows",
        help="A sample is drawn while the files go by: every row is as likely, the same seed draws the same rows, and "
        + ("one file at a time is on disk." if files_go_by else "the whole file is not kept."),
    )
    if sample != "A sample":
        return {}
    rows = columns[1].number_input("How many", 1, 10_000_000, 5000, step=1000, key=f"{key} how many")
    seed = columns[2].number_input("Seed", 0, 2**31, 0, key=f"{key} seed")
    return {"rows": int(rows), "seed": int(seed)}


def _label(wishes: dict[str, int], size: int) -> str:
    if not wishes:
        return f"Fetch {in_words(size)}"
    return f"Draw {count(wishes['rows'], 'row')} from {in_words(size)}"
