"""The ways in: upload, sample, hub, address, a path on the server; and the reading of what was named."""

from pathlib import Path
from typing import Any

import streamlit as st

from core.errors import UserError
from core.opening import files_below
from core.reading.options import FORMATS

from . import bring_in_elsewhere, frame, state
from .jobs import show_job
from .words import plain

_DELIMITERS = {"guess": None, "comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_HEADER = {"guess": None, "yes": True, "no": False}
_SAMPLES = {
    "gamut_sample.jsonl": ("Mixed sample", "600 pairs, twelve domains, four languages, planted copies and outliers"),
    "narrow_bread.jsonl": ("Narrow sample", "200 pairs about baking bread, to compare the first one with"),
    "chats_sharegpt.json": ("ShareGPT form", "40 conversations"),
    "chats_messages.jsonl": ("messages form", "40 conversations"),
}


def draw(*, first: bool) -> None:
    """The ways in; folded away once a dataset is open."""
    _follow_reading()
    with st.expander("Open a dataset", expanded=first, icon=":material/add:"):
        ways = ["Upload", "Sample", "Hugging Face hub", "Address"]
        ways += ["Path on this machine"] if state.data_root() else []
        way = st.pills("From", ways, default="Upload", key="way in", label_visibility="collapsed")
        if way == "Sample":
            _samples()
        elif way == "Hugging Face hub":
            bring_in_elsewhere.from_hub(_reading_options)
        elif way == "Address":
            bring_in_elsewhere.from_address(_reading_options)
        elif way == "Path on this machine":
            _by_path()
        else:
            _upload()


def _reading_options() -> dict[str, Any]:
    """How to read, where what Gamut guesses is wrong; only what was set."""
    with st.expander("Read it differently", icon=":material/tune:"):
        st.caption("Format, encoding and header are recognised by content. Set them here where that went wrong.")
        columns = st.columns(4)
        chosen: dict[str, Any] = {
            "format": columns[0].selectbox("Format", ["", *FORMATS], format_func=_or_guess, key="read format") or None,
            "encoding": columns[1].text_input("Encoding", placeholder="such as gb18030", key="read encoding").strip()
            or None,
            "delimiter": columns[2].selectbox("Cells end at", list(_DELIMITERS), key="read delimiter"),
            "header": columns[3].selectbox("First line names columns", list(_HEADER), key="read header"),
        }
    chosen["delimiter"] = _DELIMITERS[chosen["delimiter"]]
    chosen["header"] = _HEADER[chosen["header"]]
    return {name: value for name, value in chosen.items() if value is not None}


def _in_words(megabytes: int) -> str:
    """Streamlit's limit, whose megabytes are 1024 kilobytes."""
    return f"{megabytes / 1024:g} GB" if megabytes >= 1024 else f"{megabytes} MB"


def _or_guess(name: str) -> str:
    return name or "guess"


def _follow_reading() -> None:
    job_id = st.session_state.get("reading")
    job = show_job(job_id) if job_id else None
    if job is not None and job.state == "done":
        del st.session_state["reading"]
        st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1  # an empty uploader
        state.open_dataset(job.result["dataset"])
        st.rerun()


def _upload() -> None:
    limit = st.get_option("server.maxUploadSize")
    files = st.file_uploader(
        "Files",
        accept_multiple_files=True,
        key=f"uploader:{st.session_state.get('uploads', 0)}",
        help="Recognised by content, not by name. Several files become one dataset.",
    )
    st.caption(
        f"JSONL, JSON, CSV, TSV, Parquet, Arrow or plain text, each also as .gz, .zst or .zip; up to "
        f"{_in_words(limit)} a file. Files stay on this machine."
    )
    how = _reading_options()
    if not files:
        return
    names = ", ".join(file.name for file in files)
    if st.button(f"Read {plain(names, 60)}", type="primary", key="read upload"):
        paths = [state.save_upload(file.name, file.getbuffer()) for file in files]
        state.start_reading(paths, f"Read {names}"[:120], options=how)
        st.rerun()


def _samples() -> None:
    for column, (file, (title, words)) in zip(st.columns(len(_SAMPLES)), _SAMPLES.items(), strict=True):
        with column:
            if st.button(title, key=f"sample:{file}", width="stretch"):
                state.start_sample(file)
                st.rerun()
            st.caption(words)


def _by_path() -> None:
    root = state.data_root()
    assert root is not None
    given = st.text_input("Path of a file or folder", placeholder=str(root / "data.jsonl"), key="path in")
    st.caption(f"Files below {plain(str(root))} can be opened; the data files of a folder become one dataset.")
    how = _reading_options()
    if st.button("Read", key="read path", disabled=not given.strip()):
        with frame.errors():
            state.start_reading([below(root, given.strip(), folders=True)], f"Read {Path(given).name}", options=how)
        st.rerun()


def below(root: Path, given: str, *, folders: bool = False) -> Path:
    """The file of that path where it lies below the root (links followed), or a UserError.

    `folders`: a folder of data files too, each of which lies below the root.
    """
    try:
        path = (root / Path(given).expanduser()).resolve()
    except (RuntimeError, OSError, ValueError) as error:  # ~nobody, a loop of links, a NUL
        raise UserError(f"{given!r} is no path that can be followed. Check it.") from error
    if not path.is_relative_to(root.resolve()):
        raise UserError(f"{given} does not lie below {root}. Only files below that folder can be opened.")
    if folders and path.is_dir():
        for file in files_below(path):
            if not file.resolve().is_relative_to(root.resolve()):
                raise UserError(
                    f"{file.name} in {given} leads out of {root}. Only files below that folder can be opened."
                )
    elif not path.is_file():
        raise UserError(f"There is no file {given}. Check the path.")
    return path
