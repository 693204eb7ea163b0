"""`gamut empty-regions`: what a reference has and a dataset lacks, by the clusters of the reference."""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from ..empty_regions import EmptyRegions, check_reference, empty_regions
from ..errors import UserError
from ..study import Study
from ..told_apart import USUAL
from ..writing import kind_of, write_rows
from .inputs import add_data, add_vectors, example, on_stderr, open_study
from .outputs import check_outputs

_EXAMPLES, _TEXT = 3, 120  # rows of each region that are shown, and characters of their texts


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "empty-regions",
        help="find where a reference has rows and the data has none",
        **example(
            "gamut empty-regions mine.jsonl --reference pool.jsonl",
            "gamut empty-regions mine.jsonl --reference pool.jsonl --out lacking.jsonl",
        ),
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the reference rows of these regions, with region and distance: .jsonl .csv .parquet, or .txt (ids)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    add_vectors(parser)
    add_data(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    kind = None if options.out is None else kind_of(options.out)
    if kind in ("npy", "json"):
        raise UserError(f"{options.out.name}: rows of regions are written as .jsonl, .csv, .parquet or .txt (ids).")
    check_outputs(options, "out")
    study = open_study(options)
    reference = check_reference(study)
    if kind is not None and reference.dataset is None:
        raise UserError("The reference is vectors alone, and has no rows to write. Leave --out away.")
    found = empty_regions(study, progress=on_stderr(options))
    if options.json:
        print(json.dumps(_as_json(reference, found), ensure_ascii=False))
    else:
        _print(study, reference, found)
    if kind is not None and reference.dataset is not None:
        rows = np.concatenate([np.empty(0, dtype=np.int64), *(region.rows for region in found.regions)])
        names = [region.name for region in found.regions for _ in region.rows]
        extra = None if kind == "ids" else {"region": names, "distance": found.distances[rows].tolist()}
        write_rows(options.out, kind, reference.dataset, reference.positions[rows], extra=extra)
    return 0


def _as_json(reference: Study, found: EmptyRegions) -> dict[str, Any]:
    regions = [
        {
            "name": region.name,
            "reference_rows": region.size,
            "distance": region.distance,
            "positions": reference.positions[region.rows].tolist(),
            "distances": found.distances[region.rows].tolist(),
        }
        for region in found.regions
    ]
    return {"usual": found.usual, "rows": len(found.distances), "far": found.far, "regions": regions}


def _print(study: Study, reference: Study, found: EmptyRegions) -> None:
    print(
        f"{found.far:,} of {len(reference):,} rows of {reference.name} have nothing near them in {study.name}: their "
        f"nearest row there is farther than {found.usual:.3g}, within which {USUAL:.0%} of its rows have their own "
        "nearest (cosine distance)."
    )
    if not found.regions:
        print("They are not more than chance explains in any cluster of the reference.")
    for region in found.regions:
        print(f"{region.name}: {len(region.rows):,} of {region.size:,} rows, {region.distance:.3g} away in the middle")
        for row in region.rows[:_EXAMPLES].tolist() if reference.texts is not None else ():
            text = " ".join(reference.texts[row].split())[:_TEXT] if reference.texts is not None else ""
            print(f"  {found.distances[row]:.3f}  row {reference.positions[row] + 1:,}: {text}")
