"""A contamination check as JSON and as a table: each row that meets an evaluation row, which, and how."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..records import plain
from .found import BLIND, KINDS, Contamination

_COLUMNS = ("row", "id", "kind", "evaluation", "evaluation_row", "measure", "share_of_evaluation")


def described(found: Contamination, ids: Sequence[Any], positions: Sequence[int]) -> dict[str, Any]:
    """The check of those rows as plain JSON: what was asked, counts with n, the rows that were met, what is not seen.

    Args:
        ids: the ids of the rows that `found` is about; positions: their numbers in the dataset, from 0.
    """
    return {
        "evaluations": [vars(each) | {"sources": list(each.sources)} for each in found.evaluations],
        "how": found.how.as_json(),
        "n": len(found),
        "counts": found.counts(),
        "skipped": dict(found.skipped),
        "rows": listed(found, ids, positions),
        "not_seen": {kind: words for kind, words in BLIND.items() if kind not in found.skipped},
    }


def listed(found: Contamination, ids: Sequence[Any], positions: Sequence[int]) -> list[dict[str, Any]]:
    """An entry for each row and way in which it meets an evaluation row.

    Rows are numbered from 1, as they are counted in a file. `measure` is the part that is the same (text or prompt),
    the share of the row's n-grams, or the cosine.
    """
    entries = []
    for row in np.flatnonzero(found.met()).tolist():
        for kind in KINDS:
            if not found.met(kind)[row]:
                continue
            number = {"exact": found.exact, "ngram": found.gram, "near": found.near}[kind][row]
            place, other = found.place(int(number))
            entry = {
                "row": int(positions[row]) + 1,
                "id": plain(ids[row]),
                "kind": kind,
                "evaluation": found.evaluations[place].name,
                "evaluation_row": other + 1,
                "measure": _measure(found, kind, row),
            }
            if kind == "ngram":
                entry["share_of_evaluation"] = _round(found.gram_share_of[row])
            entries.append(entry)
    return entries


def csv_of(entries: Sequence[dict[str, Any]]) -> str:
    """The entries as a table in CSV."""
    file = io.StringIO()
    writer = csv.DictWriter(file, _COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(entries)
    return file.getvalue()


def _measure(found: Contamination, kind: str, row: int) -> str | float:
    match kind:
        case "exact":
            return "text" if found.whole[row] else "prompt"
        case "ngram":
            return _round(found.gram_share[row])
        case _:
            return _round(found.cosine[row])


def _round(value: float) -> float:
    return round(float(value), 6)
