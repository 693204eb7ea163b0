"""The bundle: made as a job that survives a reload, then downloaded."""

from pathlib import Path
from typing import Any

import streamlit as st

from core import __version__
from core.digest import digest
from core.errors import UserError
from core.memory import in_words
from core.proof import MAPS, MEASURED
from core.study import Study
from core.work_proof import bundle_path
from core.workspace import Entry

from . import chosen, state
from .exporting_against import Against
from .exporting_rows import Form
from .jobs import show_job
from .words import count, plain

_MAP_WORDS = {"pca": "PCA, at once", "umap": "UMAP, as on the Map page"}


def draw(
    entry: Entry, study: Study, found: chosen.Chosen, asked: Form, against: Against
) -> tuple[list[str], tuple[str, Path] | None]:
    """The button, the work, and the download.

    Returns the options that make the same bundle on the command line, and the bundle where it is made: its key in the
    store, and its file.
    """
    made: tuple[str, Path] | None = None
    with st.container(border=True):
        st.markdown("**The proof**")
        st.caption(
            "One zip with the rows, their ids, the recipe, the manifest, the metrics beside random subsets, what was "
            "held against evaluation files, and a report to read in any browser, without any network. `gamut verify` "
            "and `gamut replay` check it. The same choice gives the same bytes."
        )
        usual = MAPS.index("umap" if study.projected("umap") is not None else "pca")
        made_by = st.selectbox(
            "Map of the report", MAPS, index=usual, format_func=_MAP_WORDS.get, key="map of the report"
        )
        args = _args(entry, study, found, asked, against, made_by)
        job = state.job("bundle", args)
        ready = False
        if job is not None and job.state == "done":
            try:
                made = job.result["key"], _download(job.result, asked, len(found.selection))
                ready = True
            except UserError as error:
                st.info(plain(error, 300), icon=":material/sync:")
        elif job is not None:
            show_job(job.id, st.rerun, place="bundle")
            ready = job.running or job.state in ("failed", "cancelled")
        if not ready:
            st.button("Make the proof", type="primary", key="make proof", on_click=_make, args=(entry.name, args))
    return ["--bundle", f"{asked.name}.zip", "--map", made_by, *against.words()], made


def restore(entry: Entry, found: chosen.Chosen) -> None:
    """Set what was set for the latest bundle of this choice, where this session has set nothing yet: after a reload."""
    if "format" in st.session_state:
        return
    recipe = found.recipe.as_json()
    for job in state.jobs().all():
        if job.what == "bundle" and job.args["dataset"] == entry.dataset and job.args["recipe"] == recipe:
            options = job.args["options"]
            st.session_state["format"] = job.args["kind"]
            st.session_state["order"] = options.get("order", "chosen")
            st.session_state["escape"] = options.get("escape_formulas", False)
            st.session_state["add columns"] = options.get("add", [])
            st.session_state["map of the report"] = job.args["map"]
            return


def _make(name: str, args: dict[str, Any]) -> None:
    """Queue the work; a callback, so that a page that is drawn anew at once does not lose the click."""
    state.jobs().submit("bundle", f"Proof of a choice from {name}"[:120], **args)
    state.jobs().ensure_worker()


def _args(
    entry: Entry, study: Study, found: chosen.Chosen, asked: Form, against: Against, made_by: str
) -> dict[str, Any]:
    what = {
        "dataset": entry.dataset,
        "setup": entry.key,
        "reference": study.reference_word,
        "recipe": found.recipe.as_json(),
        "kind": asked.kind,
        "options": asked.options,
        "map": made_by,
        "evaluations": [each.dataset for each in against.entries],
        "evaluation_setups": [each.key for each in against.entries],
        "how": against.how.as_json() if against.entries else None,
    }
    # the reference's own name and set-up are told in a bundle too
    reference = study.reference.key if study.reference else None
    return what | {"key": digest("bundle", __version__, what, found.key, reference, list(MEASURED))}


def _download(result: dict[str, Any], asked: Form, rows: int) -> Path:
    path = bundle_path(state.store(), result)
    st.download_button(
        f"Download the proof of {count(rows, 'row')}",
        data=path.read_bytes,
        file_name=f"{asked.name}.zip",
        mime="application/zip",
        type="primary",
        on_click="ignore",
        key="download proof",
    )
    st.caption(f"{in_words(path.stat().st_size)}, SHA-256 `{result['sha256']}`: note it down beside your model.")
    return path
