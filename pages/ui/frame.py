"""The frame of every page: title, sidebar with dataset, reference, encoder, work and storage, plain error messages."""

import gc
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.errors import FragmentHandledException

from core.errors import UserError
from core.memory import in_words
from core.references import Reference, of_subset
from core.store import Usage
from core.study import Study
from core.workspace import Entry

from . import engine, jobs, login, projects, saved, state
from .words import count, plain

_PAGES = (
    ("app.py", "Gamut", "home"),
    ("pages/1_Data.py", "Data", "table_rows"),
    ("pages/2_Map.py", "Map", "scatter_plot"),
    ("pages/3_Measure.py", "Measure", "straighten"),
    ("pages/4_Compare.py", "Compare", "balance"),
    ("pages/5_Select.py", "Select", "checklist"),
    ("pages/6_Refine.py", "Refine", "autorenew"),
    ("pages/7_Export.py", "Export", "download"),
    ("pages/8_Help.py", "Help", "help"),
)
_STYLE = """
<style>
  .block-container {padding-top: 2.6rem; padding-bottom: 3rem; max-width: 84rem;}
  [data-testid="stMetricValue"] {font-variant-numeric: tabular-nums;}
  [data-testid="stSidebarContent"] hr {margin: .6rem 0;}
  [class*="st-key-cards"] [data-testid="stColumn"] {min-width: 9.5rem;}  /* on a phone, two beside each other */
  .katex-display {overflow-x: auto; overflow-y: hidden; padding: .2rem 0;}  /* a phone is narrower than some formulas */
  .st-key-steps a[data-testid="stPageLink-NavLink"] {padding-left: 0;}
  /* the browser's colours may change while a page is open, which its figures are told of at the next click alone */
  .js-plotly-plot :is(.gtitle, .legendtext) {fill: currentColor !important;}
  .js-plotly-plot :is(.xtick text, .ytick text, .cbaxis text, .xtitle, .ytitle, .cbtitle text, .annotation-text) {
    fill: color-mix(in srgb, currentColor 72%, transparent) !important;
  }
  .js-plotly-plot .gridlayer path {stroke: color-mix(in srgb, currentColor 14%, transparent) !important;}
</style>
"""


def open_page(title: str, question: str = "") -> Entry | None:
    """Draw the frame; returns the current dataset, or None while nothing is open."""
    st.set_page_config(
        page_title=f"{title} · Gamut", page_icon=str(Path(__file__).with_name("icon.png")), layout="wide"
    )
    st.html(_STYLE)
    st.session_state["arrived"] = st.session_state.get("page") != title  # not a rerun of the page one is on
    st.session_state["page"] = title
    state.restore()
    entries = state.workspace().entries()
    with st.sidebar:
        _navigation()
        here = projects.draw(entries)
        entry = _choose_dataset(here)
        if entry is not None and entry.embeddings:
            _choose_reference(entry, here)
        if entry is not None:
            _encoder_line(entry)
        st.divider()
        jobs.tray()
        engine.draw()
        _storage()
        login.whoami()
    st.title(title, anchor=False)
    if question:
        st.caption(question)
    return entry


def need_study(entry: Entry | None) -> tuple[Entry, Study]:
    """The study that the page is about; where there is none the page says what to do and ends here."""
    if entry is None:
        st.info("Nothing is open yet. Begin with the sample or a file of your own.", icon=":material/arrow_forward:")
        st.page_link("pages/1_Data.py", label="Open data", icon=":material/upload_file:")
        st.stop()
    if entry.embeddings is None:
        if (job := state.embedding_job(entry)) is not None and job.running:
            jobs.show_job(job.id)  # the page is drawn anew when it ends
            st.stop()
        st.info(
            f"**{plain(entry.name)}** is read but not embedded yet. Embedding places every row in the space in which "
            "all maps, metrics and selections are made.",
            icon=":material/arrow_forward:",
        )
        st.page_link("pages/1_Data.py", label=f"Embed {count(entry.rows, 'row')}", icon=":material/scatter_plot:")
        st.stop()
    with errors():
        return entry, state.study(entry, state.reference_of(entry))
    st.stop()
    raise AssertionError  # st.stop does not return


@contextmanager
def errors() -> Iterator[None]:
    """Show what the user can mend as a sentence; anything else is our fault, said and logged with its traceback."""
    try:
        yield
    except UserError as error:
        st.error(plain(error, 1500), icon=":material/error:")
        st.stop()


