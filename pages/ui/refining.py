"""kMQ in rounds on the Refine page: the refinement in the URL, how far it is, and what comes next."""

import time
from typing import Any

import streamlit as st

from core.cli.refine_show import state_sentence
from core.errors import UserError
from core.jobs import Job
from core.refinement import Kept, Plan, Refinement, Shelf, check_study
from core.study import Study
from core.workspace import Entry

from . import (
    refining_feedback,
    refining_here,
    refining_keeping,
    refining_outcome,
    refining_plan,
    refining_rounds,
    refining_state,
    state,
)
from .jobs import show_job
from .words import count, plain

NEW = "new"
MODES = {"shrunk": "our steady rule", "literal": "eq. 6 as printed"}
_WAYS = {"feedback": "By your own trainer", "here": "Here"}
_WORK = ("refine_begin", "refine_feedback", "refine_run")


def draw(entry: Entry, study: Study) -> None:
    """The refinement that is looked at, or the controls that begin one."""
    shelf = Shelf(state.store())
    kept = _choose(shelf, entry)
    if kept is None:
        asked = state.recall("r")
        job = latest_job(entry, asked) if asked else None
        if job is not None and show_job(job.id) is not None and job.running:
            return
        refining_plan.draw(entry, study)
        refining_keeping.open_one(shelf, entry, study)
        return
    refining_keeping.forget(shelf, kept)  # before what can fail, so that a broken one can be left
    current = refining_state.current(shelf, kept)
    found = current.found
    st.markdown(f"**{state_sentence(found)}**")
    st.caption(_plan_sentence(found.plan, found))
    for note in found.notes:
        st.caption(f":material/info: {plain(note, 300)}")
    try:
        check_study(study, found)
    except UserError as error:
        st.warning(plain(error, 600), icon=":material/sync_problem:")
        refining_rounds.draw(None, found, current.told(None), kept.id)
        refining_keeping.draw(shelf, entry, None, kept, found)
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        refining_rounds.weights(found, kept.id)
    below = st.container()
    with right:
        _next(shelf, entry, study, kept, found, below)
    refining_rounds.draw(study, found, current.told(study), kept.id)
    refining_outcome.draw(entry, study, kept, current)
    refining_keeping.draw(shelf, entry, study, kept, found)


def _choose(shelf: Shelf, entry: Entry) -> Kept | None:
    """The refinement in the URL, else the latest of this dataset; None where a new one is to begin, or begins."""
    every = {kept.id: kept for kept in shelf.all(entry.dataset)}
    asked = state.recall("r")
    if asked not in (*every, NEW) and (asked is None or latest_job(entry, asked) is None):
        asked = next(iter(every), None)
    if every:
        options = [*every, NEW]
        index = options.index(asked) if asked in options else len(every)
        chosen = st.selectbox(
            "Refinement",
            options,
            index=index,
            format_func=lambda id: _title(every[id]) if id in every else "Begin another",
            key=f"refinement:{asked}:{len(options)}",
        )
        if chosen != options[index]:
            state.remember("r", chosen)
            st.rerun()
    state.remember("r", asked)
    return every.get(asked or "")


def _title(kept: Kept) -> str:
    return f"{kept.name}, begun {time.strftime('%d %b, %H:%M', time.localtime(kept.created))}"


def latest_job(entry: Entry, id: str) -> Job | None:
    """The last work that was asked for on the refinement of that id."""
    return next(
        (
            job
            for job in state.jobs().all()
            if job.what in _WORK and job.args.get("refinement") == id and job.args.get("dataset") == entry.dataset
        ),
        None,
    )


def _plan_sentence(plan: Plan, found: Refinement) -> str:
    """What was decided before the first round."""
    words = [count(found.clusters, "cluster"), f"weights move by {MODES[plan.mode]}"]
    if plan.quality:
        words.append(f"{'higher' if plan.quality[1] else 'lower'} {plain(plan.quality[0], 40)} is better")
    if plan.held_out:
        words.append(f"{100 * plan.held_out:.3g} % of every cluster held out")
    if found.parent:
        words.append(f"branched off at round {found.parent[1]}")
    return f"{', '.join([*words, f'seed {plan.seed}'])}."


def _next(shelf: Shelf, entry: Entry, study: Study, kept: Kept, found: Refinement, below: Any) -> None:
    """The next step: work that runs, the ways through a round, or the end."""
    job = latest_job(entry, kept.id)
    if job is not None and job.running:
        show_job(job.id)
        return
    if job is not None and job.state != "done" and _is_fresh(shelf, kept, job):
        show_job(job.id)
    way = "feedback"
    if not found.done and study.dataset is not None:
        chosen = st.segmented_control(
            f"Round {found.last.number} is trained",
            list(_WAYS),
            default="here" if job is not None and job.what == "refine_run" else "feedback",  # as the last time
            required=True,
            format_func=_WAYS.__getitem__,
            key=f"way:{kept.id}",
            help="Each round either way: they mix freely.",
        )
        way = chosen or way
    if way == "here":
        refining_here.draw(entry, study, kept, found)
    else:
        refining_feedback.draw(shelf, entry, study, kept, found, job=job, below=below)


def _is_fresh(shelf: Shelf, kept: Kept, job: Job) -> bool:
    """Whether nothing has changed the refinement since that job ended."""
    return (job.finished or 0) >= shelf.state(kept.id).stat().st_mtime
