"""k-means for everything that needs it: maps, selectors, diagnostics. Seeded, plain Euclidean distance."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .geometry import Floats, Indices, Space, multiply, row_blocks
from .progress import Progress, part, silent

_ROUNDS = 100  # at most; it ends with the first stretch of rounds that brings nothing
_STRETCH = 4  # rounds between two reports of progress
_BETTER = 1e-4  # the relative improvement over a stretch below which it counts as settled
_PER_START, _LEAST_SAMPLE = 100, 4096  # rows per group, and rows at least, among which the start is looked for


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


def kmeans(space: Space, k: int, *, seed: int = 0, progress: Progress = silent) -> Clusters:
    """The rows of `space` in k groups: k-means++ start, then rounds of assigning and averaging until they settle.

    There are fewer than k groups where there are fewer than k distinct rows. The same seed gives the same groups on
    one machine; another processor may round differently.
    """
    import faiss

    rows = np.ascontiguousarray(space.rows)
    k = min(k, len(space.distinct))
    index = faiss.IndexFlatL2(space.dim)
    clustering = faiss.Clustering(space.dim, k)
    clustering.niter, clustering.seed = _STRETCH, seed & 0x7FFFFFFF
    clustering.min_points_per_centroid, clustering.max_points_per_centroid = 1, len(rows)  # never a sample
    start = _spread_out(space, k, np.random.default_rng(seed), part(progress, 0, 0.3))
    faiss.copy_array_to_vector(np.ascontiguousarray(rows[start]).ravel(), clustering.centroids)
    before = np.inf
    for done in range(_STRETCH, _ROUNDS + 1, _STRETCH):
        clustering.train(rows, index)  # goes on from the centroids that it holds
        steps: Any = clustering.iteration_stats
        now = steps.at(steps.size() - 1).obj
        progress(0.3 + 0.7 * done / _ROUNDS, f"Clustering {len(rows):,} rows into {k:,} groups: round {done}")
        if now >= before * (1 - _BETTER):
            break
        before = now
    return _assigned(space, index.reconstruct_n(0, k))


def _spread_out(space: Space, k: int, rng: np.random.Generator, progress: Progress) -> Indices:
    """k different rows to start from: greedy k-means++ (Arthur and Vassilvitskii 2007) on a sample of the rows.

    Every next row is the best of a few that were drawn with probability by squared distance to the rows before.
    """
    pool = space.distinct
    copies = np.bincount(space.first_copies, minlength=len(space))[pool]  # each counts as often as it is there
    if len(pool) > (size := _PER_START * k + _LEAST_SAMPLE):
        some = np.sort(rng.choice(len(pool), size, replace=False))
        pool, copies = pool[some], copies[some]
    if k == len(pool):
        return pool
    rows, squares = space.rows[pool], space.row_squares[pool]
    tries = 2 + int(np.log(k))
    chosen = [int(rng.integers(len(pool)))]
    near = _squared(rows, squares, chosen)[:, 0]
    while len(chosen) < k:
        near[chosen] = 0
        reach = np.cumsum(near * copies, dtype=np.float64)
        if reach[-1] > 0:
            drawn = np.searchsorted(reach, rng.random(tries) * reach[-1], side="right")
            drawn = np.minimum(drawn, near.nonzero()[0][-1])  # a product may round up to the whole
        else:  # the others are so close that float32 cannot tell them apart
            drawn = np.setdiff1d(np.arange(len(pool)), chosen)[:1]
        nearer = np.minimum(near[:, None], _squared(rows, squares, drawn))
        best = int((copies @ nearer).argmin())
        near = np.ascontiguousarray(nearer[:, best])
        chosen.append(int(drawn[best]))
        if len(chosen) % 16 == 0:
            progress(len(chosen) / k, f"Starting {k:,} groups: {len(chosen):,} placed")
    return pool[chosen]


def _squared(rows: Floats, squares: NDArray[np.float32], points: Any) -> Floats:
    """Squared distances of `rows` to those of them at `points`, (rows, points)."""
    squared = multiply(rows, np.ascontiguousarray(rows[points].T))
    squared *= -2
    squared += squares[:, None]
    squared += squares[points]
    return np.maximum(squared, 0, out=squared)


def _assigned(space: Space, centroids: NDArray[np.float32]) -> Clusters:
    """Every row with its nearest centroid; centroids that are nearest to none are left out."""
    import faiss

    index = faiss.IndexFlatL2(space.dim)
    index.add(np.ascontiguousarray(centroids))
    nearest = index.search(np.ascontiguousarray(space.rows), 1)[1][:, 0]
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
