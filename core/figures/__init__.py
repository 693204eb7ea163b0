"""Plotly figures from plain arrays, in the colours of a theme; one family a file, nothing of Streamlit."""

from .cluster_bars import cluster_bars
from .gain_curve import gain_curve
from .inside import points_in_box, points_in_polygon
from .length_histogram import length_histogram
from .map import Categories, Drawn, Numbers, map_figure
from .random_band import beside_random
from .theme import Theme, shown

__all__ = [
    "Categories",
    "Drawn",
    "Numbers",
    "Theme",
    "beside_random",
    "cluster_bars",
    "gain_curve",
    "length_histogram",
    "map_figure",
    "points_in_box",
    "points_in_polygon",
    "shown",
]
