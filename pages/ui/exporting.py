"""Downloads: rows in several formats, ids, vectors, the manifest, and the command that does it all again."""

import shlex
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from core.added import all_rows
from core.cli.choices import choice_words
from core.digest import digest
from core.manifest import file_record, manifest
from core.recipe import dump_recipe
from core.selectors import SELECTORS
from core.study import Study
from core.value_table import KINDS
from core.workspace import Entry
from core.writing import ids_object, write_subset

from . import chosen, commands, exporting_subset, frame, saved, state, values
from .file_format import AT_ONCE, FORMATS, file_format
from .listing import listing
from .words import count, json_bytes, plain


def draw(entry: Entry, study: Study) -> None:
    """What to export, how, and the buttons."""
    found = chosen.current(study)
    subset = saved.choose(
        study,
        "What to export",
        "export",
        "the current selection" if found else "the whole dataset",
        "Or one of the saved subsets, which stand below the map.",
    )
    if subset is not None:
        exporting_subset.draw(entry, study, subset)
        return
    if found is None:
        st.info("No selection yet: this exports the whole dataset. Choose a subset on the Select page.")
        st.page_link("pages/5_Select.py", label="Choose a subset", icon=":material/arrow_forward:")
    selection = found.selection if found else all_rows(study)
    title = SELECTORS[selection.selector].title if found else "all rows"
    st.markdown(f"**{count(len(selection), 'row')}** of {plain(study.name)}: {title}.")
    kind, options = file_format(study, found)
    if len(values.ready(entry, study, options.get("add", []), found)) < len(options.get("add", [])):
        return  # it is being found, and the page is drawn anew then
    name = f"{Path(study.name).stem.split('.')[0]}_{selection.selector if found else 'all'}_{len(selection)}"
    file_name = f"{name}.{ {'ids': 'txt'}.get(kind, kind) }"
    if len(selection) > AT_ONCE and not st.toggle("Prepare the file", key=f"prepare:{study.key}"):
        return
    against = study.reference.key if study.reference else None
    with frame.errors():  # written before the button is there: what fails inside a download is seen by nobody
        content = _contents(
            digest(study.key, against, study.name, found.job.id if found else None, kind, options),
            study,
            found,
            kind,
            options,
        )
    st.download_button(
        f"Download {count(len(selection), 'row')} as {FORMATS[kind][0]}",
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
        st.download_button(
            "Download the recipe",
            data=dump_recipe(found.recipe),
            file_name=commands.recipe_name(file_name),
            mime="application/yaml",
            on_click="ignore",
            key="download recipe",
            help="How the rows were chosen, step by step, for `gamut select --recipe`: to be read, "
            "changed and used on other data.",
        )
        st.markdown("**The same subset from the command line**")
        _code(entry, study, commands.command(entry, study, found.recipe, file_name, options))
        if choice_words(found.recipe) is None:
            st.caption("It needs the recipe's file: no option says all of it.")
        if study.reference is not None and not commands.reference_is_said(entry, study, study.reference):
            st.caption("The reference has a set-up of its own, which no option says: use `gamut replay` instead.")
        if not study.embeddings.encoder_name:
            st.caption("It needs the file of your own vectors beside the data.")
        st.markdown("**And its check**")
        data = commands.file_words(study)
        words = ["gamut", "verify", f"{file_name}.manifest.json", "--data", *data, "--subset", file_name]
        words += commands.reading_words(entry) + ([] if study.embeddings.encoder_name else commands.vector_words(entry))
        st.code(shlex.join(words), language="bash", wrap_lines=True)
    elif options.get("add") and kind in KINDS:
        st.markdown("**The same file from the command line**")
        _code(entry, study, commands.command_for_all(entry, study, file_name, options))
    elif entry.scored and kind == "jsonl" and study.dataset is not None and len(study) == len(study.dataset):
        st.markdown("**The same file from the command line**")
        _code(entry, study)
    with st.expander("The rows"):
        shown = options.get("add", ["rank", "gain"] if found else [])
        listing(entry, study, selection.positions, "export rows", found, columns=shown, pick=False)


def _code(entry: Entry, study: Study, *command: str) -> None:
    """Commands for the user to copy: those that make files of scored rows stand before what is made of these."""
    other = state.workspace().get(study.reference.dataset.key) if study.reference and study.reference.dataset else None
    before = commands.scoring_commands(entry, other)
    st.code("\n".join([*before, *command]), language="bash", wrap_lines=True)
    if before and command:
        st.caption("`gamut score` writes the file of scored rows, from which the rest is made.")


def _proof(study: Study, found: chosen.Chosen, options: dict[str, Any]) -> dict[str, Any]:
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


@st.cache_resource(max_entries=4, show_spinner="Writing the file")
def _contents(
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
        ids = ids_object(_study, selection, _proof(_study, _found, _options) if _found else {}, **how)
        if _found is None:  # nothing was chosen, which a manifest would claim
            del ids["manifest"]
        return json_bytes(ids)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        write_subset(path, _kind, _study, selection, **how)
        return path.read_bytes()


def _manifest_bytes(
    study: Study, found: chosen.Chosen, kind: str, content: bytes, options: dict[str, Any], file_name: str
) -> Callable[[], bytes]:
    def make() -> bytes:
        proof = _proof(study, found, options)
        if kind != "json":
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "rows"
                path.write_bytes(content)
                proof["files"] = [file_record(path, kind, **options) | {"name": file_name}]
        return json_bytes(proof, indent=1)

    return make
