"""What is kept of a refinement: its state as a file, branches, the proof by drawing again, and the command line."""

import shutil
from collections.abc import Callable

import streamlit as st

from core.errors import UserError
from core.refinement import Kept, Refinement, Shelf, check_study, read_refinement
from core.study import Study
from core.workspace import Entry

from . import commands, state
from .jobs import show_job
from .words import count, plain


def draw(shelf: Shelf, entry: Entry, study: Study | None, kept: Kept, found: Refinement) -> None:
    """State, branches, replay and commands; without a study that fits, what needs none."""
    with st.expander("State, branches and the command line", icon=":material/account_tree:"):
        left, right = st.columns(2, gap="large")
        with left:
            st.markdown("**State**")
            st.caption("Plan, clusters, rounds and feedback, for `gamut refine` and for this page on any machine.")
            st.download_button(
                "Download the state (JSON)",
                data=shelf.state(kept.id).read_bytes(),
                file_name="run.json",
                mime="application/json",
                on_click="ignore",
                icon=":material/download:",
                key="refine state",
            )
            if study is not None:
                _replay(entry, kept, found)
        with right:
            _branch(shelf, kept, found)
        if study is not None:
            st.markdown("**The same from the command line**")
            before = commands.scoring_commands(entry)
            refine = commands.refine_commands(entry, study, found.plan)
            st.code("\n".join([*before, refine]), language="bash", wrap_lines=True)
            if before:
                st.caption("`gamut score` writes the file of scored rows, from which the rest is made.")
            st.caption("Those for rows and feedback are repeated for every round, with the form filled in between.")
    if study is not None:
        open_one(shelf, entry, study)


def open_one(shelf: Shelf, entry: Entry, study: Study) -> None:
    """The uploader of a state that `gamut refine` or this page wrote."""
    turn = st.session_state.setdefault("states opened", 0)
    with st.expander("Open a state from a file", icon=":material/upload_file:"):
        st.caption("A `run.json` of `gamut refine`, or one that was downloaded here: it goes on where it stopped.")
        file = st.file_uploader("State (JSON)", ["json"], key=f"refine state:{turn}")
        if file is None:
            return
        path = state.save_upload(file.name, file.getvalue())
        try:
            found = read_refinement(path)
            check_study(study, found)
        except UserError as error:
            st.error(plain(str(error).replace(str(path), path.name), 600), icon=":material/error:")
            return
        finally:
            shutil.rmtree(path.parent)  # a folder of its own
        kept = shelf.add(found, entry.dataset, path.stem[:80] or "from a file")
        st.session_state["states opened"] = turn + 1
        state.remember("r", kept.id)
        st.rerun()


def _branch(shelf: Shelf, kept: Kept, found: Refinement) -> None:
    st.markdown("**Branch off**")
    st.caption("A refinement beside this one that goes back to a round before its feedback, to give it another.")
    numbers = [each.number for each in found.rounds]
    number_of = st.selectbox("Round", numbers, index=len(numbers) - 1, key=f"branch at:{kept.id}:{len(numbers)}")

    def go_off() -> None:
        twig = shelf.branch(kept.id, number_of, f"{kept.name}, off at round {number_of}"[:80])
        state.remember("r", twig.id)

    _button(f"Branch off at round {number_of}", "branch off", go_off)


def _replay(entry: Entry, kept: Kept, found: Refinement) -> None:
    args = {"refinement": kept.id, "dataset": entry.dataset, "setup": entry.key, "rounds": len(found.rounds)}
    told = found.last.feedback is not None
    job = state.job("refine_replay", args | {"told": told})
    if job is not None and show_job(job.id, place="replay") is not None and job.running:
        return
    if job is not None and job.state == "done":
        differs = (job.result or {}).get("differs", [])
        if differs:
            st.warning(plain(" ".join(differs), 600), icon=":material/rule:")
        else:
            st.success(f"Drawn again: {count(len(found.rounds), 'round')}, the same rows and weights.")
        return

    def again() -> None:
        title = f"Draw {count(len(found.rounds), 'round')} of {kept.name} again"
        state.jobs().submit("refine_replay", title[:120], **args, told=told)
        state.jobs().ensure_worker()

    words = "Draw all rounds again" if len(found.rounds) > 1 else "Draw the round again"
    _button(f"{words} and compare", "replay", again)


def forget(shelf: Shelf, kept: Kept) -> None:
    """The button that takes a refinement off the list, once it was said what that means."""
    with st.popover("Forget this refinement", icon=":material/delete:"):
        st.markdown("It is taken off the list with its state, for good. Download the state first to keep it.")

        def gone() -> None:
            shelf.forget(kept.id)
            state.remember("r", None)

        _button("Forget it", "forget", gone)


def _button(words: str, key: str, do: Callable[[], None]) -> None:
    if st.button(words, key=f"refine {key}"):
        do()
        st.rerun()
