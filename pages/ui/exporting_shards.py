"""A large set as several files of so many rows or bytes, in one zip."""

import shlex
import tempfile
from pathlib import Path
from typing import Any

import streamlit as st

from core.added import all_rows
from core.digest import digest
from core.errors import UserError
from core.memory import in_words
from core.proof import zip_shards
from core.shards import KINDS, Sharding
from core.study import Study
from core.workspace import Entry

from . import chosen, commands, exporting_rows
from .exporting_rows import Form
from .words import count, plain

_PACKINGS = {"": "not packed", "gz": "gzip (.gz)", "zst": "Zstandard (.zst)"}


def draw(entry: Entry, study: Study, found: chosen.Chosen | None, asked: Form) -> None:
    """How large the files are, the button that writes them, the download, and the command."""
    if study.dataset is None:
        return
    with st.expander("Several files (shards)", icon=":material/splitscreen:"):
        if asked.kind not in KINDS:
            st.info("Shards hold rows: choose JSONL, CSV or Parquet above.", icon=":material/info:")
            return
        words, packing = _controls(asked.kind)
        how = Sharding.parse(words, packing)
        against = study.reference.key if study.reference else None
        job = found.job.id if found else None
        key = digest("shards", study.key, against, study.name, job, asked.kind, asked.options, words, packing)
        if st.session_state.get("shards asked") == key:
            try:
                content, names = _written(key, study, found, asked, how)
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
            more = ", and their manifest, by which `gamut verify` checks them" if found else ""
            st.caption(f"{plain(first_to_last)}{more}.")
            if found is not None:
                st.code(_command(entry, study, found, asked, words, packing), language="bash", wrap_lines=True)
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
    _found: chosen.Chosen | None,
    _asked: Form,
    _how: Sharding,
) -> tuple[bytes, list[str]]:
    """The zip as it is downloaded, and the names of the shards in it."""
    options: dict[str, Any] = dict(_asked.options)
    selection = _found.selection if _found else all_rows(_study)
    proof = exporting_rows.proof_of(_study, _found, options) if _found else None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shards.zip"
        names = zip_shards(path, _asked.file_name, _asked.kind, _study, selection, _how, proof, **options)
        return path.read_bytes(), names


def _command(entry: Entry, study: Study, found: chosen.Chosen, asked: Form, words: str, packing: str) -> str:
    """The command that writes the same files."""
    made = shlex.split(commands.command(entry, study, found.recipe, asked.file_name, asked.options))
    more = ["--shards", words] + (["--pack", packing] if packing else [])
    return shlex.join([*made[:-2], *more, *made[-2:]])  # the last two are --out and its file
