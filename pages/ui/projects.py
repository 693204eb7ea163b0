"""Projects in the sidebar: the one whose datasets are listed, and how one is made, changed and deleted.

Where there is none, all that is seen of them is a quiet button. The URL holds the project (`pr`).
"""

from collections.abc import Sequence

import streamlit as st

from core.digest import digest
from core.errors import UserError
from core.projects import Project, Projects
from core.subset_names import LONGEST
from core.workspace import Entry

from . import state, undoing
from .saved import alone
from .words import count, plain


def shelf() -> Projects:
    """The projects of the home folder."""
    return Projects(state.store())


def every() -> list[Project]:
    """All of them, the oldest first; none where they cannot be read, which the sidebar says."""
    try:
        return shelf().all()
    except UserError:
        return []


def current(known: Sequence[Project], entries: Sequence[Entry]) -> Project | None:
    """The project that the page is about: that of the URL, or one in which the dataset of the URL lies.

    None stands for the datasets that lie in no project.
    """
    found = next((project for project in known if project.id == state.recall("pr")), None)
    dataset = state.recall("d")
    if dataset is None or all(entry.dataset != dataset for entry in entries):  # none, or one that is closed
        return found
    homes = [project for project in known if dataset in project.datasets]
    return found if found in homes else homes[0] if homes else None


def within(entries: Sequence[Entry]) -> list[Entry]:
    """The open datasets of the current project, in their order."""
    known = every()
    return _of(current(known, entries), known, entries)


def draw(entries: Sequence[Entry]) -> list[Entry]:
    """The project's lines in the sidebar; returns its open datasets, in their order."""
    try:
        known, last = shelf().all(), shelf().last()
    except UserError as error:
        st.error(plain(error, 600), icon=":material/error:")
        return list(entries)
    wanted, now = state.recall("pr"), current(known, entries)
    if wanted and all(project.id != wanted for project in known):
        st.caption("The project of this link is not there any more.")
    state.remember("pr", now.id if now else None)
    if known:
        _choose(now, known, entries)
    with st.popover("Projects" if known else "New project", icon=":material/folder_open:", type="tertiary"):
        if now is None:
            _new(now, known, entries)
        else:
            change, new = st.tabs(["This project", "New project"])
            with change:
                _change(now, entries)
            with new:
                _new(now, known, entries)
        if any(last):
            with st.container(horizontal=True):
                undoing.buttons("project", last, shelf().undo, shelf().redo)
        undoing.refused("project")
    return _of(now, known, entries)


def go_to(project: str | None) -> None:
    """To another project, and there to its latest dataset."""
    state.remember("pr", project)
    state.open_dataset(None)


def _of(project: Project | None, known: Sequence[Project], entries: Sequence[Entry]) -> list[Entry]:
    taken = {dataset for each in known for dataset in each.datasets}
    return [
        entry for entry in entries if (entry.dataset in project.datasets if project else entry.dataset not in taken)
    ]


def _choose(now: Project | None, known: Sequence[Project], entries: Sequence[Entry]) -> None:
    names = {"": f"In no project ({len(_of(None, known, entries)):,})"}
    names |= {each.id: f"{alone(each.name)} ({len(_of(each, known, entries)):,})" for each in known}
    here = now.id if now else ""
    chosen = st.selectbox(
        "Project",
        list(names),
        index=list(names).index(here),
        format_func=names.__getitem__,
        key=f"project:{digest(here, list(names.items()))}",
        help="Which datasets are listed below and on the pages. A dataset may lie in several projects.",
    )
    if chosen != here:
        go_to(chosen or None)
        st.rerun()


def _new(now: Project | None, known: Sequence[Project], entries: Sequence[Entry]) -> None:
    st.caption(
        "A project is a name for some of your datasets, so that lists stay short. A dataset may lie in several, and "
        "what was made of it comes along."
    )
    turn = int(st.session_state.get("turn:project", 0))
    with st.form(f"new project:{turn}", border=False):
        name = st.text_input("Name of a new project", max_chars=LONGEST, key=f"new project name:{turn}")
        open_now = None if now else state.current(_of(None, known, entries))
        datasets = _datasets(entries, [open_now.dataset] if open_now else [], f"new project datasets:{turn}")
        if st.form_submit_button("Make the project", type="primary"):

            def make() -> None:
                made = shelf().new(name, datasets)
                st.session_state["turn:project"] = turn + 1
                if state.recall("d") in datasets:
                    state.remember("pr", made.id)
                else:
                    go_to(made.id)

            undoing.do("project", make)


def _change(now: Project, entries: Sequence[Entry]) -> None:
    begun: tuple[Project, int] | None = st.session_state.get("project begun")
    if begun is None or begun[0].id != now.id or st.session_state["arrived"]:
        turn = int(st.session_state.get("turn:change project", 0)) + 1
        st.session_state["turn:change project"] = turn
        begun = st.session_state["project begun"] = (now, turn)
    was, turn = begun  # as it was when the form began: only what was changed since is written
    keys = {entry.dataset for entry in entries}
    inside = [dataset for dataset in was.datasets if dataset in keys]
    with st.form(f"change project:{turn}", border=False):
        name = st.text_input("Name", was.name, max_chars=LONGEST, key=f"project name:{turn}")
        datasets = _datasets(entries, inside, f"project datasets:{turn}")
        if closed := sum(dataset not in keys for dataset in now.datasets):
            st.caption(f"{count(closed, 'more dataset')} of it closed: opened again, it is listed here.")
        if st.form_submit_button("Save changes"):
            add = [dataset for dataset in datasets if dataset not in inside]
            remove = [dataset for dataset in inside if dataset not in datasets]
            new = None if name == was.name else name
            undoing.do("project", lambda: shelf().change(now.id, name=new, add=add, remove=remove))
    if st.button(
        "Delete the project",
        key="delete project",
        icon=":material/delete:",
        help="Its datasets stay open, with all that was made of them. Undo brings the project back.",
    ):
        undoing.do("project", lambda: shelf().remove(now.id))


def _datasets(entries: Sequence[Entry], inside: Sequence[str], key: str) -> list[str]:
    names = {entry.dataset: f"{alone(entry.name)} ({entry.rows:,})" for entry in entries}
    return st.multiselect(
        "Datasets", list(names), default=inside, format_func=names.__getitem__, key=key, placeholder="None"
    )
