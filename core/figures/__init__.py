"""Plotly figures from plain arrays, in the colours of a theme; one family a file, nothing of Streamlit."""

from .agreement import agreement_finding, agreement_map
from .bench_lines import Line, bench_lines
from .bench_overlap import overlap_map
from .bench_ranks import rank_dots
from .beside_whole import beside_whole
from .cluster_bars import cluster_bars
from .cluster_changes import changes_finding, cluster_changes
from .cluster_weights import cluster_weights
from .coverage_rise import coverage_rise
from .density_shares import density_shares
from .entropy_cloud import entropy_cloud
from .frontier_curve import Spot, frontier_curve
from .gain_curve import gain_curve
from .group_losses import MOST_GROUPS, group_losses
from .inside import points_in_box, points_in_polygon
from .length_histogram import length_histogram
from .map import Categories, Drawn, Numbers, map_figure
from .random_band import beside_random
from .rank_table import Against, Ranked, rank_table
from .reliability import reliability
from .score_histogram import score_histogram
from .set_curves import set_curves
from .silhouettes import silhouette_curve
from .size_band import size_band
from .theme import Theme, plus_minus, shown

__all__ = [
    "MOST_GROUPS",
    "Against",
    "Categories",
    "Drawn",
    "Line",
    "Numbers",
    "Ranked",
    "Spot",
    "Theme",
    "agreement_finding",
    "agreement_map",
    "bench_lines",
    "beside_random",
    "beside_whole",
    "changes_finding",
    "cluster_bars",
    "cluster_changes",
    "cluster_weights",
    "coverage_rise",
    "density_shares",
    "entropy_cloud",
    "frontier_curve",
    "gain_curve",
    "group_losses",
    "length_histogram",
    "map_figure",
    "overlap_map",
    "plus_minus",
    "points_in_box",
    "points_in_polygon",
    "rank_dots",
    "rank_table",
    "reliability",
    "score_histogram",
    "set_curves",
    "shown",
    "silhouette_curve",
    "size_band",
]
