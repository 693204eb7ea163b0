"""Work that is asked for on a tab of the Select page: its job in the URL, how far it is, what came of it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
import streamlit as st

from core.errors import UserError
from core.jobs import Job
from core.selectors import Missing
from core.study import Study
from core.workspace import Entry

from . import state
from .jobs import show_job
from .words import count, plain

Found = TypeVar("Found")


def latest(what: str, name: str, entry: Entry, study: Study) -> Job | None:
    """The job in the URL where it is about this study, else the latest one of its kind that is."""
    wanted = state.recall(name)
    about = [
        job
        for job in state.jobs().all()
        if job.what == what
        and job.args.get("dataset") == entry.dataset
        and job.args.get("reference") == study.reference_word
    ]
    return next((job for job in about if job.id == wanted), about[0] if about else None)


def tab_of_url() -> str:
    """The tab of the Select page on which the latest of the jobs in the URL was asked for."""
    tabs = {"s": "Choose", "b": "Bench", "f": "Frontier"}
    asked = {name: state.jobs().find(key) for name in tabs if (key := state.recall(name))}
    known = {name: job.created for name, job in asked.items() if job is not None}
    return tabs[max(known, key=lambda name: known[name])] if known else "Choose"


def submit(what: str, name: str, title: str, args: Mapping[str, Any]) -> None:
    """Queue that work and put it into the URL."""
    job = state.jobs().submit(what, title[:120], **args)
    state.jobs().ensure_worker()
    state.remember(name, job.id)
    st.rerun()


def answer(
    job: Job | None,
    controls: Callable[[], None],
    find: Callable[[Mapping[str, Any]], Found | None],
    otherwise: str,
    *,
    early: bool = False,
) -> Found | None:
    """Draw the controls, and below them how far the job is; what came of it, once it is done.

    Args:
        find: what work with these arguments made, None where the data is set up otherwise now, as `otherwise` says.
        early: whether a job that is not done may have made something that is shown already.
    """
    try:
        controls()
        found = find(job.args) if job is not None and job.state == "done" else None
    except UserError as error:
        st.error(plain(error, 600), icon=":material/error:")
        return None
    if early and job is not None and job.state != "done":
        with suppress(UserError):  # the job says it
            found = find(job.args)
    if job is not None and job.state != "done":
        show_job(job.id)
    elif job is not None and found is None:
        st.info(otherwise, icon=":material/sync:")
    return found


def missing_policy(study: Study, column: str, usual: str | None, key: str) -> Missing:
    """What becomes of rows without a score, asked where there are such rows."""
    missing = int(np.isnan(study.scores(column, True)).sum())
    if not missing:
        return "refuse"
    policies: dict[Missing, str] = {
        "leave out": "are left out",
        "lowest": "count as the lowest",
        "mean": "count as the mean",
    }
    names = list(policies)
    return st.selectbox(
        f"{count(missing, 'row')} without a score",
        names,
        index=names.index(usual) if usual in names else 0,
        format_func=lambda name: policies[name],
        key=key,
    )
