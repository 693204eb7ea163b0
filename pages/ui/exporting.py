"""Export: the proof of a selection in one file, rows in several formats, and what a training framework asks for."""

import streamlit as st

from core.added import all_rows
from core.digest import digest
from core.recipe import dump_recipe
from core.selectors import SELECTORS
from core.study import Study
from core.workspace import Entry

from . import (
    chosen,
    commands,
    exporting_against,
    exporting_commands,
    exporting_frameworks,
    exporting_hub,
    exporting_proof,
    exporting_rows,
    exporting_shards,
    exporting_subset,
    frame,
    saved,
    state,
)
from .exporting_rows import FORMATS, Form
from .jobs import show_job
from .listing import listing
from .words import count, plain

_AT_ONCE = 100_000  # rows above which the file is written only when it is asked for


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
    if found is None and _being_chosen(study):
        return
    if found is None:
        st.info("No selection yet: this exports the whole dataset. Choose a subset on the Select page.")
        st.page_link("pages/5_Select.py", label="Choose a subset", icon=":material/arrow_forward:")
    selection = found.selection if found else all_rows(study)
    title = SELECTORS[selection.selector].title if found else "all rows"
    st.markdown(f"**{count(len(selection), 'row')}** of {plain(study.name)}: {title}.")
    if found is not None:
        exporting_proof.restore(entry, found)
    asked = exporting_rows.form(study, found)
    if not exporting_rows.is_ready(entry, study, asked, found):
        return
    more: list[str] = []
    bundle = None
    if found is not None:
        against = exporting_against.draw(entry, study, found)
        more, bundle = exporting_proof.draw(entry, study, found, asked, against)
    if len(selection) > _AT_ONCE and not st.toggle("Prepare the file", key=f"prepare:{study.key}"):
        return
    with st.container(horizontal=True):
        _downloads(study, found, asked, len(selection))
    if found is not None:
        exporting_commands.of_selection(entry, study, found, asked, more)
    else:
        exporting_commands.of_all_rows(entry, study, asked)
    exporting_shards.draw(entry, study, found, asked)
    if found is not None and study.dataset is not None:
        exporting_hub.draw(asked, bundle)
    exporting_frameworks.draw(study, asked)
    with st.expander("The rows"):
        shown = asked.options.get("add", ["rank", "gain"] if found else [])
        listing(entry, study, selection.positions, "export rows", found, columns=shown, pick=False)


def _being_chosen(study: Study) -> bool:
    """Show the choice that is being made, such as one without rows that meet evaluation rows."""
    job_id = state.recall("s")
    job = state.jobs().find(job_id) if job_id else None
    if job is None or job.state == "done" or study.dataset is None or job.args.get("dataset") != study.dataset.key:
        return False
    show_job(job.id, st.rerun, place="export")
    return True


def _downloads(study: Study, found: chosen.Chosen | None, asked: Form, rows: int) -> None:
    """The rows as a file, and beside them the manifest and the recipe."""
    against = study.reference.key if study.reference else None
    with frame.errors():  # written before the button is there: what fails inside a download is seen by nobody
        content = exporting_rows.contents(
            digest(study.key, against, study.name, found.job.id if found else None, asked.kind, asked.options),
            study,
            found,
            asked.kind,
            asked.options,
        )
    st.download_button(
        f"Download {count(rows, 'row')} as {FORMATS[asked.kind][0]}",
        data=content,
        file_name=asked.file_name,
        mime="application/octet-stream",
        type="secondary" if found else "primary",
        on_click="ignore",
        key="download",
    )
    if found is None:
        return
    st.download_button(
        "Download the manifest",
        data=lambda: exporting_rows.manifest_bytes(study, found, asked, content),
        file_name=f"{asked.file_name}.manifest.json",
        mime="application/json",
        on_click="ignore",
        key="download manifest",
        help="What was chosen, from what, how, with which versions and values; `gamut verify` checks a file by it.",
    )
    st.download_button(
        "Download the recipe",
        data=dump_recipe(found.recipe),
        file_name=commands.recipe_name(asked.file_name),
        mime="application/yaml",
        on_click="ignore",
        key="download recipe",
        help="How the rows were chosen, step by step, for `gamut select --recipe`: to be read, "
        "changed and used on other data.",
    )
