"""Gamut's metrics beside the scorers of OpenDataArena that say the same of a whole set, in one run, with both values.

    .venv/bin/python benchmarks/oda_scorers.py FOLDER [--vectors E.npy] [--rows 1000]

FOLDER is a checkout of OpenDataArena/ODA-DataScorer; its scorers read their vectors from a file, as they do in use, and
that time counts. Some of them look at one pair of rows at a time: a thousand rows take minutes. Left out are those that
are given the cells of a clustering instead of finding them, and those that score one text at a time.
"""

import argparse
import contextlib
import importlib
import io
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # started as a file: the checkout is the package

from benchmarks.metrics import GRID, groups
from core.geometry import Space
from core.metrics import METRICS
from core.metrics.novelsum import novelsum_grid

RIDGE = 1e-3  # of the log-determinant, for both


@dataclass(frozen=True)
class Beside:
    """One scorer, what it is told, how its answer reads as ours, and ours."""

    scorer: str
    settings: dict[str, Any]
    value: Callable[[Any], float]  # of a dict or of a list of them, as the scorer answers
    ours: Callable[[Space, Space], float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vectors", type=Path, help="embeddings (default: seeded groups of rows)")
    parser.add_argument("--rows", type=int, default=1000, help="rows of the set (default 1,000)")
    options = parser.parse_args()
    sys.path.insert(0, str(options.folder / "heuristic"))
    rows = np.load(options.vectors)[: options.rows] if options.vectors else groups(options.rows)
    part = rows[np.random.default_rng(0).permutation(len(rows))[: len(rows) // 10]]
    print(f"{rows.shape[0]:,} x {rows.shape[1]}, and of these {len(part):,} where a metric takes two sets\n")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        np.save(folder / "all.npy", rows)
        np.save(folder / "part.npy", part)
        for name, size in (("all", len(rows)), ("part", len(part))):
            (folder / f"{name}.jsonl").write_text("".join(f'{{"id": {number}}}\n' for number in range(size)))
        for each in _table():
            _line(each, rows, part, folder)


def _table() -> list[Beside]:
    several = {"neighbors": [5, 10], "density_powers": [0, 0.25, 0.5], "distance_powers": [0, 1, 2]}
    return [
        Beside("Aps", {}, lambda found: 1 - found["score"], lambda every, _: METRICS["distsum_cosine"](every).value),
        Beside(
            "KNN",
            {"k": 1, "distance_metric": "cosine"},
            lambda found: float(np.mean([each["score"] for each in found])),
            lambda every, _: METRICS["knn_distance"](every).value,
        ),
        Beside(
            "NovelSum",
            several,
            lambda found: found["neighbor_10_density_0.5_distance_1"],
            lambda every, _: novelsum_grid(every, every, GRID)[1.0, 0.5, 10].value,
        ),
        Beside("Vendi", {}, lambda found: found["vendi_score"], lambda every, _: METRICS["vendi"](every, q=1).value),
        Beside("Radius", {}, lambda found: found["radius"], lambda every, _: METRICS["radius"](every).value),
        Beside(
            "LogDetDistance",
            {"ridge_alpha": RIDGE},
            lambda found: found[0]["log_det"] / found[0]["num_samples"],
            lambda every, _: METRICS["log_det"](every, ridge=RIDGE).value,
        ),
        Beside(
            "FacilityLocation",
            {"distance_metric": "cosine"},
            lambda found: found["avg_min_distance"],
            lambda every, part: METRICS["mean_coverage"](part, reference=every).value,
        ),
    ]


def _line(each: Beside, rows: np.ndarray, part: np.ndarray, folder: Path) -> None:
    each.ours(Space(rows), Space(part))  # libraries are loaded
    start = time.perf_counter()
    mine = each.ours(Space(rows), Space(part))
    middle = time.perf_counter()
    theirs = each.value(_scored(each, folder))
    end = time.perf_counter()
    ratio = (end - middle) / (middle - start)
    same = "same" if math.isclose(mine, theirs, rel_tol=1e-4, abs_tol=1e-6) else "OTHER"
    print(
        f"{each.scorer:18} {middle - start:8.4f} s   theirs {end - middle:8.2f} s   {ratio:9.0f} times as fast   "
        f"{mine:.6g} and {theirs:.6g} ({same})",
        flush=True,
    )


def _scored(each: Beside, folder: Path) -> Any:
    module = importlib.import_module(f"scorers.{each.scorer}Scorer")
    config = {
        "embedding_path": str(folder / "all.npy"),
        "dense_ref_path": str(folder / "all.npy"),
        "subset_embeddings_path": str(folder / "part.npy"),
        "max_workers": os.cpu_count(),
        **each.settings,
    }
    data = folder / ("part.jsonl" if each.scorer == "FacilityLocation" else "all.jsonl")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return getattr(module, f"{each.scorer}Scorer")(config).evaluate(str(data))


if __name__ == "__main__":
    main()
