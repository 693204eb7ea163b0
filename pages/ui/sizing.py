"""Size curves of all compared sets: one metric of every set at the same rising numbers of rows, in one figure."""

from typing import Any

import streamlit as st

from core.comparison_tables import as_csv, curve_rows
from core.equal_curves import EqualCurves, curves_at_equal_size, equal_sizes
from core.errors import UserError
from core.figures import set_curves
from core.kept import kept
from core.metrics import METRICS

from . import state
from .compared import Found, studies_of
from .jobs import show_job
from .theme import plot, theme
from .words import count, duration, plain

_SAME = ("sets", "reference", "metrics", "size", "params")  # what the curves have in common with their comparison
_HOW = ("metrics", "size", "params")


def draw(found: Found) -> None:
    """The curves once they are made, and the button that has them made."""
    size = found.comparison.size
    sizes = equal_sizes(size)
    if len(sizes) < 2:
        st.info(f"The sets are compared at {count(size, 'row')}: curves of all need at least 40.")
        return
    studies, reference = studies_of(found.job)
    how = {name: found.job.args[name] for name in _HOW}
    try:
        curves = kept(curves_at_equal_size, studies, reference=reference, **how)
    except UserError as error:
        st.error(plain(error, 600), icon=":material/error:")
        return
    if curves is None:
        _ask(found, sizes)
        return
    _figure(curves, found.job.id)


def _ask(found: Found, sizes: list[int]) -> None:
    args: dict[str, Any] = {name: found.job.args.get(name) for name in _SAME}
    job = state.job("set_curves", args)
    if job is not None:
        show_job(job.id)
        if job.state != "done":
            return
    smaller = sizes[:-1]
    seconds = found.comparison.seconds * sum(smaller) / sizes[-1]
    st.caption(
        f"The comparison above again at {' and '.join(f'{size:,}' for size in smaller)} rows of each set: whether the "
        "sets stand to each other at other sizes as they do here. Up to about "
        f"{duration(seconds)} by the pace of the comparison above."
    )
    words = f"Measure {count(len(found.comparison.names), 'set')} at {count(len(smaller), 'smaller size')}"
    if st.button(words, type="primary", key="set curves"):
        names = ", ".join(found.comparison.names)
        state.jobs().submit("set_curves", f"Size curves of {names}"[:120], **args)
        state.jobs().ensure_worker()
        st.rerun()


def _figure(curves: EqualCurves, key: str) -> None:
    comparison = curves.comparisons[-1]
    metric = st.selectbox(
        "Metric of all sets by size",
        comparison.metrics,
        index=comparison.metrics.index("novelsum") if "novelsum" in comparison.metrics else 0,
        format_func=lambda name: METRICS[name].title,
        key=f"set curve:{key}",
    )
    estimates = [curves.of(metric, number) for number in range(len(curves.names))]
    values = [[each.mean for each in line] for line in estimates]
    errors = [[each.error for each in line] for line in estimates]
    better = METRICS[metric].better
    figure = set_curves(curves.names, curves.sizes, values, errors, theme(), curves.finding(metric), better=better)
    plot(figure, key="set curves figure")
    against = ""
    if comparison.reference and "reference" in METRICS[metric].needs:
        given = all(each.reference == comparison.reference for each in curves.comparisons)
        together = "the compared rows together, more of them at every size"
        against = f"Reference: {plain(comparison.reference, 120) if given else together}. "
    st.caption(
        f"Every set at the same number of rows: the mean of {count(comparison.repeats, 'draw')}, with bars of its "
        f"standard error on either side. {against}At the last size stands the comparison above."
    )
    for reason in dict.fromkeys(each.reason for line in estimates for each in line if each.reason):
        st.caption(f"Without a value: {plain(reason, 300)}")
    st.download_button(
        "Download all curves as CSV",
        lambda: as_csv(curve_rows(curves)),
        file_name="comparison_by_size.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"curves csv:{key}",
        icon=":material/download:",
    )
