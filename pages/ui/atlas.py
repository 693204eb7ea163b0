"""The map with its linked table: what is selected on the one is listed in the other."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.figures import cluster_bars, map_figure, points_in_box, points_in_polygon
from core.results import Clusters, Projection
from core.row_values import ROW_VALUES, kept_values
from core.study import Study
from core.workspace import Entry

from . import chosen, colours, state, values, why
from .jobs import show_job
from .listing import listing
from .rows import whole_row
from .theme import plot, theme
from .words import count, number

_METHODS = {"umap": "UMAP", "pca": "PCA"}
_CLUSTERINGS = {"kmeans": "k-means", "hdbscan": "HDBSCAN"}
_TOOLS = {
    "Lasso": "lasso",
    "Box": "select",
    "Click": "pan",
}  # Streamlit hears clicks only where dragging selects nothing


@dataclass(frozen=True)
class View:
    """What the map shows now."""

    places: Projection
    clusters: Clusters | None
    final: bool  # False while another map stands in for the one that was asked for
    coming: bool = False  # that one is being made


def draw(entry: Entry, study: Study) -> None:
    """Controls in one line, the map, the table of the selection, and the clusters."""
    controls = st.columns([1.1, 1.1, 1.6, 1.8, 1.4], vertical_alignment="bottom")
    method = controls[0].selectbox("Map", list(_METHODS), format_func=_METHODS.__getitem__, key="map method")
    grouping = controls[1].selectbox(
        "Clusters", list(_CLUSTERINGS), format_func=_CLUSTERINGS.__getitem__, key="map clusters"
    )
    view = _view(entry, study, method, grouping)
    found = chosen.current(study)
    options = colours.options(study, found)
    by = controls[2].selectbox(
        "Colour by",
        list(options),
        format_func=options.__getitem__,
        key="colour by",
        help=values.explained(name for name in options if name in ROW_VALUES),
    )
    tool = controls[3].segmented_control(
        "Mouse", list(_TOOLS), default="Lasso", key="map tool", help="Click also moves the map; a wheel zooms it."
    )
    marked = found is not None and controls[4].toggle(
        "Mark chosen", key="mark chosen", help="Ring the rows of the current selection."
    )
    left, right = st.columns([2, 1], gap="medium")
    with left:
        highlight = found.selection.positions if found and marked else None
        picked = _map(entry, study, view, by, highlight, tool or "Lasso", found)
    with right:
        _selection(entry, study, picked, found)
    if view.clusters is not None:
        _clusters(entry, study, view.clusters, found)


def _view(entry: Entry, study: Study, method: str, grouping: str) -> View:
    """The map that was asked for; PCA stands in while UMAP runs."""
    places = study.projected(method) or (study.project("pca") if method == "pca" else None)
    clusters = study.clustered(grouping, xy=places) if places is not None else None
    coming = False
    if places is None or clusters is None:
        args: dict[str, Any] = {"dataset": entry.dataset, "setup": entry.key, "method": method}
        args["clusterings"] = list(_CLUSTERINGS)
        job = state.job("project", args)
        if job is None or job.state == "done":
            job = state.jobs().submit("project", f"Map {entry.name}"[:120], **args)
            state.jobs().ensure_worker()
        coming = job.running
        show_job(job.id)
    if places is not None:
        return View(places, clusters, True)
    return View(study.project("pca"), None, False, coming=coming)


def _map(
    entry: Entry,
    study: Study,
    view: View,
    by: str,
    highlight: NDArray[np.int64] | None,
    tool: str,
    found: chosen.Chosen | None,
) -> NDArray[np.int64]:
    xy = view.places.xy
    colour = colours.of_rows(entry, study, view.clusters, by, found)
    drawn = map_figure(xy, colour, theme(), highlight=highlight, labels=colours.hover(study))
    drawn.figure.update_layout(dragmode=_TOOLS[tool])
    cleared = st.session_state.get(f"cleared:{study.key}", 0)
    key = f"map:{study.key}:{view.places.method}:{tool}:{cleared}"
    event = plot(
        drawn.figure,
        key=key,
        on_select="rerun",
        selection_mode=("points", "box", "lasso"),
        config={"displayModeBar": True, "modeBarButtonsToRemove": ["toImage", "autoScale2d"], "scrollZoom": True},
    )
    method = _METHODS[view.places.method]
    words = f"{count(len(study), 'row')} by {method}."
    if not view.final:
        words += " PCA for now; UMAP is being made." if view.coming else " PCA, as there is no UMAP of it yet."
    if drawn.sample is not None:
        words += f" Drawn: density and {count(len(drawn.sample), 'sampled row')}; a lasso means all rows inside."
    st.caption(words + " Near means similar; distances between far groups mean little.")
    return _picked(study, xy, event, key)


def _picked(study: Study, xy: NDArray[np.float32], event: Any, key: str) -> NDArray[np.int64]:
    """The rows that the lasso or box holds, resolved here over all rows, or the point that was clicked."""
    selection = event["selection"] if event else {}
    inside = np.zeros(len(xy), dtype=bool)
    for lasso in selection.get("lasso", ()):
        inside |= points_in_polygon(xy, lasso["x"], lasso["y"])
    for box in selection.get("box", ()):
        inside |= points_in_box(xy, box["x"], box["y"])
    kept, was_drawn = f"picked:{study.key}", f"drawn:{key}"
    drawn = bool(selection.get("lasso") or selection.get("box") or selection.get("points"))
    if st.session_state.get(was_drawn) and not drawn and not st.session_state["arrived"]:
        st.session_state.pop(kept, None)  # deselected in the chart, not forgotten by a change of page
    st.session_state[was_drawn] = drawn
    if inside.any():
        rows = np.flatnonzero(inside)
    elif points := selection.get("points"):
        rows = np.array(sorted({_row_of(point) for point in points}), dtype=np.int64)
    else:
        return np.array(st.session_state.get(kept, []), dtype=np.int64)
    st.session_state[kept] = rows.tolist()
    return rows


def _row_of(point: dict[str, Any]) -> int:
    carried = point["customdata"]
    return int(carried[0] if isinstance(carried, (list, tuple)) else carried)


def _selection(entry: Entry, study: Study, rows: NDArray[np.int64], found: chosen.Chosen | None) -> None:
    if not len(rows):
        st.info(
            "Draw a lasso around points to list their rows. With the mouse set to Click, click a point to read it.",
            icon=":material/ink_selection:",
        )
        return
    if len(rows) == 1:
        whole_row(study, int(rows[0]))
        why.draw(study, found, int(rows[0]))
        return
    head, clear = st.columns([3, 1], vertical_alignment="center")
    head.markdown(f"**{count(len(rows), 'row')} selected**")
    if clear.button("Clear", key="clear selection"):
        cleared = f"cleared:{study.key}"
        st.session_state.pop(f"picked:{study.key}", None)
        st.session_state[cleared] = st.session_state.get(cleared, 0) + 1  # a new chart, without the lasso
        st.rerun()
    picked = listing(entry, study, rows, "selected rows", found)
    if picked is not None:
        why.draw(study, found, picked)


def _clusters(entry: Entry, study: Study, found: Clusters, made: chosen.Chosen | None) -> None:
    st.subheader("Clusters, largest first", anchor=False)
    novelty = kept_values(study, "novelty")
    means = None
    if novelty is not None:
        means = np.array([novelty[found.labels == label].mean() for label in range(len(found.names))])
    plot(cluster_bars(found.names, found.sizes, means, theme()), key="cluster bars")
    alone = int((found.labels < 0).sum())
    if alone:
        st.caption(f"{count(alone, 'row')} lie in no cluster.")
    label = st.selectbox(
        "Read a cluster",
        range(len(found.names)),
        index=None,
        format_func=lambda place: f"{found.names[place]} ({found.sizes[place]:,})",
        key=f"cluster:{study.key}:{found.method}",
        placeholder="Choose a cluster to list its rows",
    )
    if label is not None:
        st.caption(f"Its middle row is row {number(float(study.positions[found.medoids[label]] + 1))}.")
        rows = np.flatnonzero(found.labels == label)
        listing(entry, study, rows, f"cluster rows {label}", made)
