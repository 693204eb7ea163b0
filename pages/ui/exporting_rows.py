"""What of the rows is exported and how: format, order, added columns, and the file as it is downloaded."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from core.added import WITH_COLUMNS, all_rows
from core.manifest import file_record, manifest
from core.row_values import ROW_VALUES
from core.study import Study
from core.workspace import Entry
from core.writing import ids_object, write_subset

from . import chosen, state, values
from .words import json_bytes

FORMATS = {
    "jsonl": ("JSONL", "The rows as they came in; from a JSONL file byte for byte."),
    "csv": ("CSV", "A table; nested values are written as JSON."),
    "parquet": ("Parquet", "A table with types."),
    "json": ("ids (JSON)", "Ids, row numbers, gains and the manifest in one file."),
    "ids": ("ids (text)", "One id a line."),
    "npy": ("Vectors (.npy)", "The embeddings of the chosen rows."),
}


@dataclass(frozen=True)
class Form:
    """What was set: the format, the options of the export, and what the file is called."""

    kind: str
    options: dict[str, Any]
    file_name: str

    @property
    def name(self) -> str:
        """The same without its ending."""
        return self.file_name.rpartition(".")[0]


def form(study: Study, found: chosen.Chosen | None) -> Form:
    """The controls."""
    left, right = st.columns(2)
    with left:
        kind = st.radio(
            "Format",
            list(FORMATS),
            format_func=lambda key: FORMATS[key][0],
            captions=[words for _, words in FORMATS.values()],
            key="format",
        )
    with right:
        order = st.radio("Order", ["chosen", "original"], key="order", captions=["first pick first", "as in the file"])
        options: dict[str, Any] = {"order": order} if kind != "json" else {}
        if kind == "csv":
            options["escape_formulas"] = st.checkbox(
                "Escape cells that a spreadsheet would run as formulas",
                key="escape",
                help="A cell that begins with = + - @ gets an apostrophe before it. Off, cells come out as they "
                "came in, which a training script wants; on, the file is safe to open in a spreadsheet.",
            )
        if kind in WITH_COLUMNS:
            add = _columns(study, found)
            options |= {"add": add} if add else {}
    selection = found.selection if found else all_rows(study)
    name = f"{Path(study.name).stem.split('.')[0]}_{selection.selector if found else 'all'}_{len(selection)}"
    return Form(kind, options, f"{name}.{ {'ids': 'txt'}.get(kind, kind) }")


def is_ready(entry: Entry, study: Study, asked: Form, found: chosen.Chosen | None) -> bool:
    """Whether the added values are known; where not, they are being found, and the page is drawn anew then."""
    add = asked.options.get("add", [])
    return len(values.ready(entry, study, add, found)) == len(add)


def _columns(study: Study, found: chosen.Chosen | None) -> list[str]:
    """The values per row that are written as further columns."""
    names = [name for name in values.names(study, found) if name != "covered"]  # 0 for every row that is written
    return st.multiselect(
        "Add columns",
        names,
        format_func=lambda name: ROW_VALUES[name].head,
        key="add columns",
        placeholder="Values of each row",
        help="Written as further columns, gamut_novelty and so on, behind the row's own. Each is the value that the "
        "row has in the whole dataset; the manifest holds them too.\n" + values.explained(names),
    )


@st.cache_resource(max_entries=4, show_spinner="Writing the file")
def contents(
    key: str,  # noqa: ARG001 - names the rest, which Streamlit does not hash
    _study: Study,
    _found: chosen.Chosen | None,
    _kind: str,
    _options: dict[str, Any],
) -> bytes:
    """The file as it is downloaded."""
    selection = _found.selection if _found else all_rows(_study)
    how = _options if _found else _options | {"whole": True}
    if _kind == "json":
        ids = ids_object(_study, selection, proof_of(_study, _found, _options) if _found else {}, **how)
        if _found is None:  # nothing was chosen, which a manifest would claim
            del ids["manifest"]
        return json_bytes(ids)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        write_subset(path, _kind, _study, selection, **how)
        return path.read_bytes()


def manifest_bytes(study: Study, found: chosen.Chosen, asked: Form, content: bytes) -> bytes:
    """The manifest of the file with that content."""
    proof = proof_of(study, found, asked.options)
    if asked.kind != "json":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows"
            path.write_bytes(content)
            proof["files"] = [file_record(path, asked.kind, **asked.options) | {"name": asked.file_name}]
    return json_bytes(proof, indent=1)


def proof_of(study: Study, found: chosen.Chosen, options: dict[str, Any]) -> dict[str, Any]:
    """The manifest of a choice, without the files that are written."""
    proof = manifest(
        study,
        found.selection,
        found.recipe,
        scores=found.scores,
        random_scores=found.random,
        add=options.get("add", []),
    )
    entry = state.workspace().get(study.dataset.key) if study.dataset else None
    return proof | ({"scored": entry.scored} if entry and entry.scored else {})
