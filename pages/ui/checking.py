"""How size moves metrics on the present dataset, and the start of work of one button."""

from typing import Any

import streamlit as st

from core.errors import UserError
from core.figures import size_band
from core.kept import kept
from core.metrics import METRICS
from core.size_curve import default_sizes, size_curves
from core.study import Study
from core.workspace import Entry

from . import state
from .jobs import show_job
from .theme import plot, theme
from .words import count, plain

_FIRST = ("novelsum", "vendi", "distsum_cosine", "knn_distance")


def curves(entry: Entry, study: Study) -> None:
    """Chosen metrics on subsamples of growing size."""
    every = study.measurable()
    names = st.multiselect(
        "Metrics by size",
        every,
        default=[name for name in _FIRST if name in every],
        format_func=lambda name: METRICS[name].title,
        key="curve metrics",
    )
    sizes = default_sizes(len(study))
    if not names:
        st.info("Choose a metric or more.", icon=":material/arrow_upward:")
        return
    if len(sizes) < 2:
        st.info(f"{plain(study.name)} has {count(len(study), 'row')}: a curve needs at least 40.")
        return
    args = args_of(entry, study) | {"metrics": names}
    try:
        found = kept(size_curves, study, names)
    except UserError as error:
        st.error(plain(error, 600), icon=":material/error:")
        return
    if found is None:
        words = f"Measure {count(len(names), 'metric')} at {len(sizes)} sizes, {sizes[0]:,} to {sizes[-1]:,} rows"
        offer("curves", words, f"Size curves of {entry.name}", args)
        return
    for start in range(0, len(found), 2):
        for column, curve in zip(st.columns(2), found[start : start + 2], strict=False):
            with column:
                title = METRICS[curve.metric].title
                if curve.sizes:
                    figure = size_band(curve.sizes, curve.values, curve.low, curve.high, theme(), title)
                    plot(figure, key=f"curve:{curve.metric}")
                if curve.reason:
                    st.caption(f"{title}: {plain(curve.reason, 300)}")
    reference = plain(study.reference.name) if study.reference else "the whole dataset"
    st.caption(
        f"Means over {found[0].repeats} seeded subsamples of {plain(study.name)}; the band holds 95 % of single "
        f"samples of that size. Reference: {reference}. Where a line still rises at its end, "
        "values of sets of different size must not be laid side by side."
    )


def args_of(entry: Entry, study: Study) -> dict[str, Any]:
    reference = study.reference_word
    return {"dataset": entry.dataset, "setup": entry.key, "reference": reference}


def offer(what: str, words: str, title: str, args: dict[str, Any]) -> None:
    """The button that starts that work, or how far it is."""
    job = state.job(what, args)
    if job is not None:
        show_job(job.id)
        if job.running:
            return
    if (job is None or job.state == "done") and st.button(words, type="primary", key=f"start {what}"):
        state.jobs().submit(what, title[:120], **args)
        state.jobs().ensure_worker()
        st.rerun()
