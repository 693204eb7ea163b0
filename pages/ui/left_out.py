"""The rows that were left out, worst covered first, and the map of how well the chosen ones cover the rest."""

import numpy as np
import streamlit as st

from core.figures import Numbers, map_figure
from core.row_values import ROW_VALUES
from core.study import Study
from core.workspace import Entry

from . import values, why
from .chosen import Chosen
from .listing import listing
from .theme import plot, theme
from .words import count, number


def draw(entry: Entry, study: Study, found: Chosen) -> None:
    """Rows that were not chosen by falling distance to the chosen row that covers each."""
    rest = np.delete(np.arange(len(study), dtype=np.int64), found.selection.positions)
    if not len(rest):
        st.caption("No row was left out.")
        return
    covered = values.ready(entry, study, ["covered"], found, "left out").get("covered")
    if covered is None:
        return
    worst = rest[np.argsort(-covered[rest], kind="stable")]
    st.caption(
        f"{count(len(rest), 'row')} left out, worst covered first. Half of them lie within "
        f"{number(float(np.median(covered[rest])))} of a chosen row, all within {number(float(covered[rest].max()))} "
        "(cosine distance)."
    )
    picked = listing(entry, study, worst, "left out", found, columns=["covered", "covered_by"])
    if picked is not None:
        why.draw(study, found, picked)


def on_the_map(entry: Entry, study: Study, found: Chosen) -> None:
    """The chosen rows on the map; on demand the others by how far they lie from a chosen one."""
    places = study.projected("umap") or study.projected("pca") or study.project("pca")
    by = st.toggle("Colour by distance to the nearest chosen row", key="colour by covered")
    covered = values.ready(entry, study, ["covered"], found, "map").get("covered") if by else None
    colour = None if covered is None else Numbers(np.asarray(covered, dtype=np.float64), ROW_VALUES["covered"].title)
    figure = map_figure(places.xy, colour, theme(), highlight=found.selection.positions).figure
    plot(figure, key="chosen map")
    marks = "Chosen rows are ringed" if by else "Chosen rows in colour, the others in grey"
    st.caption(f"{marks} ({places.method.upper()}). The Map page has this colour too, and rows to click on.")
