"""Long work on the page: progress where it was asked for, a tray on every page, cancel and retry."""

import time
from collections.abc import Callable

import streamlit as st

from core.jobs import Job

from . import engine, state
from .words import duration, plain

_SHOWN_FOR = 600  # seconds that a finished job stays in the tray


def progress_of(job: Job) -> str:
    """One line on how far a job is."""
    if job.state == "queued":
        return f"Waiting for the work before it{engine.of(job)}"
    left = job.seconds * (1 - job.share) / job.share if job.share > 0.02 and "left" not in job.message else 0
    return plain(job.message or "Starting") + (f", about {duration(left)} left" if left > 1 else "") + engine.of(job)


def show_job(job_id: str, done: Callable[[], None] | None = None, place: str = "") -> Job | None:
    """The progress of a job at this place of the page, with cancel and retry; the page reruns when it ends.

    Returns the job as it stood when the page was drawn, or None where there is none. A job that a page shows at several
    places needs a name for each `place`.
    """
    job = state.jobs().find(job_id)
    if job is None:
        return None
    if job.running:
        _watch(job_id, place)
    elif job.state == "failed":
        words = f"{plain(job.error, 600)}{engine.instead(job)}"
        st.error(f"**{plain(job.title)}** did not finish. {words}", icon=":material/error:")
        _retry(job, "Try again", place)
    elif job.state == "cancelled":
        reached = plain(job.kept.partition(", about")[0]) or "before it began"
        st.warning(
            f"**{plain(job.title)}** was cancelled ({reached}). What was finished is kept.",
            icon=":material/pause_circle:",
        )
        _retry(job, "Resume", place)
    elif done:
        done()
    return job


@st.fragment(run_every=1.0)
def _watch(job_id: str, place: str) -> None:
    job = state.jobs().find(job_id)
    if job is None or not job.running:
        st.rerun(scope="app")
    with st.container(border=True, horizontal=True, vertical_alignment="center"):  # where it is narrow, Cancel is whole
        st.progress(min(1.0, job.share), text=f"**{plain(job.title)}**: {progress_of(job)}")
        st.button("Cancel", key=f"cancel:{place}:{job_id}", on_click=state.jobs().cancel, args=(job_id,))


def _retry(job: Job, label: str, place: str) -> None:
    # a callback runs before anything is drawn: a page that is reloaded at once does not lose the click
    st.button(label, key=f"again:{place}:{job.id}", type="primary", on_click=state.jobs().again, args=(job.id,))


def tray() -> None:
    """The jobs that run, wait, or have just ended; drawn in the sidebar of every page."""
    state.jobs().ensure_worker()
    recent = [job for job in state.jobs().all() if job.running or time.time() - (job.finished or 0) < _SHOWN_FOR]
    with st.container(key="tray"):
        if any(job.running for job in recent):
            _live_tray()
        else:
            _rows(recent[:4])


@st.fragment(run_every=2.0)
def _live_tray() -> None:
    state.jobs().ensure_worker()
    now = [job for job in state.jobs().all() if job.running or time.time() - (job.finished or 0) < _SHOWN_FOR]
    if not any(job.running for job in now):
        st.rerun(scope="app")
    _rows(now[:5])


def _rows(jobs: list[Job]) -> None:
    if not jobs:
        return
    st.caption("Work")
    icons = {"done": "check", "failed": "error", "cancelled": "pause_circle", "queued": "schedule", "running": "sync"}
    for job in jobs:
        if job.state == "running":
            st.progress(min(1.0, job.share), text=f"{plain(job.title, 40)}")
            st.caption(progress_of(job))
            _cancel(job)
        else:
            words = f": {plain(job.error, 160)}" if job.state == "failed" else ""
            help_ = plain(job.shared, 600) or None
            st.caption(f":material/{icons[job.state]}: {plain(job.title, 44)}{words}", help=help_)
            if job.running:
                _cancel(job)


def _cancel(job: Job) -> None:
    st.button(
        "Cancel",
        key=f"tray cancel:{job.id}",
        type="tertiary",
        help=plain(job.title),
        on_click=state.jobs().cancel,
        args=(job.id,),
    )
