"""`gamut compare` and `gamut curve`."""

import argparse
import csv
import json
import math
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from ..comparison_tables import PAIR_COLUMNS, Row, as_csv, curve_rows, pair_rows, value_rows
from ..drafts import draft_of
from ..errors import UserError
from ..export_tables import csv_cell
from ..metrics import METRICS, find_metric
from ..progress import Progress
from ..projections import PROJECTIONS
from ..study import Study
from .compared_words import curves_in_words, differences_in_words, in_words, pairs_in_words
from .inputs import add_data, add_part, add_texts, add_vectors, data_path, example, on_stderr, open_sets, open_study
from .measure import params_by_metric
from .outputs import check_outputs


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "compare",
        help="lay several sets side by side at equal size, and say on which metrics they differ",
        **example(
            "gamut compare mine.jsonl dolly_3k.jsonl gsm8k.jsonl --size 500",
            "gamut compare mine.jsonl theirs.jsonl --metrics novelsum,vendi --reference pool.jsonl --json",
            "gamut compare mine.jsonl theirs.jsonl --pairs --csv values.csv --pairs-csv pairs.csv",
            "gamut compare mine.jsonl theirs.jsonl --curves --curves-csv by_size.csv",
            "gamut compare mine.jsonl theirs.jsonl --differences",
            "gamut compare pool.jsonl:subset:maths pool.jsonl:subset:code",
        ),
    )
    parser.add_argument(
        "data",
        nargs="+",
        metavar="DATA",
        type=data_path,
        help="a file for each set: JSONL, JSON, CSV, TSV, Parquet, Arrow, text, or vectors (.npy, .npz, FILE:NAME); "
        "FILE:subset:NAME is a saved subset of it",
    )
    add_metrics(parser)
    parser.add_argument("--size", type=int, metavar="N", help="rows of each set (default: the smallest, at most 5000)")
    parser.add_argument("--repeats", type=int, default=10, help="subsamples whose mean is taken (default: 10)")
    parser.add_argument("--seed", type=int, default=0, help="of the subsamples (default: 0)")
    parser.add_argument(
        "--differences", action="store_true", help="of two sets also: clusters gained and lost, what merging brings"
    )
    parser.add_argument(
        "--map",
        type=Path,
        metavar="FILE.csv",
        help="lay all sets out on one map as well, and write set, id, row (from 0), x and y",
    )
    parser.add_argument(
        "--method", choices=sorted(PROJECTIONS), default="umap", help="the projection of --map (default: umap)"
    )
    parser.add_argument(
        "--pairs", action="store_true", help="also, for every metric and two sets: difference, error, p and verdict"
    )
    parser.add_argument(
        "--csv",
        type=Path,
        metavar="FILE.csv",
        help="write a line for every metric and set, with all settings",
    )
    parser.add_argument("--pairs-csv", type=Path, metavar="FILE.csv", help="write a line for every metric and two sets")
    parser.add_argument("--curves", action="store_true", help="also the comparison at smaller sizes")
    parser.add_argument("--sizes", metavar="A,B", help="of --curves: rows of each set (default: 50, doubled, and all)")
    parser.add_argument("--curves-csv", type=Path, metavar="FILE.csv", help="write the lines of --csv at every size")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--reference", metavar="R", help="what metrics that need one are taken against")
    parser.add_argument(
        "--embeddings", action="append", default=[], metavar="E.npy", help="vectors of a set, for each in order"
    )
    add_texts(parser)
    parser.set_defaults(run=run)

    parser = commands.add_parser(
        "curve",
        help="show how metrics move with the number of rows",
        **example("gamut curve pool.jsonl --metrics vendi,novelsum --sizes 100,200,400"),
    )
    add_metrics(parser)
    parser.add_argument("--sizes", metavar="A,B", help="rows (default: 50, doubled to 5000, and all)")
    parser.add_argument("--repeats", type=int, default=10, help="subsamples of each size (default: 10)")
    parser.add_argument("--seed", type=int, default=0, help="of the subsamples (default: 0)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    add_part(parser, "draw the curves of")
    add_vectors(parser)
    add_data(parser)
    parser.set_defaults(run=run_curve)


def run(options: argparse.Namespace) -> int:
    from ..comparison import compare
    from ..differences import differences
    from ..equal_curves import curves_at_equal_size, settled_curves

    names, params = metrics_of(options)
    if options.differences and len(options.data) != 2:
        raise UserError(f"--differences tells two sets apart, and {len(options.data)} are named.")
    sizes = sizes_of(options)
    wants_curves = options.curves or options.curves_csv is not None
    if sizes and not wants_curves:
        raise UserError("--sizes are the sizes of --curves: say that these are wanted.")
    check_outputs(options, "map", "csv", "pairs_csv", "curves_csv")
    studies, reference = open_sets(options)
    how: dict[str, Any] = {"size": options.size, "repeats": options.repeats, "seed": options.seed, "params": params}
    if wants_curves:  # sizes that cannot be had are said before the work
        settled_curves(studies, names, sizes=sizes, reference=reference, **how)
    progress = on_stderr(options)
    found = compare(studies, names, reference=reference, progress=progress, **how)
    apart = (
        differences(studies[0], studies[1], metrics=names, progress=progress, **how) if options.differences else None
    )
    curves = None
    if wants_curves:
        curves = curves_at_equal_size(studies, names, sizes=sizes, reference=reference, progress=progress, **how)
        _write(options.curves_csv, curve_rows(curves))
    placed = _map(options, studies, progress) if options.map else None
    _write(options.csv, value_rows(found))
    _write(options.pairs_csv, pair_rows(found), PAIR_COLUMNS)
    if options.json:
        more = ({"differences": apart.as_json()} if apart else {}) | ({"map": placed} if placed else {})
        more |= {"curves": curves.as_json()} if curves else {}
        print(json.dumps(found.as_json() | more, ensure_ascii=False))
        return 0
    print(in_words(found))
    if options.pairs:
        print(pairs_in_words(found))
    if curves:
        print(curves_in_words(curves))
    for each in placed["overlap"] if placed else ():
        first, second = each["sets"]
        by_chance = f"two parts drawn at random from both {each['chance']:.0%}"
        print(f"On one map {first} and {second} share {each['share']:.0%} of their density, {by_chance}.")
    if apart:
        print(differences_in_words(apart))
    return 0


def _write(path: Path | None, rows: Sequence[Row], columns: Sequence[str] | None = None) -> None:
    if path is not None:
        with draft_of(path) as draft:
            draft.write_bytes(as_csv(rows, columns))


def _map(options: argparse.Namespace, studies: Sequence[Study], progress: Progress) -> dict[str, Any]:
    """Write the places of all sets on one map; how much of their density every two of them share."""
    from ..joint_map import joint_map

    placed = joint_map(studies, method=options.method, progress=progress)
    with draft_of(options.map) as draft, draft.open("w", encoding="utf-8", errors="replace", newline="") as file:
        table = csv.writer(file)
        table.writerow(["set", "id", "row", "x", "y"])
        for number, (name, study, rows) in enumerate(zip(placed.names, studies, placed.rows, strict=True)):
            for row, (x, y) in zip(rows.tolist(), placed.places(number).tolist(), strict=True):
                table.writerow([csv_cell(name), csv_cell(study.ids[row]), int(study.positions[row]), x, y])
    overlap = []
    for first, second in combinations(range(len(studies)), 2):
        share, chance = placed.overlap(first, second)
        overlap.append({"sets": [placed.names[first], placed.names[second]], "share": share, "chance": chance})
    return {"method": placed.method, "file": str(options.map), "overlap": overlap}


def run_curve(options: argparse.Namespace) -> int:
    from ..size_curve import size_curves

    names, params = metrics_of(options)
    sizes = sizes_of(options)
    study = open_study(options)
    how: dict[str, Any] = {"sizes": sizes, "repeats": options.repeats, "seed": options.seed, "params": params}
    curves = size_curves(study, names, progress=on_stderr(options), **how)
    if options.json:
        print(json.dumps({"curves": [curve.as_json() for curve in curves]}, ensure_ascii=False))
        return 0
    for curve in curves:
        against = f", against {curve.reference}" if curve.reference else ""
        print(f"{METRICS[curve.metric].title}{against}")
        for size, value, low, high in zip(curve.sizes, curve.values, curve.low, curve.high, strict=True):
            band = "" if math.isnan(low) else f"  [{low:,.4g}, {high:,.4g}]"
            print(f"  {size:>9,} {value:>12,.4g}{band}")
        if curve.reason:
            print(f"  {curve.reason}")
    return 0


def sizes_of(options: argparse.Namespace) -> list[int] | None:
    try:
        return [int(word) for word in options.sizes.split(",")] if options.sizes else None
    except ValueError:
        raise UserError(f"--sizes {options.sizes}: expected numbers of rows with commas, such as 100,200.") from None


def add_metrics(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--metrics", metavar="A,B", help="names, separated by commas (default: all there are data for)")
    parser.add_argument(
        "--param", action="append", default=[], metavar="METRIC.KEY=VALUE", help="such as novelsum.alpha=2; repeatable"
    )


def metrics_of(options: argparse.Namespace) -> tuple[list[str] | None, dict[str, dict[str, Any]]]:
    names = [name.strip() for name in options.metrics.split(",") if name.strip()] if options.metrics else None
    for name in names or ():
        find_metric(name)
    return names, params_by_metric(options.param, names)
