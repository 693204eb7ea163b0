"""What can be taken away of an entropy selection: its rows, all rows with their values, and the command line."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.daar import Daar
from core.lm import Training
from core.study import Study
from core.workspace import Entry
from core.writing import write_rows

from . import commands
from .words import count, json_bytes

_FORMATS = {"jsonl": "JSONL", "csv": "CSV", "parquet": "Parquet", "ids": "ids"}


def draw(entry: Entry, study: Study, found: Daar, training: tuple[Training, int] | None, key: str) -> None:
    """The downloads and the command; vectors alone have no rows, and the manifest numbers those that were chosen."""
    st.subheader("Take away", anchor=False)
    if study.dataset is not None:
        left, middle, right = st.columns([1, 2, 2], vertical_alignment="bottom")
        kind = left.selectbox("As", list(_FORMATS), format_func=_FORMATS.__getitem__, key=f"daar format:{key}")
        ending = "txt" if kind == "ids" else kind
        _download(middle, f"Download {count(len(found.chosen), 'row')}", _rows(study, found, kind), f"daar.{ending}")
        if kind != "ids":
            words = "All rows, with domain and entropy"
            _download(right, words, _scored(study, found, kind), f"daar_scored.{ending}")
    st.download_button(
        "The manifest, by which this can be done again",
        lambda: json_bytes(found.as_json(study)),
        file_name="daar.json",
        mime="application/json",
        on_click="ignore",
        key=f"daar json:{key}",
        icon=":material/download:",
    )
    st.markdown("**The same from the command line**")
    command = commands.daar_command(entry, study, found.plan, training)
    st.code("\n".join([*commands.scoring_commands(entry), command]), language="bash", wrap_lines=True)
    if found.plan.source == "examples":
        st.caption("It needs the file of your examples.")


def _rows(study: Study, found: Daar, kind: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        assert study.dataset is not None
        write_rows(path, kind, study.dataset, study.positions[found.chosen])

    return write


def _scored(study: Study, found: Daar, kind: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        assert study.dataset is not None
        write_rows(path, kind, study.dataset, np.arange(len(study.dataset)), extra=found.columns(study))

    return write


def _download(place: Any, words: str, write: Callable[[Path], None], name: str) -> None:
    def content() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows"
            write(path)
            return path.read_bytes()

    place.download_button(
        words,
        data=content,
        file_name=name,
        mime="application/octet-stream",
        on_click="ignore",
        icon=":material/download:",
        key=f"daar file:{name}",
        width="stretch",
    )
