"""The clusters below the map: ticked ones are selected, and can be renamed, merged and excluded, with undo."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.cluster_editing import ClusterEditing
from core.figures import cluster_bars
from core.results import Clusters, Projection
from core.row_values import kept_values
from core.study import Study

from . import cluster_edits, picked
from .theme import plot, theme
from .words import cell, count


@dataclass
class Ticks:
    """What the list shows in one session, and which of its lines were ticked."""

    key: str = ""  # of the list
    heard: tuple[int, ...] = ()  # ticked labels
    changes: int = 0  # of the selection, which the ticks know of
    epoch: int = 0  # how often something else changed the selection: a list without ticks then
    clusters: Clusters | None = field(default=None, repr=False)


def hear(study: Study) -> None:
    """Change the selection by what was ticked since the page was drawn last; call it before all else."""
    ticks = _ticks(study)
    if not ticks.key or ticks.clusters is None or st.session_state["arrived"]:
        return
    event = st.session_state.get(ticks.key)
    now = tuple(sorted(event["selection"]["rows"])) if event else ()
    if now == ticks.heard:
        return
    fresh = picked.joining() == "new"
    meant = now if fresh else tuple(label for label in now if label not in ticks.heard)
    ticks.heard = now
    if meant:
        names = " or ".join(ticks.clusters.names[label] for label in meant)
        rows = np.flatnonzero(np.isin(ticks.clusters.labels, meant))
        picked.keep(study, rows, f"in the cluster {names}")
    elif fresh:
        picked.clear(study)
    ticks.changes = picked.changes(study)


def draw(study: Study, found: Clusters, places: Projection) -> None:
    """The section: bars, the list, and what can be done with the clusters that are ticked."""
    st.subheader("Clusters, largest first", anchor=False)
    means = _means(study, found)
    bars, listed = st.columns([2, 3], gap="medium")
    with bars:
        plot(cluster_bars(found.names, found.sizes, means, theme(), excluded=found.excluded), key="cluster bars")
    with listed:
        editing = ClusterEditing(study, found.method, xy=places)
        ticked = _list(study, found, means)
        cluster_edits.draw(editing, found, ticked)
    alone = int((found.labels < 0).sum())
    words = f"{count(alone, 'row')} lie in no cluster. " if alone else ""
    if found.excluded:
        out = int(found.sizes[list(found.excluded)].sum())
        words += (
            f"{count(out, 'row')} are in excluded clusters: grey on the map, and offered as must-not rows among the "
            "limits of the Select page."
        )
    if words:
        st.caption(words)


def _ticks(study: Study) -> Ticks:
    ticks: Ticks = st.session_state.setdefault(f"cluster ticks:{study.key}", Ticks())
    return ticks


def _means(study: Study, found: Clusters) -> Any:
    """The mean novelty of each cluster where it is known."""
    novelty = kept_values(study, "novelty")
    if novelty is None:
        return None
    return np.array([novelty[found.labels == label].mean() for label in range(len(found.names))])


def _list(study: Study, found: Clusters, means: Any) -> list[int]:
    """The list; returns the labels of the clusters that are ticked."""
    ticks = _ticks(study)
    if ticks.changes != picked.changes(study) or st.session_state["arrived"]:
        ticks.epoch, ticks.changes = ticks.epoch + 1, picked.changes(study)
    key = f"cluster list:{study.key}:{found.method}:{ticks.epoch}:{cluster_edits.view_of(found)}"
    if key != ticks.key:
        ticks.key, ticks.heard, ticks.clusters = key, (), found
    labels = range(len(found.names))
    columns: dict[str, Any] = {
        "No.": ["+".join(map(str, found.numbers(label))) for label in labels],
        "Name": [cell(name) for name in found.names],
        **({"Excluded": ["excluded" if label in found.excluded else "" for label in labels]} if found.excluded else {}),
        "Rows": found.sizes,
        "Share": 100 * found.sizes / len(study),
    }
    if means is not None:
        columns["Mean novelty"] = means
    columns["Middle row"] = study.positions[list(found.medoids)] + 1
    event = st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        key=key,
        height=min(38 + 35 * max(len(labels), 1), 420),
        on_select="rerun",
        selection_mode="multi-row",
        column_config={
            "No.": st.column_config.TextColumn(help="By which the command line names it; it stays.", width=60),
            "Name": st.column_config.TextColumn(width="medium"),
            "Rows": st.column_config.NumberColumn(format="localized"),
            "Share": st.column_config.NumberColumn(format="%.1f %%", help="Of all rows of the map."),
            "Mean novelty": st.column_config.NumberColumn(format="%.3f"),
            "Middle row": st.column_config.NumberColumn(format="%d", help="The row nearest to the cluster's middle."),
        },
    )
    return [label for label in sorted(event["selection"]["rows"]) if label < len(labels)]
