"""`gamut outliers`: rows that are far from all others."""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..outliers import NEIGHBOUR, Outliers, ordinal, outliers
from ..records import dump
from ..study import Study
from ..writing import kind_of, write_rows
from .inputs import add_data, add_embeddings, example, on_stderr, open_study
from .outputs import check_outputs

_TEXT = 200  # characters of a text on stdout


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "outliers",
        help="find rows that are far from all others",
        **example(
            "gamut outliers pool.jsonl --share 1%",
            "gamut outliers pool.jsonl --distance 0.6 --out o.jsonl --rest rest.jsonl",
        ),
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--share", default="1%", metavar="P%", help="the farthest rows, so many of all (default: 1%%)")
    how.add_argument("--distance", type=float, metavar="D", help="rows at least so far, as cosine distance (0 to 2)")
    parser.add_argument(
        "--k",
        type=int,
        default=NEIGHBOUR,
        metavar="K",
        help=f"far from the K-th nearest other row (default: {NEIGHBOUR}, so that groups of up to {NEIGHBOUR} count)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write them, the farthest first: .jsonl .csv .parquet with their distance, or .txt .json (ids); without "
        "it a line of JSON for each on stdout",
    )
    parser.add_argument("--rest", type=Path, metavar="FILE", help="write the other rows, in the order of the data")
    add_embeddings(parser)
    add_data(parser)
    parser.set_defaults(run=run, reference=None)


def run(options: argparse.Namespace) -> int:
    kinds = {name: None if (path := getattr(options, name)) is None else kind_of(path) for name in ("out", "rest")}
    if "npy" in kinds.values():
        raise UserError("Rows are written as .jsonl, .csv, .parquet, .txt or .json.")
    if not 1 <= options.k <= 1000:
        raise UserError(f"--k is {options.k}, and lies from 1 to 1,000.")
    share = _share(options.share)
    check_outputs(options, "out", "rest")
    study = open_study(options)
    if study.dataset is None and (options.out or options.rest):
        raise UserError("Vectors alone have no rows to write. Leave --out and --rest away.")
    found = outliers(study, k=options.k, progress=on_stderr(options))
    rows = found.share(share) if options.distance is None else found.beyond(options.distance)
    for line in said(found, rows):
        print(f"gamut: {line}", file=sys.stderr)
    if kinds["out"] is None:
        _print(study, found, rows)
    for name, some in (("out", rows), ("rest", np.setdiff1d(np.arange(len(study)), rows))):
        kind = kinds[name]
        if kind is not None and study.dataset is not None:
            plain = name == "rest" or kind in ("ids", "json")
            extra = None if plain else {"distance": found.distances[some].tolist()}
            write_rows(getattr(options, name), kind, study.dataset, study.positions[some], extra=extra)
    return 0


def said(found: Outliers, rows: NDArray[np.int64]) -> list[str]:
    """How many rows that are, and how far beside the others, in sentences."""
    whom = f"{ordinal(found.k)} nearest other row"
    middle = f"Half of all rows have theirs within {np.median(found.distances):.3g}."
    if not len(rows):
        return [f"No row is so far from {whom.replace('their', 'its')}. {middle}"]
    least = found.distances[rows[-1]]
    return [f"{len(rows):,} of {len(found.distances):,} rows are {least:.3g} or farther from their {whom}. {middle}"]


def _share(word: str) -> float:
    number, percent, rest = word.strip().partition("%")
    try:
        if percent and not rest:
            return float(number) / 100
    except ValueError:
        pass
    raise UserError(f"--share is {word[:40]!r}, and must be a percentage such as 1%.")


def _print(study: Study, found: Outliers, rows: NDArray[np.int64]) -> None:
    for row in rows.tolist():
        line: dict[str, Any] = {"id": study.ids[row], "row": int(study.positions[row])}
        line["distance"] = float(found.distances[row])
        if study.texts is not None:
            line["text"] = study.texts[row][:_TEXT]
        print(dump(line).decode())
