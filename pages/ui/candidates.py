"""What can be compared with the present dataset, and why something cannot."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

import streamlit as st

from core.errors import UserError
from core.jobs import Job
from core.pooling import apart
from core.references import Reference, reference_named
from core.selectors import SELECTORS
from core.study import Study
from core.workspace import Entry

from . import projects, saved, state
from .chosen import recipe_of

_SELECTIONS = 8  # of a dataset that are offered, the latest first


@dataclass(frozen=True)
class Candidate:
    """A set that can be compared with the others, or the reason why not."""

    asked: dict[str, Any]  # as the worker is told of it
    name: str
    rows: int
    reason: str = ""


def candidates(entry: Entry, study: Study, entries: Sequence[Entry]) -> dict[str, Candidate]:
    """The present dataset, the others of its project, and the latest selections and saved subsets of those that fit it.

    `entries` are all that are open.
    """
    found = {entry.dataset: Candidate({"dataset": entry.dataset, "setup": entry.key}, study.name, len(study))}
    homes = [entry]
    for other in projects.within(entries):
        if other.dataset == entry.dataset:
            continue
        rows, reason = other.rows, "it is not embedded yet."
        if other.embeddings:
            rows, reason = _beside((entry.key, other.key), study, other)
            homes += [] if reason else [other]
        found[other.dataset] = Candidate({"dataset": other.dataset, "setup": other.key}, other.name, rows, reason)
    jobs = [job for job in state.jobs().all() if job.what == "select" and job.state == "done" and "recipe" in job.args]
    for home in homes:
        own = (job for job in jobs if job.args.get("setup") == home.key)
        made = ((job.id, selection) for job in own if (selection := _selection(home, job)) is not None)
        found.update(islice(made, _SELECTIONS))
        found.update(_subsets(home))
    return found


@st.cache_data(max_entries=200, show_spinner=False)
def _beside(
    keys: tuple[str, str],  # noqa: ARG001 - names the rest, which Streamlit does not hash
    _study: Study,
    _other: Entry,
) -> tuple[int, str]:
    """The rows of another dataset, and why it may not be compared with this one."""
    try:
        other = state.study(_other)
        return len(other), apart([_study, other])
    except UserError as error:
        return _other.rows, str(error)


def _selection(entry: Entry, job: Job) -> Candidate | None:
    """What that job chose from the entry; None where it is no longer in the store, or its reference is not open."""
    word, reference = job.args.get("reference"), None
    if word:
        with suppress(UserError):  # the rows of a subset that nobody knows any more
            reference = reference_named(word, state.workspace())
        if reference is None or not reference.entry.embeddings:
            return None
    keys = (job.id, str(job.finished), entry.key, reference.key if reference else "")
    found = _chosen(keys, entry, reference, job)
    return found if found is not None and state.store().has("results", found.asked["selection"]) else None


def _subsets(entry: Entry) -> dict[str, Candidate]:
    """The saved subsets of a dataset, without the rows that its study leaves out."""
    study, found = state.study(entry), {}
    for subset in saved.of(study):
        asked = {"dataset": entry.dataset, "setup": entry.key, "subset": saved.asked(subset), "name": subset.name}
        found[f"subset:{subset.id}"] = Candidate(asked, subset.name, len(subset.within(study)))
    return found


@st.cache_data(max_entries=500, show_spinner=False)
def _chosen(
    keys: tuple[str, str, str, str],  # noqa: ARG001 - names the rest, which Streamlit does not hash
    _entry: Entry,
    _reference: Reference | None,
    _job: Job,
) -> Candidate | None:
    try:
        study = state.study(_entry, _reference)
    except UserError:  # its reference was embedded by another encoder since, so that this is not what it was made from
        return None
    key = study.recipe_key(recipe_of(_job.args))
    selection = study.selected(key)
    if selection is None:
        return None
    seed = f", seed {selection.seed}" if selection.seed else ""
    name = f"{len(selection):,} of {study.name} by {SELECTORS[selection.selector].title}{seed}"
    asked = {"dataset": _entry.dataset, "setup": _entry.key, "selection": key, "name": name}
    return Candidate(asked, name, len(selection))
