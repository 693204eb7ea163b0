"""Speed of the metrics of embeddings: beside their matrix products, beside what one would otherwise run, and at size.

    .venv/bin/python benchmarks/metrics.py [--vectors E.npy] [--peers FOLDER] [--million] [--device cuda]

Prints one table in one run; every row has its seconds and a ratio, and says to what. FOLDER holds checkouts of what one
would otherwise run, under their repositories' names (NovelSum, Vendi-Score); what is not there is left out and said.
"""

import argparse
import importlib
import os
import resource
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # started as a file: the checkout is the package

from core.blocks import multiply, row_blocks
from core.geometry import Space
from core.measuring import measure, share_passes
from core.metrics import METRICS
from core.metrics.novelsum import novelsum_grid

DIMENSIONS = 384
EMBEDDED = [name for name, metric in METRICS.items() if "space" in metric.needs]
GRID = [(alpha, beta, k) for alpha in (0.0, 1.0, 2.0) for beta in (0.0, 0.25, 0.5) for k in (5, 10)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", type=Path, help="embeddings of some 52,000 rows (default: seeded groups of rows)")
    parser.add_argument("--rows", type=int, default=52_000, help="rows of the set (default 52,000)")
    parser.add_argument("--rounds", type=int, default=3, help="times that all is done; the least seconds count")
    parser.add_argument("--peers", type=Path, help="folder with checkouts of what one would otherwise run")
    parser.add_argument(
        "--million", action="store_true", help="every metric on a million rows, and coverage of another million, too"
    )
    parser.add_argument("--device", default="cpu", help="cuda: all of it there too, after the processor (default cpu)")
    options = parser.parse_args()
    import torch

    rows = np.load(options.vectors)[: options.rows] if options.vectors else groups(options.rows)
    multiply(rows[:2048], rows[:2048].T)  # torch starts
    for device in dict.fromkeys(("cpu", options.device)):
        os.environ["GAMUT_DEVICE"] = device
        print(f"{len(rows):,} x {rows.shape[1]}, {torch.get_num_threads()} threads, device {device}\n")
        whole_set(rows, options.rounds)
        novelsum_of_part(rows, options.rounds)
    print(f"peak memory so far: {peak():.2f} GB\n")
    beside_libraries(rows[:10_000])
    beside_authors(rows[:4000], options.peers)
    beside_vendi(rows[:4000], options.peers)
    if options.million:
        million()
        beside_another_million()


def groups(n: int, seed: int = 0) -> np.ndarray:
    """Seeded rows in groups of unequal width and size, unit length, float32."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(300, DIMENSIONS)).astype(np.float32)
    rows = np.empty((n, DIMENSIONS), dtype=np.float32)
    for part in row_blocks(n, DIMENSIONS * 8):
        size = part.stop - part.start
        group = (300 * rng.random(size) ** 2).astype(int)
        rows[part] = centres[group] + (0.5 + group[:, None] / 300) * rng.normal(size=(size, DIMENSIONS))
        rows[part] /= np.linalg.norm(rows[part], axis=1, keepdims=True)
    return rows


def as_in_a_study(rows: np.ndarray) -> Space:
    """A space whose distinct rows are known: a study finds them once, and no step after that pays for it."""
    space = Space(rows)
    _ = space.distinct
    return space


def whole_set(rows: np.ndarray, rounds: int) -> None:
    """All metrics of a set by itself beside one n x n product."""
    best = Best()
    for _ in range(rounds):
        best.timed("one blocked n x n product", lambda: product(rows, rows))
        space = Space(rows)
        start = time.perf_counter()
        best.timed("the pass over all pairs, shared", lambda s=space: share_passes({n: {} for n in EMBEDDED}, s, None))
        for name in EMBEDDED:
            best.timed(f"  {name}, after it", lambda n=name, s=space: METRICS[n](s))
        best.add("all metrics of embeddings", time.perf_counter() - start)
    best.table()


def novelsum_of_part(rows: np.ndarray, rounds: int) -> None:
    """NovelSum of 10,000 rows against all beside its two matrix products."""
    some = rows[np.random.default_rng(0).permutation(len(rows))[:10_000]]
    best = Best()
    for _ in range(rounds):
        best.timed("10,000 x n and 10,000 x 10,000 products", lambda: (product(some, rows), product(some, some)))
        reference = as_in_a_study(rows)
        best.timed("NovelSum, 10,000 rows against n", lambda r=reference: METRICS["novelsum"](Space(some), reference=r))
        again = as_in_a_study(rows)
        best.timed(f"NovelSum, grid of {len(GRID)}", lambda r=again: novelsum_grid(Space(some), r, GRID))
    best.table()


class Best:
    """The least seconds of each step over some rounds: other work on the machine only ever adds."""

    def __init__(self) -> None:
        self._found: dict[str, float] = {}

    def timed(self, what: str, run: Callable[[], Any]) -> None:
        start = time.perf_counter()
        run()
        self.add(what, time.perf_counter() - start)

    def add(self, what: str, seconds: float) -> None:
        self._found[what] = min(seconds, self._found.get(what, seconds))

    def table(self) -> None:
        """A line for each, as a ratio to the first."""
        base = next(iter(self._found.values()))
        for what, seconds in self._found.items():
            print(f"{what:44} {seconds:8.2f} s   {seconds / base:6.2f} products", flush=True)


def beside_libraries(rows: np.ndarray) -> None:
    """scikit-learn's pairwise metrics on the same rows."""
    from sklearn.metrics import pairwise_distances_chunked
    from sklearn.neighbors import NearestNeighbors

    n = len(rows)

    def mean(metric: str) -> float:
        return float(
            sum(chunk.sum(dtype=np.float64) for chunk in pairwise_distances_chunked(rows, metric=metric)) / (n * n - n)
        )

    def nearest() -> float:
        model = NearestNeighbors(n_neighbors=2, algorithm="brute", metric="cosine").fit(rows)
        return float(model.kneighbors(rows)[0][:, 1].mean())

    print(f"\nbeside scikit-learn, {n:,} rows")
    for name, theirs in (
        ("distsum_cosine", lambda: mean("cosine")),
        ("distsum_l2", lambda: mean("euclidean")),
        ("knn_distance", nearest),
    ):
        beside(name, lambda name=name: METRICS[name](Space(rows)).value, theirs)


def beside_authors(rows: np.ndarray, peers: Path | None) -> None:
    """The NovelSum authors' own functions; their index asks for a GPU, so faiss's own on the processor stands in."""
    folder = peers and peers / "NovelSum"
    if not folder or not folder.is_dir():
        print("\nthe NovelSum authors' code: not there, left out")
        return
    import faiss
    import torch

    faiss.StandardGpuResources = getattr(faiss, "StandardGpuResources", types.SimpleNamespace)
    theirs = loaded(folder, "novelsum")

    def run() -> float:
        distances = theirs.compute_cos_distance(rows, torch.device("cpu"))
        index = faiss.IndexFlatL2(rows.shape[1])
        index.add(np.unique(rows, axis=0))
        sparse = index.search(rows, 11)[0][:, 1:].mean(axis=1)
        return float(theirs.novelsum(distances, 1 / np.power(sparse + 1e-9, 0.5), power=1.0))

    print(f"\nbeside the authors' code, {len(rows):,} rows")
    beside("novelsum", lambda: METRICS["novelsum"](Space(rows)).value, run)


def beside_vendi(rows: np.ndarray, peers: Path | None) -> None:
    """The Vendi Score's own package, from the n x n matrix and from the d x d one."""
    folder = peers and peers / "Vendi-Score"
    if not folder or not folder.is_dir():
        print("\nthe Vendi Score's own package: not there, left out")
        return
    import scipy

    if not hasattr(scipy.sparse, "csr"):  # its code names a module that newer ones have no more
        scipy.sparse.csr = types.SimpleNamespace(csr_matrix=scipy.sparse.csr_matrix)
    theirs = loaded(folder, "vendi_score.vendi")
    print(f"\nbeside the Vendi Score's package, {len(rows):,} rows")
    for way in ("score_X", "score_dual"):
        beside(
            "vendi", lambda: METRICS["vendi"](Space(rows)).value, lambda way=way: float(getattr(theirs, way)(rows)), way
        )


def million() -> None:
    """Every metric on a million rows: estimates where they are made, exact values elsewhere."""
    rows = groups(1_000_000, 1)
    print(f"\n{len(rows):,} rows, every metric; * is an estimate, with half the width of its interval")
    space = Space(rows)
    start = time.perf_counter()
    seconds = share_passes({name: {} for name in EMBEDDED}, space, None)
    print(f"the pass over pairs, shared: {time.perf_counter() - start:.1f} s")
    for name in EMBEDDED:
        score = measure(name, space)
        reach = f" +- {(score.interval[1] - score.interval[0]) / 2:.2g}" if score.interval else ""
        star = "*" if score.estimated else ""
        print(f"  {name:20} {score.seconds + seconds.get(name, 0):7.1f} s   {score.value:.5g}{star}{reach}", flush=True)
    print(f"in all {time.perf_counter() - start:.1f} s, peak memory {peak():.2f} GB")


def beside_another_million() -> None:
    """The metrics of coverage of a million rows, the reference another million: of the same groups, and of others."""
    both = groups(2_000_000, 2)
    space = Space(both[:1_000_000])
    for what, rows in (("the same groups", both[1_000_000:]), ("other groups", groups(1_000_000, 3))):
        reference = Space(rows)
        print(f"\n{len(space):,} rows against {len(reference):,} others, of {what}")
        for name in ("coverage_radius", "mean_coverage", "facility_location"):
            space._seen.clear()  # each as if it were asked for alone
            reference._views.clear()
            start = time.process_time()
            score = measure(name, space, reference=reference)
            seconds = f"{score.seconds:7.1f} s ({time.process_time() - start:.0f} s of processors)"
            print(f"  {name:20} {seconds}   {score.value:.6g}{'*' if score.estimated else ''}", flush=True)
    print(f"peak memory {peak():.2f} GB")


def product(left: np.ndarray, right: np.ndarray) -> None:
    """left @ right.T, block by block, nothing kept."""
    out = None
    for part in row_blocks(len(left), len(right) * 4, least=64):
        if out is None:
            out = np.empty((part.stop, len(right)), dtype=np.float32)
        multiply(left[part], right.T, out=out[: part.stop - part.start])


def beside(name: str, ours: Callable[[], float], theirs: Callable[[], float], way: str = "") -> None:
    ours()
    start = time.perf_counter()
    mine = ours()
    middle = time.perf_counter()
    other = theirs()
    end = time.perf_counter()
    times = (end - middle) / (middle - start)
    print(
        f"{name + (f' ({way})' if way else ''):30} {middle - start:8.3f} s   theirs {end - middle:8.2f} s   "
        f"{times:7.1f} times as fast   {mine:.7g} and {other:.7g}",
        flush=True,
    )


def loaded(folder: Path, name: str) -> Any:
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))


def peak() -> float:
    """Peak memory of this process in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main()
