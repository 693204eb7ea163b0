"""The chart of the map: drawn with the selection in it, and heard when a lasso, a box or a click changes that."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.digest import digest
from core.figures import map_figure, points_in_box, points_in_polygon
from core.results import Projection
from core.study import Study

from . import chosen, colours, picked
from .theme import plot, theme

TOOLS = {
    "Lasso": "lasso",
    "Box": "select",
    "Click": "pan",
}  # Streamlit hears clicks only where dragging selects nothing


@dataclass
class Shown:
    """What the chart shows in one session, and what was heard from it."""

    key: str = ""  # of the widget
    method: str = ""
    heard: str = ""  # the mark of what is drawn in the chart
    view: str = ""  # what else the figure depends on
    changes: int = 0  # of the selection, which the chart knows of
    epoch: int = 0  # how often they were made by something else than the chart: a new chart then, without its lasso
    shapes_only: bool = False  # whether rows in a lasso are not faint beside the others before the figure is sent anew
    rows: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))  # that stand out in the figure


def hear(study: Study) -> None:
    """Change the selection by what was drawn or clicked since the page was drawn last; call it before all else."""
    shown = _shown(study)
    if not shown.key or st.session_state["arrived"]:
        return
    event = st.session_state.get(shown.key)
    selection = event["selection"] if event else {}
    mark = _mark(selection)
    if mark == shown.heard:
        return
    known = shown.changes == picked.changes(study)
    shown.heard = mark
    if not mark:
        picked.clear(study)
    elif (places := study.projected(shown.method)) is not None:
        picked.keep(study, *_rows(selection, places.xy, len(study)))
    shows = not mark or (picked.joining() == "new" and not (shown.shapes_only and len(shown.rows)))
    if known and shows:  # the chart shows it already, and is left as it is zoomed
        shown.changes = picked.changes(study)


def draw(
    study: Study, places: Projection, colour: colours.Colour, found: chosen.Chosen | None, tool: str, view: str
) -> NDArray[np.int64] | None:
    """Draw the map; returns the rows that are points in it, None when all are.

    `found` is the choice whose rows are ringed, and `view` names what the colours depend on: as long as it is the same,
    a lasso does not change the figure, which is then not sent again and stays as it is zoomed.
    """
    shown = _shown(study)
    view = digest(view, tool, places.method, colour is None, found.key if found else None, theme().text)
    if shown.changes != picked.changes(study):
        shown.epoch += 1
    if shown.changes != picked.changes(study) or view != shown.view or st.session_state["arrived"]:
        shown.rows, shown.changes, shown.view, shown.heard = picked.rows(study), picked.changes(study), view, ""
    shown.shapes_only = TOOLS[tool] != "pan" and len(study) > colours.HOVER_UP_TO
    drawn = map_figure(
        places.xy,
        colour,
        theme(),
        highlight=found.selection.positions if found else None,
        labels=colours.hover(study),
        picked=shown.rows if len(shown.rows) else None,
        shapes_only=shown.shapes_only,
    )
    drawn.figure.update_layout(dragmode=TOOLS[tool])
    shown.key = f"map:{study.key}:{places.method}:{tool}:{shown.epoch}"
    shown.method = places.method
    plot(
        drawn.figure,
        key=shown.key,
        on_select="rerun",
        selection_mode=("points", "box", "lasso"),
        config={"displayModeBar": True, "modeBarButtonsToRemove": ["toImage", "autoScale2d"], "scrollZoom": True},
    )
    return drawn.sample


def _shown(study: Study) -> Shown:
    found: Shown = st.session_state.setdefault(f"chart:{study.key}", Shown())
    return found


def _mark(selection: Any) -> str:
    """A name of what is drawn in the chart, "" where nothing is."""
    shapes = [[list(each["x"]), list(each["y"])] for name in ("lasso", "box") for each in selection.get(name, ())]
    if shapes:
        return digest(shapes)
    points = [_row_of(point) for point in selection.get("points", ())]
    return digest(sorted(points)) if points else ""


def _rows(selection: Any, xy: NDArray[np.float32], n: int) -> tuple[NDArray[np.int64], str]:
    """The rows that the shapes hold, resolved here over all rows, or those that were clicked; and how, in words."""
    lassos, boxes = selection.get("lasso", ()), selection.get("box", ())
    if not lassos and not boxes:
        points = sorted({row for point in selection["points"] if 0 <= (row := _row_of(point)) < n})
        return np.array(points, dtype=np.int64), "clicked on the map"
    inside = np.zeros(n, dtype=bool)
    for lasso in lassos:
        inside |= points_in_polygon(xy, lasso["x"], lasso["y"])
    for box in boxes:
        inside |= points_in_box(xy, box["x"], box["y"])
    return np.flatnonzero(inside), "inside a lasso" if lassos else "inside a box"


def _row_of(point: dict[str, Any]) -> int:
    carried = point["customdata"]
    return int(carried[0] if isinstance(carried, (list, tuple)) else carried)
