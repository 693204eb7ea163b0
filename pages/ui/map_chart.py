"""The chart of the map: drawn with the selection in it, and heard when a lasso, a box or a click changes that."""

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


def hear(study: Study) -> None:
    """Change the selection by what was drawn or clicked since the page was drawn last; call it before all else."""
    key, method = st.session_state.get(f"chart:{study.key}", (None, ""))
    if key is None or st.session_state["arrived"]:
        return
    event = st.session_state.get(key)
    selection = event["selection"] if event else {}
    mark = _mark(selection)
    if mark == st.session_state.get(f"heard:{key}", ""):
        return
    st.session_state[f"heard:{key}"] = mark
    if not mark:
        picked.clear(study)
    else:
        places = study.projected(method)
        if places is not None:
            picked.keep(study, *_rows(selection, places.xy, len(study)))
    st.session_state[f"chart changes:{study.key}"] = picked.changes(study)


def draw(
    study: Study, places: Projection, colour: colours.Colour, found: chosen.Chosen | None, tool: str
) -> NDArray[np.int64] | None:
    """Draw the map; returns the rows that are points in it, None when all are. `found`: whose rows are ringed."""
    rows = picked.rows(study)
    highlight = found.selection.positions if found else None
    drawn = map_figure(
        places.xy,
        colour,
        theme(),
        highlight=highlight,
        labels=colours.hover(study),
        picked=rows if len(rows) else None,
    )
    drawn.figure.update_layout(dragmode=TOOLS[tool])
    key = f"map:{study.key}:{places.method}:{tool}:{_epoch(study)}"
    st.session_state[f"chart:{study.key}"] = (key, places.method)
    plot(
        drawn.figure,
        key=key,
        on_select="rerun",
        selection_mode=("points", "box", "lasso"),
        config={"displayModeBar": True, "modeBarButtonsToRemove": ["toImage", "autoScale2d"], "scrollZoom": True},
    )
    return drawn.sample


def _epoch(study: Study) -> int:
    """How often the selection was changed by something else than the chart: a new chart then, without the lasso."""
    counted, seen = f"cleared:{study.key}", f"chart changes:{study.key}"
    if st.session_state.get(seen, 0) != picked.changes(study):
        st.session_state[counted] = st.session_state.get(counted, 0) + 1
        st.session_state[seen] = picked.changes(study)
    return int(st.session_state.get(counted, 0))


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
