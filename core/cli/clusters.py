"""`gamut clusters`: the clusters of the Map page, listed, renamed, merged, excluded, and their rows written."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cluster_editing import ClusterEditing, excluded_rows
from ..cluster_edits_json import read_edits_file
from ..clusterings import CLUSTERINGS, find_clustering
from ..errors import UserError
from ..projections import PROJECTIONS
from ..results import Clusters
from ..store import write_json
from ..study import Study
from ..writing import kind_of, write_rows
from .inputs import add_data, add_embeddings, example, on_stderr, open_study
from .outputs import check_outputs


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "clusters",
        help="list the clusters of the map, rename, merge and exclude them",
        **example(
            "gamut clusters pool.jsonl",
            "gamut clusters pool.jsonl --rename 3=Maths --merge 1,2=Code --exclude 5",
            "gamut clusters pool.jsonl --undo",
            "gamut clusters pool.jsonl --rows 3 --out maths.jsonl",
            "gamut clusters pool.jsonl --save-edits edits.json",
        ),
    )
    parser.add_argument(
        "--clusters", choices=sorted(CLUSTERINGS), default="kmeans", help="how clusters are found (default: kmeans)"
    )
    parser.add_argument(
        "--method",
        choices=sorted(PROJECTIONS),
        default="umap",
        help="the map in which HDBSCAN looks for clusters (default: umap)",
    )
    edits = parser.add_argument_group("edits, done in this order and kept; each can be undone")
    edits.add_argument(
        "--edits", type=Path, metavar="FILE.json", help="put the edits of this file in the place of all that were made"
    )
    edits.add_argument(
        "--rename",
        action="append",
        default=[],
        metavar="N=NAME",
        help="call cluster N so (N=: as it was called first); repeatable",
    )
    edits.add_argument(
        "--merge", action="append", default=[], metavar="N,M[=NAME]", help="make one of several; repeatable"
    )
    edits.add_argument("--split", action="append", default=[], type=int, metavar="N", help="take a merged one apart")
    edits.add_argument("--exclude", action="append", default=[], metavar="N,M", help="mark clusters as excluded")
    edits.add_argument("--include", action="append", default=[], metavar="N,M", help="take that mark away")
    steps = edits.add_mutually_exclusive_group()
    steps.add_argument("--undo", action="store_true", help="take the last edit back")
    steps.add_argument("--redo", action="store_true", help="make the edit again that was undone last")
    parser.add_argument("--save-edits", type=Path, metavar="FILE.json", help="write the edits as they are now")
    parser.add_argument("--rows", metavar="N,M|excluded", help="the clusters whose rows --out writes")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write those rows: .jsonl .csv .parquet .txt (ids)")
    parser.add_argument("--json", action="store_true", help="the list as one JSON object on stdout")
    add_embeddings(parser)
    add_data(parser)
    parser.set_defaults(run=run, reference=None)


def run(options: argparse.Namespace) -> int:
    kind = None if options.out is None else kind_of(options.out)
    if kind in ("npy", "json"):
        raise UserError(f"{options.out.name}: rows of clusters are written as .jsonl, .csv, .parquet or .txt (ids).")
    if (options.rows is None) != (kind is None):
        raise UserError("--rows says whose rows are written, and --out where to: name both.")
    check_outputs(options, "out", "save_edits")
    study = open_study(options)
    if kind is not None and study.dataset is None:
        raise UserError("Vectors alone have no rows to write. Leave --rows and --out away.")
    progress = on_stderr(options)
    xy = None
    if "xy" in find_clustering(options.clusters).needs:
        xy = study.project(options.method, progress=progress)
    editing = ClusterEditing(study, options.clusters, xy=xy, progress=progress)
    _edit(editing, options)
    now = editing.clusters
    if options.json:
        print(json.dumps({"clusters": list(_listed(study, now)), "edits": editing.edits.as_json()}, ensure_ascii=False))
    else:
        _print(study, now)
    if options.save_edits is not None:
        write_json(options.save_edits, editing.edits.as_json())
    if kind is not None and study.dataset is not None:
        rows = _rows(options.rows, editing, now)
        write_rows(options.out, kind, study.dataset, study.positions[rows])
        print(f"gamut: {len(rows):,} rows to {options.out}.", file=sys.stderr)
    return 0


def _edit(editing: ClusterEditing, options: argparse.Namespace) -> None:
    if options.edits is not None:
        editing.take(read_edits_file(options.edits))
    for word in options.rename:
        number, equals, name = word.partition("=")
        if not equals:
            raise UserError(f"--rename {word}: write a number and a name, such as 3=Maths.")
        editing.rename(_numbers(number, "--rename")[0], name)
    for word in options.merge:
        numbers, _, name = word.partition("=")
        editing.merge(_numbers(numbers, "--merge"), name)
    for number in options.split:
        editing.split(number)
    for word in options.exclude:
        editing.exclude(_numbers(word, "--exclude"))
    for word in options.include:
        editing.include(_numbers(word, "--include"))
    if options.undo or options.redo:
        what = editing.undo() if options.undo else editing.redo()
        print(f"gamut: {'undone' if options.undo else 'done again'}: {what}.", file=sys.stderr)


def _numbers(word: str, option: str) -> list[int]:
    """The numbers in `1,2`."""
    pieces = [piece.strip() for piece in word.split(",")]
    if not all(piece.isascii() and piece.isdecimal() and len(piece) < 10 for piece in pieces):
        raise UserError(f"{option} {word[:80]}: write numbers of clusters with commas between them, such as 1,2.")
    return [int(piece) for piece in pieces]


def _listed(study: Study, now: Clusters) -> Iterator[dict[str, Any]]:
    for label, name in enumerate(now.names):
        yield {
            "numbers": list(now.numbers(label)),
            "name": name,
            "rows": int(now.sizes[label]),
            "excluded": label in now.excluded,
            "middle_row": int(study.positions[now.medoids[label]]),
        }


def _print(study: Study, now: Clusters) -> None:
    print(f"{study.name}: {len(now.names):,} clusters by {now.method}")
    for each in _listed(study, now):
        numbers = "+".join(map(str, each["numbers"]))
        print(f"{numbers:>8}  {each['rows']:>9,}  {each['name']}{' (excluded)' if each['excluded'] else ''}")
    alone = int((now.labels < 0).sum())
    if alone:
        print(f"{'':>8}  {alone:>9,}  in no cluster")


def _rows(word: str, editing: ClusterEditing, now: Clusters) -> NDArray[np.int64]:
    if word == "excluded":
        return excluded_rows(now)
    wanted = [editing.edits.parts_of(editing.found, number)[0] for number in _numbers(word, "--rows")]
    return np.flatnonzero(np.isin(now.labels, [now.label_of(number) for number in wanted]))
