"""`gamut map`: the place and the cluster of every row, as the Map page shows them."""

import argparse
import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np

from ..clusterings import CLUSTERINGS
from ..drafts import draft_of
from ..errors import UserError
from ..projections import PROJECTIONS
from ..records import dump
from ..results import Clusters, Projection
from ..study import Study
from .inputs import add_data, add_embeddings, example, on_stderr, open_study
from .outputs import check_outputs

_ENDINGS = (".csv", ".json", ".npy")


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "map",
        help="lay the rows out in the plane, in clusters with names",
        **example("gamut map pool.jsonl --out map.csv"),
    )
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FILE",
        help=".csv or .json: id, row (from 0), x, y, cluster (-1: in none) and its name; .npy: x and y alone",
    )
    parser.add_argument("--method", choices=sorted(PROJECTIONS), default="umap", help="the projection (default: umap)")
    parser.add_argument(
        "--clusters", choices=sorted(CLUSTERINGS), default="kmeans", help="how clusters are found (default: kmeans)"
    )
    add_data(parser)
    add_embeddings(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if options.out.suffix.lower() not in _ENDINGS:
        raise UserError(f"{options.out.name}: cannot tell a format by that ending. Use one of {', '.join(_ENDINGS)}.")
    check_outputs(options, "out")
    study = open_study(options)
    progress = on_stderr(options)
    places = study.project(options.method, progress=progress)
    if places.note:
        print(places.note, file=sys.stderr)
    with draft_of(options.out) as draft:
        if options.out.suffix.lower() == ".npy":
            with draft.open("wb") as file:
                np.save(file, places.xy, allow_pickle=False)
        else:
            rows = _rows(study, places, study.cluster(options.clusters, xy=places, progress=progress))
            _write(draft, rows, as_csv=options.out.suffix.lower() == ".csv")
    return 0


def _rows(study: Study, places: Projection, groups: Clusters) -> list[dict[str, Any]]:
    columns = zip(study.ids, study.positions.tolist(), places.xy.tolist(), groups.labels.tolist(), strict=True)
    return [
        {"id": name, "row": row, "x": x, "y": y, "cluster": label, "cluster_name": groups.name_of(label)}
        for name, row, (x, y), label in columns
    ]


def _write(path: Path, rows: list[dict[str, Any]], *, as_csv: bool) -> None:
    if not as_csv:
        path.write_bytes(b"[" + b",\n".join(dump(row) for row in rows) + b"]\n")
        return
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
