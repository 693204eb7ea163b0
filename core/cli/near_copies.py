"""`gamut near-copies`: groups of rows that say nearly the same, and the rows that stay where one of each does."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..drafts import draft_of
from ..errors import UserError
from ..near_copies import FLOOR, Groups, NearCopies, check_threshold, cosines_to_staying, near_copies
from ..study import Study
from ..writing import kind_of, write_rows
from .inputs import add_data, add_embeddings, example, on_stderr, open_study
from .outputs import check_outputs
from .roles import parse_quality

_TEXT = 300  # characters of a text on stdout


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "near-copies",
        help="find groups of near-copies at a threshold, and keep one row of each",
        **example(
            "gamut near-copies pool.jsonl --threshold 0.95",
            "gamut near-copies pool.jsonl --threshold 0.92 --keep-best score --out kept.jsonl --groups groups.csv",
        ),
    )
    parser.add_argument(
        "--threshold",
        type=float,
        default=0.95,
        metavar="C",
        help=f"the cosine from which on two rows are near-copies, {FLOOR:g} to 1 (default 0.95); another threshold "
        "costs nothing once the rows were compared",
    )
    parser.add_argument(
        "--keep-best",
        metavar="COLUMN[:low]",
        help="of each group the row of the highest score stays (COLUMN:low: of the lowest); without it the first",
    )
    parser.add_argument(
        "--border", type=int, default=3, metavar="N", help="pairs at the threshold to print (default 3)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the rows that stay: .jsonl .csv .parquet .txt")
    parser.add_argument("--groups", type=Path, metavar="FILE.csv", help="write the rows of all groups as a table")
    add_embeddings(parser)
    add_data(parser)
    parser.set_defaults(run=run, reference=None)


def run(options: argparse.Namespace) -> int:
    kind = None if options.out is None else kind_of(options.out)
    if kind in ("npy", "json"):
        raise UserError(f"{options.out.name}: rows that stay are written as .jsonl, .csv, .parquet or .txt (ids).")
    if options.groups is not None and options.groups.suffix.lower() != ".csv":
        raise UserError(f"{options.groups.name}: the table of groups is written as .csv.")
    check_threshold(options.threshold)
    check_outputs(options, "out", "groups")
    study = open_study(options)
    if options.out is not None and study.dataset is None:
        raise UserError("Vectors alone have no rows to write. Leave --out away.")
    scores = study.scores(*parse_quality(options.keep_best)) if options.keep_best else None
    found = near_copies(study, progress=on_stderr(options))
    groups = found.at(options.threshold)
    for line in _said(study, found, groups, scores, options.border):
        print(line)
    if options.groups is not None:
        _write_groups(options.groups, study, groups, scores)
    if kind is not None and study.dataset is not None:
        stays = np.setdiff1d(np.arange(len(study)), groups.surplus(scores))
        write_rows(options.out, kind, study.dataset, study.positions[stays])
    return 0


def _said(
    study: Study, found: NearCopies, groups: Groups, scores: NDArray[np.float64] | None, border: int
) -> Iterator[str]:
    gone = groups.surplus(scores)
    yield (
        f"At a cosine of {groups.threshold:g}: {len(groups.grouped):,} rows in {len(groups.sizes):,} groups; "
        f"{len(gone):,} go where one of each stays, and {len(study) - len(gone):,} are left."
    )
    below = int((cosines_to_staying(study, groups, scores) < groups.threshold).sum())
    if below:
        yield (
            f"{below:,} of those that go are farther than that from the row that stays: other rows lie between the two."
        )
    for words, pairs in zip(
        ("least near of those joined", "next, not joined"), found.border(groups.threshold, border), strict=True
    ):
        for a, b, cosine in pairs:
            yield f"{words}: {cosine:.6f}"
            for row in (a, b):
                text = "" if study.texts is None else " ".join(study.texts[row].split())[:_TEXT]
                yield f"  row {study.positions[row] + 1:,} ({study.ids[row]}): {text}"


def _write_groups(path: Path, study: Study, groups: Groups, scores: NDArray[np.float64] | None) -> None:
    import csv

    staying = set(groups.staying(scores).tolist())
    rows = groups.grouped
    order = rows[np.lexsort((rows, groups.labels[rows]))]
    with draft_of(path) as draft, draft.open("w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["group", "position", "id", "stays"])
        for row in order.tolist():
            stays = "yes" if row in staying else "no"
            writer.writerow([int(groups.labels[row]), int(study.positions[row]), study.ids[row], stays])
