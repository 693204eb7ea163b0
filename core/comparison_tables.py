"""A comparison as long tables, one fact a row, and as CSV that any program reads back without being told how."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from .compared import Comparison
from .equal_curves import EqualCurves
from .export_tables import csv_cell, csv_lines
from .metrics import METRICS
from .params import in_json
from .verdicts import LEVEL

Row = Mapping[str, Any]
PAIR_COLUMNS = (  # of `pair_rows`, of which there may be none
    *("metric", "title", "first", "second", "difference", "standard_error", "p", "adjustment", "level"),
    *("told_apart", "verdict", "caution", "first_encoder", "second_encoder"),
    *("n", "draws", "seed", "reference", "params"),
)


def value_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """A row for every metric and set, with all that the value was taken under.

    Where a set has no value of a metric, value, standard_error and rank are None and `reason` says why.
    """
    return [
        {
            "metric": metric,
            "title": METRICS[metric].title,
            "set": comparison.names[number],
            "value": _known(found.mean),
            "standard_error": _known(found.error),
            "rank": comparison.ranks[metric][number],
            "better": METRICS[metric].better,
            "reason": found.reason or None,
            "set_rows": comparison.rows[number],
            "median_words": comparison.words[number],
            "encoder": comparison.encoders[number],
            "template": comparison.templates[number],
            **_taken(comparison, metric),
        }
        for metric in comparison.metrics
        for number, found in enumerate(comparison.estimates[metric])
    ]


def curve_rows(curves: EqualCurves) -> list[dict[str, Any]]:
    """The rows of `value_rows` at every size; `n` tells them apart."""
    return [row for comparison in curves.comparisons for row in value_rows(comparison)]


def pair_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """A row for every metric and two sets that have it: how far they are apart, and whether that is more than chance.

    `difference` is the value of `first` less that of `second`; `p` is adjusted by Holm's method for all rows of the
    table, and two sets are told apart where it is at most `level`.
    """
    return [
        {
            "metric": verdict.metric,
            "title": METRICS[verdict.metric].title,
            "first": comparison.names[first],
            "second": comparison.names[second],
            "difference": verdict.difference,
            "standard_error": verdict.error,
            "p": verdict.p,
            "adjustment": "Holm",
            "level": LEVEL,
            "told_apart": verdict.word != "cannot be told apart",
            "verdict": comparison.says(verdict),
            "caution": comparison.caution(verdict) or None,
            "first_encoder": comparison.encoders[first],
            "second_encoder": comparison.encoders[second],
            **_taken(comparison, verdict.metric),
        }
        for first, second in combinations(range(len(comparison.names)), 2)
        for verdict in comparison.on_two(first, second)
    ]


def _taken(comparison: Comparison, metric: str) -> dict[str, Any]:
    """At how many rows, by which draws, with which parameters and, of metrics that need one, against what."""
    return {
        "n": comparison.size,
        "draws": comparison.repeats,
        "seed": comparison.seed,
        "reference": comparison.reference if "reference" in METRICS[metric].needs else None,
        "params": in_json(comparison.params[metric]),
    }


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def as_csv(rows: Sequence[Row], columns: Sequence[str] | None = None) -> bytes:
    """Rows of the same columns as CSV with a header and all digits, no value as an empty cell, parameters as JSON.

    `columns` are those of the first row where they are not named; without rows they must be.
    A name that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    named = list(rows[0]) if columns is None else list(columns)
    return csv_lines([named, *([csv_cell(row[name]) for name in named] for row in rows)], escape_formulas=True)
