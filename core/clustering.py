"""k-means for everything that needs it: maps, selectors, diagnostics. Seeded, plain Euclidean distance."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats, Indices, multiply, row_blocks
from .engines import engine_for
from .geometry import Space
from .progress import Progress, part, silent
from .sharded.centroids import in_pieces, nearest_centroids
from .sharded.rows import for_each_shard

_ROUNDS = 100  # at most; it ends with the first stretch of rounds that brings nothing
_STRETCH = 4  # rounds between two reports of progress
_BETTER = 1e-4  # the relative improvement over a stretch below which it counts as settled
_MANY, _BETTER_OF_MANY = 200_000, 1e-3  # rows above which a round is dear, and that improvement then
_PER_START, _LEAST_SAMPLE = 100, 4096  # rows per group, and rows at least, among which the start is looked for
_FEW = 32  # groups up to which every row is looked at for each of them
_AT_ONCE = 6000  # rows of which all distances are held at once: some 150 MB
_SKETCH_ROUNDS = 5  # in each of which half as many candidates for the start are drawn as there are groups


@dataclass(frozen=True)
class Clusters:
    """Rows in k groups, every one with at least one row, numbered from the largest to the smallest."""

    labels: NDArray[np.int32]  # (n,) the group whose centroid is nearest
    centroids: NDArray[np.float32]  # (k, d) not scaled to unit length
    distances: NDArray[np.float64]  # (n,) squared Euclidean distance of each row to its centroid

    @property
    def k(self) -> int:
        return len(self.centroids)

    @property
    def sizes(self) -> Indices:
        """Rows in each group, (k,)."""
        return np.bincount(self.labels, minlength=self.k).astype(np.int64)

    @property
    def objective(self) -> float:
        """Sum of squared distances to the centroids."""
        return float(self.distances.sum())

    def members(self) -> list[Indices]:
        """The rows of each group, nearest to the centroid first, ties by index."""
        order = np.lexsort((np.arange(len(self.labels)), self.distances, self.labels)).astype(np.int64)
        return np.split(order, np.cumsum(self.sizes)[:-1])

    def nearest_rows(self) -> Indices:
        """For each group the row that is nearest to its centroid, (k,)."""
        return np.array([rows[0] for rows in self.members()], dtype=np.int64)


def kmeans(
    space: Space, k: int, *, seed: int = 0, fit_on: Indices | None = None, progress: Progress = silent
) -> Clusters:
    """The rows of `space` in k groups: k-means++ start, then rounds of assigning and averaging until they settle.

    With `fit_on` only those rows are fitted, and then all are put to their nearest centroid. There are fewer than k
    groups where there are fewer than k distinct rows. The same seed gives the same groups on one machine; another
    processor may round differently.

    [ours] More than 200,000 rows are first settled by a seeded sample, 100 rows a group, and are settled when four
    rounds of all of them bring less than 0.1 % instead of 0.01 %: a third of the time, and an objective that is 0.2 %
    larger on instructions.
    """
    fitted = space if fit_on is None else space.subset(fit_on)
    k = min(k, len(fitted.distinct))
    rng = np.random.default_rng(seed)
    start = fitted.rows[_spread_out(fitted, k, rng, part(progress, 0, 0.3))]
    if len(fitted) <= _MANY:
        return _assigned(space, _settled(fitted, start, _BETTER, seed, part(progress, 0.3, 1)))
    some = np.sort(rng.choice(len(fitted), min(_PER_START * k + _LEAST_SAMPLE, len(fitted)), replace=False))
    near = _settled(fitted.subset(some), start, _BETTER, seed, part(progress, 0.3, 0.4))
    return _assigned(space, _settled(fitted, near, _BETTER_OF_MANY, seed, part(progress, 0.4, 1)))


def _settled(
    space: Space, start: NDArray[np.float32], better: float, seed: int, progress: Progress
) -> NDArray[np.float32]:
    """The centroids, (k, d), after the stretch of rounds that brings less than that share of the objective."""
    engine = engine_for(len(space) * start.size)
    rounds = _in_process(space, start, seed) if engine is None else in_pieces(engine, space, start)
    before, centroids = np.inf, start
    for done, (now, centroids) in enumerate(itertools.islice(rounds, _ROUNDS // _STRETCH), 1):  # noqa: B007 - the last ones are what is returned
        words = f"Clustering {len(space):,} rows into {len(start):,} groups: round {done * _STRETCH}"
        progress(done * _STRETCH / _ROUNDS, words)
        if now >= before * (1 - better):
            break
        before = now
    return centroids


def _in_process(space: Space, start: NDArray[np.float32], seed: int) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """A stretch of rounds after the other: the objective in the last of them, and the centroids after it."""
    import faiss

    rows, k = np.ascontiguousarray(space.rows), len(start)
    index = faiss.IndexFlatL2(space.dim)
    clustering = faiss.Clustering(space.dim, k)
    clustering.niter, clustering.seed = _STRETCH, seed & 0x7FFFFFFF
    clustering.min_points_per_centroid, clustering.max_points_per_centroid = 1, len(rows)  # never a sample
    faiss.copy_array_to_vector(np.ascontiguousarray(start).ravel(), clustering.centroids)
    while True:
        clustering.train(rows, index)  # goes on from the centroids that it holds
        steps: Any = clustering.iteration_stats
        yield steps.at(steps.size() - 1).obj, index.reconstruct_n(0, k)


def _spread_out(space: Space, k: int, rng: np.random.Generator, progress: Progress) -> Indices:
    """k different rows to start from: greedy k-means++ (Arthur and Vassilvitskii 2007) on a sample of the rows.

    Every next row is the best of a few that were drawn with probability by squared distance to the rows before.
    """
    pool = space.distinct
    # each row counts as often as it is there
    copies: Floats = np.bincount(space.first_copies, minlength=len(space))[pool].astype(np.float32)
    if len(pool) > (size := _PER_START * k + _LEAST_SAMPLE):
        some = np.sort(rng.choice(len(pool), size, replace=False))
        pool, copies = pool[some], copies[some]
    if k == len(pool):
        return pool
    if len(pool) > 4 * _SKETCH_ROUNDS * k and k > _FEW:
        some, copies = _sketch(space, pool, copies, k, rng, part(progress, 0, 0.5))
        pool = pool[some]
    rows, squares = space.rows[pool], space.row_squares[pool]
    tries = 2 + int(np.log(k))
    chosen = [int(rng.integers(len(pool)))]
    # Many small products wait for each other's threads: where it is not large, one product is made beforehand.
    known = _squared(rows, squares, slice(None)) if len(pool) <= _AT_ONCE else None
    near = _squared(rows, squares, chosen)[0]
    while len(chosen) < k:
        near[chosen] = 0
        reach = np.cumsum(near * copies, dtype=np.float64)
        if reach[-1] > 0:
            drawn = np.searchsorted(reach, rng.random(tries) * reach[-1], side="right")
            drawn = np.minimum(drawn, near.nonzero()[0][-1])  # a product may round up to the whole
        else:  # the others are so close that float32 cannot tell them apart
            drawn = np.setdiff1d(np.arange(len(pool)), chosen)[:1]
        nearer = np.minimum(_squared(rows, squares, drawn) if known is None else known[drawn], near)
        best = int((nearer @ copies).argmin())
        near = nearer[best].copy()
        chosen.append(int(drawn[best]))
        if len(chosen) % 16 == 0:
            progress(0.5 + len(chosen) / k / 2, f"Starting {k:,} groups: {len(chosen):,} placed")
    return pool[chosen]


def _sketch(
    space: Space, pool: Indices, copies: Floats, k: int, rng: np.random.Generator, progress: Progress
) -> tuple[Indices, Floats]:
    """Some 2.5 k of the rows at `pool`, as numbers within it, and how many rows each stands for.

    They are drawn in a few rounds, with probability by squared distance to those drawn before: k-means|| (Bahmani et
    al. 2012), which looks at all rows a few times where k-means++ does so k times.
    """
    rows, squares = space.rows[pool], space.row_squares[pool]
    near = np.full(len(pool), np.inf, dtype=np.float32)
    nearest = np.zeros(len(pool), dtype=np.int64)
    chosen = np.empty(0, dtype=np.int64)
    for done in range(_SKETCH_ROUNDS):
        odds = copies.astype(np.float64) * (near if done else 1.0)
        odds[chosen] = 0
        size = min(-(-k // 2), int(np.count_nonzero(odds)))
        if size == 0:
            break
        drawn = np.sort(rng.choice(len(pool), size, replace=False, p=odds / odds.sum()))
        points = -2 * rows[drawn].T
        for some in row_blocks(len(pool), size * 4):
            squared = multiply(rows[some], points)
            squared += squares[drawn]
            squared += squares[some, None]
            best = squared.argmin(axis=1)
            distance = np.maximum(np.take_along_axis(squared, best[:, None], axis=1)[:, 0], 0)
            nearer = distance < near[some]
            near[some] = np.where(nearer, distance, near[some])
            nearest[some] = np.where(nearer, len(chosen) + best, nearest[some])
        chosen = np.concatenate([chosen, drawn])
        progress((done + 1) / _SKETCH_ROUNDS, f"Starting {k:,} groups: {len(chosen):,} candidates")
    weights = np.bincount(nearest, weights=copies, minlength=len(chosen)).astype(np.float32)
    return chosen, np.maximum(weights, 1)


def _squared(rows: Floats, squares: NDArray[np.float32], points: Any) -> Floats:
    """Squared distances of those of `rows` that are at `points` to all of them, (points, rows)."""
    squared = multiply(-2 * rows[points], rows.T)
    squared += squares
    squared += squares[points, None]
    return np.maximum(squared, 0, out=squared)


def _assigned(space: Space, centroids: NDArray[np.float32]) -> Clusters:
    """Every row with its nearest centroid; centroids that are nearest to none are left out."""
    found = for_each_shard(
        space, nearest_centroids, centroids, cost=len(space) * centroids.size, what="nearest centroids"
    )
    nearest = np.concatenate([labels for labels, _ in found])
    sizes = np.bincount(nearest, minlength=len(centroids))
    order = np.lexsort((np.arange(len(sizes)), -sizes))[: np.count_nonzero(sizes)]
    number = np.empty(len(sizes), dtype=np.int32)
    number[order] = np.arange(len(order))
    kept = centroids[order]
    labels = number[nearest]
    distances = np.empty(len(space))
    for some in row_blocks(len(space), 16 * space.dim):
        gaps = space.rows64(some) - kept[labels[some]]
        distances[some] = np.einsum("ij,ij->i", gaps, gaps)
    return Clusters(labels, kept, distances)
