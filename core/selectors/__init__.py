"""The selectors: each in a file of its own, found by itself, run and checked by one piece of code.

A selector is a generator of picks (index, gain) in order. It takes the data that it names as positional arguments
(`space`, `rng`, `budget`, `quality`, `labels`, `tags`, `reference`, ...: see `select`), those with a default only where
they are given, and the keyword-only parameters that it declares. What it has to say besides goes into `report`.
Whoever asks counts the picks, reports progress, and may stop.
"""

from ..registry import import_all
from ._bins import own_and_others
from ._by_cluster import ClusterCount, clustered, in_turn
from ._calibration import accuracy, expected_calibration_error
from ._calibration import entropy as entropy_of
from ._choosing import select
from ._cluster_sweep import Sweep, SweepPoint, default_counts, sweep_clusters
from ._columns import Missing, tag_list
from ._declaring import SELECTORS, Pick, Picks, Report, Selection, Selector, find_selector, selector
from ._domains import Domains, by_labels
from ._limits import Limits, impossible
from ._probes import Fitted, closed_form, cross_fitted, fitted_once, regressed, set_aside
from ._shares import share_out
from ._weighted_draw import Scoring, Temperature, WeightedDraw

__all__ = [
    "SELECTORS",
    "ClusterCount",
    "Domains",
    "Fitted",
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
    "accuracy",
    "by_labels",
    "closed_form",
    "clustered",
    "cross_fitted",
    "default_counts",
    "entropy_of",
    "expected_calibration_error",
    "find_selector",
    "fitted_once",
    "impossible",
    "in_turn",
    "own_and_others",
    "regressed",
    "select",
    "selector",
    "set_aside",
    "share_out",
    "sweep_clusters",
    "tag_list",
]

import_all(__name__, list(__path__))