def guarded(draw: Callable[[], None]) -> None:
    """Run a page, once its reader is known where a login is asked for.

    A fault of ours is a sentence on the screen and a traceback in the server's log.
    """
    _set_libraries_aside()
    try:
        if login.passed():
            draw()
    except UserError as error:
        st.error(plain(error, 1500), icon=":material/error:")
    except FragmentHandledException:  # a fragment's fault, which Streamlit has shown and logged
        raise
    except Exception as error:  # noqa: BLE001 - shown and logged; Streamlit's own stop and rerun are no Exception
        traceback.print_exc()
        st.error(
            f"This is a fault of Gamut, not of your data: {plain(type(error).__name__)}. Nothing was lost; the "
            "server's log has the details.",
            icon=":material/bug_report:",
        )


@cache
def _set_libraries_aside() -> None:
    """Leave what was imported out of the search for garbage after every run of a page: a fifth of a second."""
    gc.freeze()


def _navigation() -> None:
    for target, label, icon in _PAGES:
        st.page_link(target, label=label, icon=f":material/{icon}:", width="stretch")
    st.divider()


def _choose_dataset(entries: list[Entry]) -> Entry | None:
    current = state.current(entries)
    if current is None:
        st.caption("No dataset is open here.")
        return None
    names = {entry.dataset: entry for entry in entries}
    keys = list(names)
    chosen = st.selectbox(
        "Dataset",
        keys,
        index=keys.index(current.dataset),
        format_func=lambda key: f"{names[key].name} ({names[key].rows:,})",
        key=f"pick:{current.dataset}:{len(keys)}",
    )
    if chosen != current.dataset:
        state.open_dataset(chosen)
        st.rerun()
    state.remember("d", chosen)
    return names[chosen]


def _choose_reference(entry: Entry, here: list[Entry]) -> None:
    """The datasets of the project and saved subsets as references, and the one that a link names, wherever it lies."""
    try:
        now = state.reference_of(entry)
    except UserError as error:
        now = None
        state.remember("ref", None)
        st.warning(plain(error, 300), icon=":material/search_off:")
    titles = _references(entry, here)
    if now is not None and now.word not in titles:
        titles[now.word] = _elsewhere(now)
    options = ["self", *titles]
    chosen = st.selectbox(
        "Reference",
        options,
        index=options.index(now.word) if now else 0,
        format_func=lambda word: titles.get(word, "the dataset itself"),
        key=f"reference:{entry.dataset}:{len(options)}:{now.word if now else ''}",
        help="The set whose density and coverage count. NovelSum's authors advise against a set as its own reference: "
        "its outliers then count as uninformative. A broader set that is open can be chosen, or a saved subset.",
    )
    wanted = None if chosen == "self" else chosen
    if wanted != (now.word if now else None):
        state.remember("ref", wanted)
        st.rerun()


def _elsewhere(reference: Reference) -> str:
    """The title of a reference outside the project, or of a subset that was deleted or changed."""
    if not reference.rows_key:
        return reference.name
    same = [each for each in saved.of_dataset(reference.entry.dataset) if each.rows_key == reference.rows_key]
    if same:
        return f"{saved.title(same[0])} of {reference.entry.name}"
    return f"{saved.alone(reference.name)}, no longer saved"


def _references(entry: Entry, here: list[Entry]) -> dict[str, str]:
    """What can be the reference of a dataset, by the word for it: first whole datasets, then saved subsets."""
    embedded = [other for other in here if other.embeddings]
    titles = {other.dataset: other.name for other in embedded if other.dataset != entry.dataset}
    for other in embedded:
        for subset in saved.of_dataset(other.dataset):
            elsewhere = "" if other.dataset == entry.dataset else f" of {other.name}"
            titles.setdefault(of_subset(other, subset).word, f"{saved.title(subset)}{elsewhere}")
    return titles


def _encoder_line(entry: Entry) -> None:
    if not entry.embeddings:
        st.caption("Not embedded yet")
    elif not state.encoder_of(entry):  # vectors of the user's own, which no template made
        st.caption(plain(entry.encoder_title))
    else:
        kind = {"both": "prompt and response"}.get(entry.template["kind"], entry.template["kind"])
        st.caption(f"{plain(entry.encoder_title)} · {plain(kind)}")


@st.fragment
def _storage() -> None:
    used = sum(usage.bytes for usage in _usage())
    st.caption(f"Storage used: {in_words(used)}", help=plain(str(state.store().home)))


@st.cache_data(ttl=30, show_spinner=False)
def _usage() -> list[Usage]:
    return state.store().usage()
