"""How many clusters: silhouettes over a sweep of k where k is chosen, and the number taken over by a button."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core import work
from core.errors import UserError
from core.figures import silhouette_curve
from core.jobs import Job
from core.kept import kept
from core.selectors import Selector, Sweep, default_counts
from core.study import Study
from core.sweep import sweep, sweep_sentence
from core.workspace import Entry

from . import state
from .draft import Draft
from .jobs import show_job
from .theme import plot, theme
from .words import count, number, plain, sound

_FOR = ("kmq", "kmeans_closest", "kmeans_random")


def draw(draft: Draft, entry: Entry, study: Study, selector: Selector) -> None:
    """The sweep, for selectors that cluster first; changes the draft when its number is taken over."""
    if selector.name not in _FOR or not default_counts(len(study)):  # of one or two rows there is nothing to try
        return
    job = _latest(entry)
    with st.expander("How many clusters?", expanded=job is not None and job.id == state.recall("k")):
        st.caption(
            "Tries k-means with several numbers of clusters. A row's silhouette says how much nearer it lies to its "
            "own cluster than to the next one: 1 well inside, 0 between two. kMQ's authors take the number where the "
            "mean is highest: a hint, not a rule, since over their eight numbers it agreed with the trained model at a "
            "rank correlation of 0.69 (p = 0.06)."
        )
        try:
            _controls(draft, entry, study)
            found = kept(sweep, study, **work.sweep_args(job.args)) if job is not None and job.state == "done" else None
        except UserError as error:
            st.error(plain(error, 600), icon=":material/error:")
            return
        if job is not None and job.state != "done":
            show_job(job.id, place="sweep")
        elif found is not None:
            _result(draft, found, job.args["quality"] if job else None)
        elif job is not None:
            st.info("What was found was cleaned away. Try the numbers again.", icon=":material/sync:")


def _latest(entry: Entry) -> Job | None:
    """The sweep in the URL where it is over this dataset as it is set up now, else the last that is."""
    wanted = state.recall("k")
    about = [job for job in state.jobs().all() if job.what == "sweep" and job.args.get("setup") == entry.key]
    return next((job for job in about if job.id == wanted), about[0] if about else None)


def _controls(draft: Draft, entry: Entry, study: Study) -> None:
    usual = ", ".join(map(str, default_counts(len(study))))
    words = st.text_input("Numbers to try", "", key=draft.key("sweep counts"), placeholder=usual)
    column, threshold = _scores(draft, study)
    counts = _counts(words, len(study))
    if st.button(f"Try {count(len(counts or default_counts(len(study))), 'number')} of clusters", key="sweep"):
        args = {"dataset": entry.dataset, "setup": entry.key, "counts": counts, "quality": column}
        job = state.jobs().submit(
            "sweep", f"Numbers of clusters for {entry.name}"[:120], **args, threshold=threshold, seed=draft.last.seed
        )
        state.jobs().ensure_worker()
        state.remember("k", job.id)
        st.rerun()


def _scores(draft: Draft, study: Study) -> tuple[tuple[str, bool] | None, float | None]:
    """A column of scores with its direction, and the mean below which a cluster is poor."""
    roles = study.dataset.roles.quality if study.dataset else ()
    whole = {each.column: each.higher_is_better for each in roles if np.isfinite(study.scores(each.column, True)).all()}
    if not whole:
        return None, None
    column = st.selectbox(
        "Scores",
        ["", *whole],
        index=1,
        format_func=lambda path: sound(path) if path else "none",
        key=draft.key("sweep scores"),
        help="For the share of clusters of poor quality, which grows with their number. Columns of the role Quality "
        "that have a number in every row.",
    )
    if not column:
        return None, None
    higher = whole[column]
    threshold = st.number_input(
        f"A cluster is poor if its mean is {'below' if higher else 'above'}",
        value=None,
        key=draft.key(f"sweep threshold:{column}"),
        format="%.4g",
        placeholder="the pool's mean",
    )
    return (column, higher), threshold if threshold is None or higher else -threshold


def _counts(words: str, rows: int) -> list[int] | None:
    parts = [part.strip() for part in words.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise UserError(f"Numbers of clusters have commas between them, such as 64, 128, and not {words!r}.")
    counts = sorted({int(part) for part in parts})
    if counts and not (counts[0] >= 2 and counts[-1] < rows):
        raise UserError(f"Numbers of clusters must be from 2 to {rows - 1:,}, one less than the rows there are.")
    return counts or None


def _result(draft: Draft, found: Sweep, quality: tuple[str, bool] | None) -> None:
    points = found.points
    poor = [point.poor for point in points if point.poor is not None]
    figure = silhouette_curve(
        [point.k for point in points],
        [point.silhouette for point in points],
        [point.standard_error for point in points],
        theme(),
        close=[not point.told_apart for point in points],
        poor=poor or None,
    )
    plot(figure, key="silhouettes")
    st.markdown(f"**{sweep_sentence(found)}**")
    words = (
        f"Mean over {count(found.sample, 'seeded row')}, each against all rows, with 95 % intervals; filled dots "
        "cannot be told from the best."
    )
    if quality is not None and found.threshold is not None:
        column, higher = quality
        least = found.threshold if higher else -found.threshold
        words += (
            f" A cluster is poor if its mean {plain(column, 40)} is {'below' if higher else 'above'} {number(least)}."
        )
    st.caption(words)
    st.dataframe(_table(found), hide_index=True, height="content")
    left, right = st.columns(2, vertical_alignment="bottom")
    counts = [point.k for point in points]
    k = left.selectbox(
        "Clusters to use", counts, index=counts.index(found.best.k), format_func="{:,}".format, key=draft.key("sweep k")
    )
    if right.button(f"Use k = {k:,}", width="stretch", key="use k", disabled=draft.last.params.get("clusters") == k):
        draft.set_params(clusters=k)
        st.rerun()


def _table(found: Sweep) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for point in found.points:
        row = {"k": point.k, "Silhouette": f"{point.silhouette:.3f} ± {1.96 * point.standard_error:.3f}"}
        row |= {} if point.poor is None else {"Poor": f"{100 * point.poor:.3g} %"}
        behind = f"{point.behind:.3f} ± {1.96 * point.behind_error:.3f}"
        rows.append(row | {"Behind the best": "" if point is found.best else behind})
    return pd.DataFrame(rows)
