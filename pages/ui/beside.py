"""The selection beside the whole: histograms of shares, and metrics beside random draws of as many rows."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from core.figures import Numbers, beside_random, beside_whole
from core.metrics import METRICS, Score
from core.study import Study
from core.workspace import Entry

from . import colours, picked, state
from .chosen import METRICS_SHOWN
from .jobs import show_job
from .theme import plot, theme
from .words import count, plain

_QUICK = ("distsum_cosine", "radius")  # measured at once, of so few rows
_QUICK_ROWS = 4000
_SEEDS = (0, 1, 2, 3, 4)  # of the random draws
_KEPT = 20  # selections whose quick metrics a session holds


def draw(entry: Entry, study: Study, colour: colours.Colour) -> None:
    """What the selected rows are like beside all rows; nothing where there are too few, or all."""
    rows = picked.rows(study)
    if not 2 <= len(rows) < len(study):
        return
    st.subheader("The selection beside the whole", anchor=False)
    st.caption("Shares of the selected rows in colour, those of all rows in grey.")
    figures = st.columns(2, gap="medium")
    place = iter(figures)
    if study.texts is not None:
        lengths = Numbers(_lengths(study.key, study), "Characters of the text")
        with next(place):
            plot(beside_whole(lengths, rows, theme(), logarithmic=True), key="picked lengths")
    if colour is not None:
        with next(place):
            plot(beside_whole(colour, rows, theme()), key="picked colours")
    _metrics(entry, study, len(rows))


def _metrics(entry: Entry, study: Study, n: int) -> None:
    key = state.recall("p")
    assert key is not None
    args = {
        "dataset": entry.dataset,
        "setup": entry.key,
        "reference": study.reference_word,
        "picked": key,
        "metrics": METRICS_SHOWN,
        "random_seeds": list(_SEEDS),
    }
    job = state.job("measure_picked", args)
    names = METRICS_SHOWN if job is not None and job.state == "done" else _QUICK if n <= _QUICK_ROWS else ()
    if names:
        scores, random = _kept(study, names) if names is METRICS_SHOWN else _quick(study, key)
        if scores:
            titles = {name: metric.title for name, metric in METRICS.items()}
            lower = [name for name in names if METRICS[name].better == "lower"]
            plot(beside_random(scores, random, theme(), titles=titles, lower=lower), key="picked beside random")
            st.caption(
                f"Dots: the {count(n, 'selected row')}. Bands: {len(_SEEDS)} random draws of as many of all "
                f"{count(len(study), 'row')}, so that size alone does not tell."
            )
        for reason in (job.result or {}).get("refused", {}).values() if job and names is METRICS_SHOWN else ():
            st.caption(plain(reason, 300))
    if job is not None:
        show_job(job.id, place="picked")
    elif st.button(
        f"Measure {count(len(METRICS_SHOWN), 'metric')} of the selection and of random draws", key="measure picked"
    ):
        state.jobs().submit("measure_picked", f"Measure {n:,} rows of {entry.name}"[:120], **args)
        state.jobs().ensure_worker()
        st.rerun()


def _kept(study: Study, names: Sequence[str]) -> tuple[list[Score], list[list[Score]]]:
    """What the job measured of the selection, and of each draw."""
    rows = picked.rows(study)
    sets = [study.subset(rows, "the selection"), *(study.random_subset(len(rows), seed) for seed in _SEEDS)]
    scores, *random = [[score for name in names if (score := each.measured(name))] for each in sets]
    return scores, random


def _quick(study: Study, key: str) -> tuple[list[Score], list[list[Score]]]:
    """The quick metrics, measured here; kept by the session and not in the store, as selections come and go."""
    held: dict[str, tuple[list[Score], list[list[Score]]]] = st.session_state.setdefault("quick metrics", {})
    if key not in held:
        if len(held) >= _KEPT:
            held.clear()
        alone, rows = replace(study, store=None), picked.rows(study)
        alone.__dict__["space"] = study.space
        sets = [alone.subset(rows, "the selection"), *(alone.random_subset(len(rows), seed) for seed in _SEEDS)]
        scores, *random = [each.measure(_QUICK, intervals=False) for each in sets]
        held[key] = (scores, random)
    return held[key]


@st.cache_resource(max_entries=6, show_spinner=False)
def _lengths(key: str, _study: Study) -> np.ndarray:  # noqa: ARG001 - see pages/ui/colours.py
    return _study.lengths().astype(np.float64)
