"""Downloads: rows in several formats, ids, vectors, the manifest, and the command that does it all again."""

import json
import shlex
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.cli.roles import quality_word, role_words
from core.digest import digest
from core.manifest import file_record, manifest
from core.opening import load_dataset
from core.selectors import SELECTORS, Selection
from core.shapes import Roles
from core.study import Study
from core.template import Template
from core.workspace import Entry
from core.writing import ids_object, write_subset

from . import chosen, frame, state
from .rows import row_table
from .words import count, plain

_FORMATS = {
    "jsonl": ("JSONL", "The rows as they came in; from a JSONL file byte for byte."),
    "csv": ("CSV", "A table; nested values are written as JSON."),
    "parquet": ("Parquet", "A table with types."),
    "json": ("ids (JSON)", "Ids, row numbers, gains and the manifest in one file."),
    "ids": ("ids (text)", "One id a line."),
    "npy": ("Vectors (.npy)", "The embeddings of the chosen rows."),
}

_AT_ONCE = 100_000  # rows above which the file is written only when it is asked for


def draw(entry: Entry, study: Study) -> None:
    """What to export, how, and the buttons."""
    found = chosen.current(study)
    if found is None:
        st.info("No selection yet: this exports the whole dataset. Choose a subset on the Select page.")
        st.page_link("pages/5_Select.py", label="Choose a subset", icon=":material/arrow_forward:")
    selection = found.selection if found else everything(study)
    title = SELECTORS[selection.selector].title if found else "all rows"
    st.markdown(f"**{count(len(selection), 'row')}** of {plain(study.name)}: {title}.")
    left, right = st.columns(2)
    with left:
        kind = st.radio(
            "Format",
            list(_FORMATS),
            format_func=lambda key: _FORMATS[key][0],
            captions=[words for _, words in _FORMATS.values()],
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
    name = f"{Path(study.name).stem.split('.')[0]}_{selection.selector if found else 'all'}_{len(selection)}"
    file_name = f"{name}.{ {'ids': 'txt'}.get(kind, kind) }"
    if len(selection) > _AT_ONCE and not st.toggle("Prepare the file", key=f"prepare:{study.key}"):
        return
    with frame.errors():  # written before the button is there: what fails inside a download is seen by nobody
        content = _contents(
            digest(study.key, study.name, found.job.id if found else None, kind, options), study, found, kind, options
        )
    st.download_button(
        f"Download {count(len(selection), 'row')} as {_FORMATS[kind][0]}",
        data=content,
        file_name=file_name,
        mime="application/octet-stream",
        type="primary",
        on_click="ignore",
        key="download",
    )
    if found:
        st.download_button(
            "Download the manifest",
            data=_manifest_bytes(study, found, kind, content, options, file_name),
            file_name=f"{file_name}.manifest.json",
            mime="application/json",
            on_click="ignore",
            key="download manifest",
            help="What was chosen, from what, how, with which versions and values; `gamut verify` checks a file by it.",
        )
        st.markdown("**The same subset from the command line**")
        st.code(command(entry, study, selection, found.job.args, file_name, options), language="bash", wrap_lines=True)
        if study.reference is not None and not _reference_is_said(entry, study, study.reference):
            st.caption("The reference has a set-up of its own, which no option says: use `gamut replay` instead.")
        if not study.embeddings.encoder_name:
            st.caption("It needs the file of your own vectors beside the data.")
        st.markdown("**And its check**")
        data = file_words(study)
        words = ["gamut", "verify", f"{file_name}.manifest.json", "--data", *data, "--subset", file_name]
        words += _reading_words(entry) + ([] if study.embeddings.encoder_name else _vector_words(entry))
        st.code(shlex.join(words), language="bash", wrap_lines=True)
    with st.expander("The first rows"):
        row_table(study, selection.positions[:50], key="export rows", pick=False)


def everything(study: Study) -> Selection:
    """All rows of a study, in their order."""
    rows = np.arange(len(study), dtype=np.int64)
    return Selection("random", rows, np.full(len(rows), np.nan), {}, 0, len(rows), len(rows), 0.0)


def command(
    entry: Entry, study: Study, selection: Selection, args: dict[str, Any], file_name: str, options: dict[str, Any]
) -> str:
    """The command that makes the same file again."""
    words = ["gamut", "select", *file_words(study)]
    words += ["--selector", selection.selector, "--budget", str(selection.budget), "--seed", str(selection.seed)]
    for name, value in args.get("params", {}).items():
        words += ["--param", f"{name}={value}"]
    if args.get("quality"):
        words += ["--quality", quality_word(*args["quality"])]
    if args.get("label"):
        words += ["--label", args["label"]]
    if selection.keep_copies:
        words += ["--keep-copies"]
    if options.get("order") == "original":
        words += ["--order", "original"]
    if options.get("escape_formulas"):
        words += ["--escape-formulas"]
    if study.reference is not None:
        words += ["--reference", *file_words(study.reference)]
    words += _reading_words(entry) + _role_words(entry)
    words += _text_words(entry, study)
    return shlex.join([*words, "--out", file_name])


def file_words(study: Study) -> list[str]:
    """The files that a dataset was read from, as a command names them; a zip's members are one file."""
    if study.dataset is None:
        return [study.name]
    names = [
        source.name.partition(": ")[0] if source.compression == "zip" else source.name
        for source in study.dataset.sources
    ]
    return [f"./{name}" if name.startswith("-") else name for name in dict.fromkeys(names)]


def _reading_words(entry: Entry) -> list[str]:
    read = next(
        (
            job
            for job in state.jobs().all()
            if job.what == "read" and job.state == "done" and (job.result or {}).get("dataset") == entry.dataset
        ),
        None,
    )
    words: list[str] = []
    for name, value in ((read.args.get("options") or {}) if read else {}).items():
        words += [f"--{name}", {True: "yes", False: "no", "\t": "tab"}.get(value, value)]
    return words


def _role_words(entry: Entry) -> list[str]:
    """The roles that are others than Gamut guesses, those that were taken away too."""
    return role_words(load_dataset(entry.dataset, state.store()).roles, Roles.from_json(entry.roles))


def _reference_is_said(entry: Entry, study: Study, reference: Study) -> bool:
    """Whether a command whose options are those of the study opens the reference as it was set up."""
    other = state.workspace().get(reference.dataset.key) if reference.dataset else None
    if other is None or not reference.embeddings.encoder_name:
        return False
    return (
        (reference.template or Template()) == (study.template or Template())
        and (other.encoder == "default" or bool(study.embeddings.encoder_name))
        and not _role_words(other)
        and _reading_words(other) == _reading_words(entry)
        and len(file_words(reference)) == 1
    )


def _vector_words(entry: Entry) -> list[str]:
    """The name of the user's own vectors, as the job that took them knows it."""
    for job in state.jobs().all():
        if job.what == "vectors" and (job.result or {}).get("embeddings") == entry.embeddings:
            source = str(job.args["source"])
            return ["--embeddings", source if source.startswith("column:") else Path(source).name]
    return []


def _text_words(entry: Entry, study: Study) -> list[str]:
    both = (study, study.reference or study)  # one option for the two; it changes nothing where no text is empty
    words = ["--leave-out-empty"] if any(each.leave_out_empty for each in both) else []
    if study.template:
        words += ["--template", study.template.as_words()]
    if not study.embeddings.encoder_name:
        words += _vector_words(entry)
    elif entry.encoder != "default":
        words += ["--encoder", entry.encoder]
    return words


def _proof(study: Study, found: chosen.Chosen) -> dict[str, Any]:
    quality = found.job.args.get("quality")
    return manifest(
        study,
        found.selection,
        quality=(quality[0], quality[1]) if quality else None,
        label=found.job.args.get("label"),
        scores=found.scores,
        random_scores=found.random,
    )


def _json(value: Any, indent: int | None = None) -> bytes:
    """JSON as bytes; a lone surrogate becomes the escape that JSON has for it."""
    return json.dumps(value, ensure_ascii=False, indent=indent).encode("utf-8", "backslashreplace")


@st.cache_resource(max_entries=4, show_spinner="Writing the file")
def _contents(
    key: str,  # noqa: ARG001 - names the rest, which Streamlit does not hash
    _study: Study,
    _found: chosen.Chosen | None,
    _kind: str,
    _options: dict[str, Any],
) -> bytes:
    """The file as it is downloaded."""
    selection = _found.selection if _found else everything(_study)
    if _kind == "json":
        ids = ids_object(_study, selection, _proof(_study, _found) if _found else {})
        if _found is None:  # nothing was chosen, which a manifest would claim
            del ids["manifest"]
        return _json(ids)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        write_subset(path, _kind, _study, selection, **_options)
        return path.read_bytes()


def _manifest_bytes(
    study: Study, found: chosen.Chosen, kind: str, content: bytes, options: dict[str, Any], file_name: str
) -> Callable[[], bytes]:
    def make() -> bytes:
        proof = _proof(study, found)
        if kind != "json":
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "rows"
                path.write_bytes(content)
                proof["files"] = [file_record(path, kind, **options) | {"name": file_name}]
        return _json(proof, indent=1)

    return make
