"""A comparison as long tables, one fact a row, and as CSV that any program reads back without being told how."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from .compared import Comparison
from .export_tables import csv_cell, csv_lines
from .metrics import METRICS
from .verdicts import LEVEL

Row = Mapping[str, Any]


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
        }
        for first, second in combinations(range(len(comparison.names)), 2)
        for verdict in comparison.on_two(first, second)
    ]


def as_csv(rows: Sequence[Row]) -> bytes:
    """Rows of the same columns as CSV with a header and all digits, no value as an empty cell.

    A name that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    cells = [[csv_cell(value) for value in row.values()] for row in rows]
    return csv_lines([list(rows[0]) if rows else [], *cells], escape_formulas=True)
