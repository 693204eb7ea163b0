"""A large set as several files of so many rows or bytes, in one zip."""

import shlex
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.added import all_rows
from core.digest import digest
from core.errors import UserError
from core.memory import in_words
from core.proof import zip_shards
from core.selectors import Selection
from core.shards import KINDS, Sharding
from core.study import Study
from core.workspace import Entry

from . import chosen, commands, exporting_rows
from .exporting_rows import Form
from .words import count, plain

_PACKINGS = {"": "not packed", "gz": "gzip (.gz)", "zst": "Zstandard (.zst)"}


@dataclass(frozen=True)
class Sharded:
    """Which rows of a study go into the files, what is written beside them, and the command that does the same."""

    key: str  # names the rows and the proof
    rows: Callable[[], Selection]
    proof: Callable[[], dict[str, Any]] | None  # None: no manifest
    command: list[str]  # its last two words are --out and its file; empty where there is none


def draw(entry: Entry, study: Study, found: chosen.Chosen | None, asked: Form) -> None:
    """The shards of a selection, or of all rows where there is none."""
    options: dict[str, Any] = dict(asked.options)
    against = study.reference.key if study.reference else None
    what = Sharded(
        key=digest(study.key, against, study.name, found.job.id if found else None),
        rows=lambda: found.selection if found else all_rows(study),
        proof=(lambda: exporting_rows.proof_of(study, found, options)) if found else None,
        command=shlex.split(commands.command(entry, study, found.recipe, asked.file_name, options)) if found else [],
    )
    section(study, what, asked)


def section(study: Study, what: Sharded, asked: Form) -> None:
    """How large the files are, the button that writes them, the download, and the command."""
    if study.dataset is None:
        return
    with st.expander("Several files (shards)", icon=":material/splitscreen:"):
        if asked.kind not in KINDS:
            st.info("Shards hold rows: choose JSONL, CSV or Parquet above.", icon=":material/info:")
            return
        words, packing = _controls(asked.kind)
        how = Sharding.parse(words, packing)
        key = digest("shards", what.key, asked.kind, asked.file_name, asked.options, words, packing)
        if st.session_state.get("shards asked") == key:
            try:
                content, names = _written(key, study, what, asked, how)
            except UserError as error:
                st.error(plain(error, 400), icon=":material/error:")
                return
            st.download_button(
                f"Download {count(len(names), 'file')} ({in_words(len(content))})",
                data=content,
                file_name=f"{asked.name}_shards.zip",
                mime="application/zip",
                type="primary",
                on_click="ignore",
                key="download shards",
            )
            first_to_last = " to ".join(dict.fromkeys([names[0], names[-1]]))
            more = ", and their manifest, by which `gamut verify` checks them" if what.proof else ""
            st.caption(f"{plain(first_to_last)}{more}.")
            if what.command:
                packed = ["--pack", packing] if packing else []
                made = [*what.command[:-2], "--shards", words, *packed, *what.command[-2:]]
                st.code(shlex.join(made), language="bash", wrap_lines=True)
        else:
            st.button("Write the files", key="write shards", on_click=_ask, args=(key,))


def _ask(key: str) -> None:
    st.session_state["shards asked"] = key


def _controls(kind: str) -> tuple[str, str]:
    """How large a file is, as `--shards` says it, and how it is packed."""
    columns = st.columns(3)
    units = ["rows", "MB"] if kind == "jsonl" else ["rows"]
    unit = columns[1].selectbox(
        "Counted in", units, key=f"shard unit:{kind}", help="A size is that of JSON lines before they are packed."
    )
    most = columns[0].number_input(
        "A file has at most", 1, 100_000_000, 10_000 if unit == "rows" else 200, key=f"shard size:{unit}"
    )
    packings = list(_PACKINGS) if kind != "parquet" else [""]
    packing = columns[2].selectbox(
        "Packed",
        packings,
        format_func=lambda name: "inside already" if kind == "parquet" else _PACKINGS[name],
        key=f"shard packing:{kind}",
    )
    return f"{int(most)} {unit}", packing


@st.cache_resource(max_entries=2, show_spinner="Writing the files")
def _written(
    key: str,  # noqa: ARG001 - names the rest, which Streamlit does not hash
    _study: Study,
    _what: Sharded,
    _asked: Form,
    _how: Sharding,
) -> tuple[bytes, list[str]]:
    """The zip as it is downloaded, and the names of the shards in it."""
    proof = _what.proof() if _what.proof else None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shards.zip"
        options: dict[str, Any] = dict(_asked.options)
        names = zip_shards(path, _asked.file_name, _asked.kind, _study, _what.rows(), _how, proof, **options)
        return path.read_bytes(), names
