"""Nearest rows of very many, searched for in the k-means cells around each row: most of them, not all."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats, Indices, multiply, row_blocks
from .clustering import kmeans
from .geometry import Space
from .parallel import by_rows
from .progress import Progress, part

_LOOKED_AT = 8  # cells around each row
_PER_CELL = 64  # rows among which the cells are looked for
_CHECKED = 256  # seeded rows whose true neighbours are searched for among all
_ROUNDING = 1e-6  # by which cosines of one pair may differ


def nearest_in_cells(space: Space, pool: Space, count: int, progress: Progress) -> tuple[NDArray[np.float32], Indices]:
    """Cosines to about the `count` nearest rows of `space` of each row of the pool, and these rows, (pool, count).

    The order within a row is any. Space and pool are of unit rows.
    """
    n, cells = len(space), max(1, round(len(space) ** 0.5))
    sample = np.sort(np.random.default_rng(0).choice(n, min(n, _PER_CELL * cells), replace=False))
    found = kmeans(space, cells, fit_on=sample, progress=part(progress, 0, 0.3))
    members, sizes = found.members(), found.sizes
    of = found.labels if pool is space else _cell_of(pool, found.centroids)
    asked = np.split(np.argsort(of, kind="stable"), np.cumsum(np.bincount(of, minlength=found.k))[:-1])
    around = np.argsort(_squared(found.centroids, found.centroids), axis=1, kind="stable")
    cosines = np.empty((len(pool), count), dtype=np.float32)
    indices = np.empty((len(pool), count), dtype=np.int64)
    done = 0
    for cell, rows in enumerate(asked):
        enough = int(np.searchsorted(np.cumsum(sizes[around[cell]]), count)) + 1
        others = np.sort(np.concatenate([members[other] for other in around[cell][: max(_LOOKED_AT, enough)]]))
        theirs = space.unit[others].T
        for some in row_blocks(len(rows), 4 * len(others)):
            cosine = multiply(pool.unit[rows[some]], theirs)
            by_rows(partial(_keep_largest, cosine, rows[some], others, cosines, indices), len(cosine))
        done += len(rows)
        message = f"Searching the nearest rows of {done:,} of {len(pool):,}"
        part(progress, 0.3, 1)(done / len(pool), message)
    return cosines, indices


def recall_in_cells(space: Space, pool: Space, cosines: NDArray[np.float32]) -> str:
    """What share of the truly nearest rows such a search found, measured on some rows of the pool, as a sentence."""
    share, checked = recall(space, pool, cosines)
    return f"Of the {cosines.shape[1]:,} nearest rows {share:.1%} were found, measured on {checked:,} sampled rows."


def recall(space: Space, pool: Space, cosines: NDArray[np.float32]) -> tuple[float, int]:
    """The share of found rows that are no farther than the truly nearest ones, and of how many rows it is the mean.

    Args:
        cosines: (pool, count) to the rows of `space` that were found for each row of the pool, in any order.
    """
    count = cosines.shape[1]
    some = np.sort(np.random.default_rng(0).choice(len(pool), min(_CHECKED, len(pool)), replace=False))
    hits = 0
    for part_of in row_blocks(len(some), 4 * len(space)):
        rows = some[part_of]
        every = multiply(pool.unit[rows], space.unit.T)
        least = np.partition(every, len(space) - count, axis=1)[:, len(space) - count, None]
        hits += int((cosines[rows] >= least - _ROUNDING).sum())
    return hits / (len(some) * count), len(some)


def _keep_largest(
    cosine: Floats, rows: Indices, others: Indices, cosines: Floats, indices: Indices, some: slice
) -> None:
    count = cosines.shape[1]
    places = np.argpartition(cosine[some], len(others) - count, axis=1)[:, len(others) - count :]
    cosines[rows[some]] = np.take_along_axis(cosine[some], places, axis=1)
    indices[rows[some]] = others[places]


def _cell_of(pool: Space, centroids: NDArray[np.float32]) -> NDArray[np.int64]:
    of = np.empty(len(pool), dtype=np.int64)
    for some in row_blocks(len(pool), 4 * len(centroids)):
        of[some] = _squared(pool.unit[some], centroids).argmin(axis=1)
    return of


def _squared(rows: NDArray[np.float32], centroids: NDArray[np.float32]) -> Floats:
    """Squared distances to the centroids, less the rows' own squares, (rows, centroids)."""
    found: Floats = np.einsum("ij,ij->i", centroids, centroids) - 2 * multiply(rows, centroids.T)
    return found
