"""The selectors: each in a file of its own, found by itself, run and checked by one piece of code.

A selector is a generator of picks (index, gain) in order. It takes the data that it names as positional arguments
(`space`, `rng`, `budget`, `quality`, `labels`, `tags`, `reference`, ...: see `select`), those with a default only where
they are given, and the keyword-only parameters that it declares. What it has to say besides goes into `report`.
Whoever asks counts the picks, reports progress, and may stop.
"""

from ..registry import import_all
from ._by_cluster import ClusterCount, clustered, in_turn
from ._choosing import select
from ._cluster_sweep import Sweep, SweepPoint, default_counts, sweep_clusters
from ._columns import Missing, tag_list
from ._declaring import SELECTORS, Pick, Picks, Report, Selection, Selector, find_selector, selector
from ._limits import Limits, impossible
from ._shares import share_out
from ._weighted_draw import Scoring, Temperature, WeightedDraw

__all__ = [
    "SELECTORS",
    "ClusterCount",
    "Limits",
    "Missing",
    "Pick",
    "Picks",
    "Report",
    "Scoring",
    "Selection",
    "Selector",
    "Sweep",
    "SweepPoint",
    "Temperature",
    "WeightedDraw",
    "clustered",
    "default_counts",
    "find_selector",
    "impossible",
    "in_turn",
    "select",
    "selector",
    "share_out",
    "sweep_clusters",
    "tag_list",
]

import_all(__name__, list(__path__))
