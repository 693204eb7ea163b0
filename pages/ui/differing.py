"""Two sets beside each other: the clusters gained and lost, the rows that are far, and what a merge would bring."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.differences import differences as tell_apart
from core.errors import UserError
from core.figures import changes_finding, cluster_changes
from core.kept import kept
from core.study import Study
from core.told_apart import USUAL, ClusterDifference, Covered, Differences

from . import state
from .compared import Found, studies_of
from .jobs import show_job
from .rows import row_table
from .theme import plot, theme
from .words import number, plain, sound


def draw(found: Found) -> None:
    """What the second set has that the first lacks, and the other way round."""
    names = found.comparison.names
    called = names.__getitem__
    one, other = st.columns(2)
    first = one.selectbox("Set that you have", range(len(names)), format_func=called, key=f"first:{found.job.id}")
    rest = [i for i in range(len(names)) if i != first]
    key = f"second:{found.job.id}:{first}"
    second = other.selectbox("Set that might be added", rest, format_func=called, key=key)
    args = _asked(found, first, second)
    try:
        known = _known(args)
    except UserError as error:
        st.info(plain(error, 600), icon=":material/rule:")
        return
    if known is None:
        _ask(args, names[first], names[second])
        return
    studies, differences = known
    _advice(differences)
    _clusters(differences)
    _covered(differences)
    _farthest(studies, differences)


def _asked(found: Found, first: int, second: int) -> dict[str, Any]:
    """The job that finds the differences: of two sets in their order the comparison itself."""
    sets = found.job.args["sets"]
    if len(sets) == 2 and (first, second) == (0, 1):
        return found.job.args
    return found.job.args | {"sets": [sets[first], sets[second]], "differences": True, "side_by_side": False}


def _known(args: dict[str, Any]) -> tuple[list[Study], Differences] | None:
    job = state.job("compare", args)
    if job is None or job.state != "done":
        return None
    studies, _ = studies_of(job)
    how = {name: args[name] for name in ("metrics", "size", "params")}
    differences = kept(tell_apart, studies[0], studies[1], **how)
    return None if differences is None else (studies, differences)


def _ask(args: dict[str, Any], first: str, second: str) -> None:
    job = state.job("compare", args)
    if job is not None:
        show_job(job.id)
        if job.state != "done":
            return
    if st.button(f"Find what {plain(second, 40)} has that {plain(first, 40)} lacks", type="primary", key="differ"):
        state.jobs().submit("compare", f"What {second} has beside {first}"[:120], **args)
        state.jobs().ensure_worker()
        st.rerun()


def _advice(differences: Differences) -> None:
    st.markdown(f"**{plain(differences.advice, 1500)}**")
    st.caption(
        f"Of both sets {differences.size:,} rows were laid into one cloud. A row is new where the nearest row of the "
        f"first set is farther ({number(differences.usual)}) than {USUAL:.0%} of that set's rows are from their own "
        "nearest (cosine distance: 0 is the same, 1 unrelated)."
    )


def _clusters(differences: Differences) -> None:
    clusters = differences.clusters
    figure = cluster_changes(
        [each.name for each in clusters],
        [each.first for each in clusters],
        [each.second for each in clusters],
        [each.change for each in clusters],
        theme(),
        titles=(differences.first, differences.second),
        title="",
    )
    st.markdown(f"{plain(changes_finding([each.change for each in clusters], differences.second), 300)}.")
    plot(figure, key="changes")
    rows = [
        {
            "Cluster": sound(each.name),
            "In the first": each.first,
            "In the second": each.second,
            "New among them": each.new,
            "Adding them": advice_on(each),
        }
        for each in sorted(clusters, key=lambda each: (-each.brings, -each.new, -each.second))
    ]
    st.markdown("**Merge advice, cluster by cluster**")
    st.dataframe(pd.DataFrame(rows), hide_index=True, height=min(420, 38 + 35 * len(rows)))


def advice_on(cluster: ClusterDifference) -> str:
    """What adding the second set's rows of that cluster to the first set brings."""
    if cluster.second == 0:
        return "nothing to add: it is in the first alone"
    if cluster.brings:
        return "brings something new"
    if cluster.change == "gained":
        return "more rows of this kind, none of them clearly new"
    return "no more than chance explains"


def _covered(differences: Differences) -> None:
    def line(far: str, near: str, covered: Covered) -> str:
        return (
            f"- Rows of {plain(far, 60)} are {number(covered.mean)} from their nearest row of {plain(near, 60)} on "
            f"average, the farthest {number(covered.radius)}."
        )

    st.markdown("**How well each covers the other** (cosine distance)")
    st.markdown(
        line(differences.second, differences.first, differences.second_by_first)
        + "\n"
        + line(differences.first, differences.second, differences.first_by_second)
    )


def _farthest(studies: list[Study], differences: Differences) -> None:
    first, second = studies
    far = differences.farthest
    st.markdown(f"**Rows of {plain(second.name, 60)} farthest from {plain(first.name, 60)}**")
    extra: dict[str, Any] = {"distance": [number(each.distance) for each in far]}
    if first.texts is not None:
        extra["nearest in the other"] = [sound(" ".join(first.texts[each.nearest][:300].split())) for each in far]
    row_table(second, np.array([each.row for each in far], dtype=np.int64), key="farthest", extra=extra)
