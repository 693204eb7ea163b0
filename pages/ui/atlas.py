"""The map with its linked table: what is selected on the one is listed in the other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.results import Clusters, Projection
from core.row_values import ROW_VALUES
from core.study import Study
from core.workspace import Entry

from . import (
    beside,
    chosen,
    cluster_edits,
    clusters,
    colours,
    empty_regions,
    finding,
    map_chart,
    near_copies,
    outliers,
    selection,
    state,
    subsets,
    values,
)
from .jobs import show_job
from .words import count

_METHODS = {"umap": "UMAP", "pca": "PCA"}
_CLUSTERINGS = {"kmeans": "k-means", "hdbscan": "HDBSCAN"}


@dataclass(frozen=True)
class View:
    """What the map shows now."""

    places: Projection
    clusters: Clusters | None
    final: bool  # False while another map stands in for the one that was asked for
    coming: bool = False  # that one is being made


def draw(entry: Entry, study: Study) -> None:
    """Search and controls in a line each, the map, the table of the selection, and the clusters."""
    map_chart.hear(study)
    clusters.hear(study)
    found = chosen.current(study)
    finding.draw(entry, study, found)
    controls = st.columns([1.1, 1.1, 1.6, 1.8, 1.4], vertical_alignment="bottom")
    method = controls[0].selectbox("Map", list(_METHODS), format_func=_METHODS.__getitem__, key="map method")
    grouping = controls[1].selectbox(
        "Clusters", list(_CLUSTERINGS), format_func=_CLUSTERINGS.__getitem__, key="map clusters"
    )
    view = _view(entry, study, method, grouping)
    options = colours.options(study, found)
    by = controls[2].selectbox(
        "Colour by",
        list(options),
        format_func=options.__getitem__,
        key="colour by",
        help=values.explained(name for name in options if name in ROW_VALUES),
    )
    tool = controls[3].segmented_control(
        "Mouse",
        list(map_chart.TOOLS),
        default="Lasso",
        key="map tool",
        help="Click also moves the map; a wheel zooms it.",
    )
    marked = found is not None and controls[4].toggle(
        "Mark chosen", key="mark chosen", help="Ring the rows of the current selection."
    )
    left, right = st.columns([2, 1], gap="medium")
    with left:
        colour = colours.of_rows(entry, study, view.clusters, by, found)
        ringed = found if marked else None
        view_key = f"{by}:{grouping}:{cluster_edits.view_of(view.clusters)}"
        sample = map_chart.draw(study, view.places, colour, ringed, tool or "Lasso", view_key)
        st.caption(_caption(study, view, sample))
    with right:
        selection.draw(entry, study, found)
    if view.clusters is not None:
        clusters.draw(study, view.clusters, view.places)
    beside.draw(entry, study, colour)
    near_copies.draw(entry, study, found)
    outliers.draw(entry, study, found)
    empty_regions.draw(entry, study)
    subsets.draw(study)


def _view(entry: Entry, study: Study, method: str, grouping: str) -> View:
    """The map that was asked for; PCA stands in while UMAP runs."""
    places = study.projected(method) or (study.project("pca") if method == "pca" else None)
    groups = study.clustered(grouping, xy=places) if places is not None else None
    coming = False
    if places is None or groups is None:
        args: dict[str, Any] = {"dataset": entry.dataset, "setup": entry.key, "method": method}
        args["clusterings"] = list(_CLUSTERINGS)
        job = state.job("project", args)
        if job is None or job.state == "done":
            job = state.jobs().submit("project", f"Map {entry.name}"[:120], **args)
            state.jobs().ensure_worker()
        coming = job.running
        show_job(job.id)
    if places is not None:
        return View(places, groups, True)
    return View(study.project("pca"), None, False, coming=coming)


def _caption(study: Study, view: View, sample: NDArray[np.int64] | None) -> str:
    words = f"{count(len(study), 'row')} by {_METHODS[view.places.method]}."
    if not view.final:
        words += " PCA for now; UMAP is being made." if view.coming else " PCA, as there is no UMAP of it yet."
    if sample is not None:
        words += f" Drawn: density and {count(len(sample), 'sampled row')}; a lasso means all rows inside."
    if view.places.note:
        words += f" {view.places.note}"
    return f"{words} Near means similar; distances between far groups mean little."
