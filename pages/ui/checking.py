"""How far metrics are to be trusted on the present dataset: how size moves them, and what planted changes do."""

from typing import Any

import pandas as pd
import streamlit as st

from core.errors import UserError
from core.figures import size_band
from core.kept import kept
from core.metrics import METRICS
from core.size_curve import default_sizes, size_curves
from core.study import Study
from core.trust import PAIRS, trust
from core.trust_card import CHECKS, TrustCard
from core.workspace import Entry

from . import state
from .jobs import show_job
from .theme import plot, theme
from .words import count, plain

_FIRST = ("novelsum", "vendi", "distsum_cosine", "knn_distance")
_SIGNS = {"pass": "✓ pass", "fail": "✗ fail", "cannot be told": "? cannot tell"}
_MUST = {
    "not rise": "must not rise",
    "fall": "must fall",
    "hardly move": "may move by 5 % at most",
    "not move": "must not move at all",
}


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
    args = _args(entry, study) | {"metrics": names}
    try:
        found = kept(size_curves, study, names)
    except UserError as error:
        st.error(plain(error, 600), icon=":material/error:")
        return
    if found is None:
        words = f"Measure {count(len(names), 'metric')} at {len(sizes)} sizes, {sizes[0]:,} to {sizes[-1]:,} rows"
        _offer("curves", words, f"Size curves of {entry.name}", args)
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


def card(entry: Entry, study: Study) -> None:
    """Whether each metric does on this data what a measure of diversity must."""
    try:
        found = kept(trust, study)
    except UserError as error:
        st.info(plain(error, 400), icon=":material/info:")
        return
    st.markdown(
        "A measure of diversity must fall when a part of the data goes missing, and must not rise when copies take "
        "its place. Such changes are planted in samples of this dataset, and each metric is read before and after."
    )
    if found is None:
        words = f"Check {count(len(study.measurable()), 'metric')} by {len(CHECKS)} planted changes"
        _offer("trust", words, f"Trust card of {entry.name}", _args(entry, study))
    else:
        _table(found)
    with st.expander("What each check does"):
        st.markdown(
            "\n".join(f"- **{check.title}.** {check.done} the value {_MUST[check.must]}." for check in CHECKS.values())
            + f"\n\nVerdicts rest on the mean change over {PAIRS} pairs of sets and its 99 % interval; *cannot tell* "
            "is where the interval allows both. A change below half a percent counts as none."
        )


def _table(found: TrustCard) -> None:
    rows = []
    for name in found.metrics:
        findings = found.of(name)
        verdicts = {
            check.title: _SIGNS[findings[key].verdict] if key in findings else "" for key, check in CHECKS.items()
        }
        failed = sum(each.verdict == "fail" for each in findings.values())
        rows.append({"Metric": METRICS[name].title, "Fails": failed, **verdicts})
    columns: dict[str, Any] = {
        check.title: st.column_config.TextColumn(help=f"{check.done} the value {_MUST[check.must]}.")
        for check in CHECKS.values()
    }
    columns["Metric"] = st.column_config.TextColumn(width=170, pinned=True)
    st.dataframe(pd.DataFrame(rows), hide_index=True, height="content", column_config=columns)
    reference = "the sampled rows themselves" if found.reference == "self" else plain(found.reference, 80)
    st.caption(
        f"{plain(found.dataset)}, {plain(found.encoder)}: {found.pairs} pairs of sets of n = {found.n:,} out of "
        f"{count(found.rows, 'row')}, reference: {reference}."
    )
    for reason in found.refused.values():
        st.warning(plain(reason, 400), icon=":material/rule:")
    metric = st.selectbox(
        "What was seen", found.metrics, format_func=lambda name: METRICS[name].title, key="trust metric"
    )
    if metric:
        findings = found.of(metric)
        lines = [f"- {_SIGNS[each.verdict]}: {plain(each.sentence, 400)}" for each in findings.values()]
        st.markdown("\n".join(lines))


def _args(entry: Entry, study: Study) -> dict[str, Any]:
    reference = study.reference.dataset.key if study.reference and study.reference.dataset else None
    return {"dataset": entry.dataset, "setup": entry.key, "reference": reference}


def _offer(what: str, words: str, title: str, args: dict[str, Any]) -> None:
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
