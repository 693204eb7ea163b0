"""`gamut sweep`: how many clusters for kMQ."""

import argparse
import json
from typing import Any

from ..errors import UserError
from ..sweep import SAMPLE, sweep, sweep_sentence
from .inputs import add_data, add_part, add_vectors, example, on_stderr, open_study
from .roles import parse_quality


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "sweep",
        help="try numbers of clusters for kMQ: silhouettes, and the share of clusters of poor quality",
        **example("gamut sweep pool.jsonl", "gamut sweep pool.jsonl --counts 64,128,256 --quality score"),
    )
    parser.add_argument("--counts", metavar="A,B", help="numbers of clusters (default: 64, 128, ... as rows allow)")
    parser.add_argument("--quality", metavar="COLUMN[:low]", help="a score column; :low when lower is better")
    parser.add_argument("--threshold", type=float, help="mean score below which a cluster is poor (default: the mean)")
    parser.add_argument(
        "--sample", type=int, default=SAMPLE, help=f"rows whose silhouettes are found (default: {SAMPLE})"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the clusters and the sample (default: 0)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    add_part(parser, "group")
    add_vectors(parser)
    add_data(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    study = open_study(options)
    quality = parse_quality(options.quality) if options.quality else None
    threshold = options.threshold
    if threshold is not None and quality and not quality[1]:
        threshold = -threshold  # scores are turned round, so that higher is better
    found = sweep(
        study,
        _counts(options.counts) if options.counts else None,
        quality=quality,
        threshold=threshold,
        sample=options.sample,
        seed=options.seed,
        progress=on_stderr(options),
    )
    if options.json:
        points = [vars(point) | {"told_apart": point.told_apart} for point in found.points]
        print(json.dumps({"best": found.best.k, "sample": found.sample, "points": points}))
        return 0
    print(sweep_sentence(found))
    print(
        f"{'k':>7} {'silhouette':>19} {'behind the best':>19} {'inertia a row':>14}" + ("    poor" if quality else "")
    )
    for point in found.points:
        poor = "" if point.poor is None else f"{100 * point.poor:7.1f}%"
        print(
            f"{point.k:7,} {point.silhouette:11.4f} ± {point.standard_error:.4f} "
            f"{point.behind:11.4f} ± {point.behind_error:.4f} {point.inertia:14.4f}{poor}"
        )
    print(
        "A hint, not a rule: over eight values of k its authors saw a rank correlation of 0.69 with the trained model."
    )
    return 0


def _counts(words: str) -> list[int]:
    parts = [part.strip() for part in words.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() for part in parts):
        raise UserError(f"--counts {words}: expected numbers with commas between them, such as 64,128.")
    return [int(part) for part in parts]
