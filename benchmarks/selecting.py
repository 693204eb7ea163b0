"""Speed of the selectors: at 52,000 rows, beside the products that they cannot avoid, and of a million rows.

    .venv/bin/python benchmarks/selecting.py [--vectors E.npy] [--only A,B] [--million]

Prints one table in one run; every row has its seconds and a ratio, and says to what. What one would otherwise run is
timed by `selecting_peers.py`.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # started as a file: the checkout is the package
sys.path.insert(0, str(Path(__file__).resolve().parent))

from metrics import as_in_a_study, groups, peak, product

from core.blocks import multiply, row_blocks
from core.geometry import Space
from core.selectors import SELECTORS, Selection, find_selector, select
from core.selectors._cluster_sweep import sweep_clusters

BUDGET, FEW = 5000, 1000
_FEW_OF = {"dpp"}  # memory and time grow with the square of the budget


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", type=Path, help="embeddings of some 52,000 rows (default: seeded groups of rows)")
    parser.add_argument("--rows", type=int, default=52_000, help="rows of the set (default 52,000)")
    parser.add_argument("--only", metavar="A,B", help="these selectors alone")
    parser.add_argument("--million", action="store_true", help="those that can, of a million rows, and nothing else")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(SELECTORS)
    if options.million:
        million([name for name in names if name in MILLION])
        return
    rows = np.load(options.vectors)[: options.rows] if options.vectors else groups(options.rows)
    multiply(rows[:2048], rows[:2048].T)  # torch starts
    whole_set(rows, names)


def columns(n: int) -> dict[str, Any]:
    """Seeded columns for selectors that need some."""
    rng = np.random.default_rng(5)
    tags = [tuple(f"tag {tag}" for tag in rng.integers(0, 2000, rng.integers(1, 6))) for _ in range(n)]
    return {"quality": rng.random(n), "labels": rng.integers(0, 12, n), "tags": tags}


def given(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """The columns, with a score for those alone that need one or are meant to have one."""
    selector = find_selector(name)
    scored = "quality" in selector.needs or selector.by_score
    return {column: values for column, values in data.items() if column != "quality" or scored}


def whole_set(rows: np.ndarray, names: list[str]) -> None:
    """Every selector of 5,000 rows, beside one n x n product and one matrix-vector product a pick."""
    start = time.perf_counter()
    product(rows, rows)
    base = time.perf_counter() - start
    start = time.perf_counter()
    for row in rows[:100]:
        rows @ row
    vectors = (time.perf_counter() - start) / 100
    print(f"{len(rows):,} x {rows.shape[1]}: n x n product {base:.1f} s, n x d times a vector {vectors * 1e3:.1f} ms")
    space, data = as_in_a_study(rows), columns(len(rows))
    print(f"{'selector':30} {'rows':>6} {'seconds':>9} {'n x n':>7} {'vectors':>8} {'covers':>7} {'memory':>8}")
    for name in names:
        budget = FEW if name in _FEW_OF else BUDGET
        found = select(name, space, min(budget, len(rows)), **given(name, data))
        line(name, found, space, base, vectors)
    if names == list(SELECTORS):
        sparse = select("facility_location", space, min(BUDGET, len(rows)), pairs="nearest")
        line("  by the nearest rows", sparse, space, base, vectors)
        start = time.perf_counter()
        found_k = sweep_clusters(space, [64, 128, 256, 512, 1024])
        print(f"silhouettes for five k, best {found_k.best.k}: {time.perf_counter() - start:.1f} s")


def line(name: str, found: Selection, space: Space, base: float, vectors: float) -> None:
    print(
        f"{name:30} {len(found):6,} {found.seconds:9.2f} {found.seconds / base:7.2f} "
        f"{found.seconds / (vectors * len(found)):8.2f} {covered(space, found):7.4f} {peak():5.2f} GB",
        flush=True,
    )


def covered(space: Space, found: Selection) -> float:
    """Mean highest cosine of all rows to the chosen ones, negative ones as 0."""
    chosen, total = np.ascontiguousarray(space.unit[found.positions].T), 0.0
    for part in row_blocks(len(space), 4 * len(found)):
        total += float(np.maximum(multiply(space.unit[part], chosen).max(axis=1), 0).sum(dtype=np.float64))
    return total / len(space)


MILLION = {  # those that can, and how many rows
    "random": 50_000,
    "kmeans_closest": 50_000,
    "kmq": 50_000,
    "semdedup": 50_000,
    "facility_location": 50_000,
    "novelselect_parts": 5_000,
    "stratified": 50_000,
    "quality": 50_000,
    "farthest": 50_000,
    "inter_diversity": 50_000,
    "intra_diversity": 50_000,
}


def million(names: list[str]) -> None:
    """Rows of a million, by those selectors that can."""
    rows = groups(1_000_000, 1)
    start = time.perf_counter()
    space, data = as_in_a_study(rows), columns(len(rows))
    print(f"{len(rows):,} x {rows.shape[1]}, opened and copies found in {time.perf_counter() - start:.1f} s")
    for name in names:
        found = select(name, space, MILLION[name], **given(name, data))
        notes = f"   {' '.join(found.notes)}" if found.notes else ""
        print(f"{name:24} {len(found):7,} {found.seconds:9.1f} s {peak():6.2f} GB{notes}", flush=True)


if __name__ == "__main__":
    main()
