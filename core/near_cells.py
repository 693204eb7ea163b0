"""Nearest rows of very many, searched for in the FAISS cells nearest to each row (IVF): most of them, not all.

FAISS makes the cells and says which are nearest to a row. The rows of a cell are compared with all that ask for it in
one product, where FAISS's IVF index goes through the cells row by row. Its search of big batches is quicker still, but
prints a line for every cell (benchmarks/neighbours.py).
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats, Indices, multiply, row_blocks
from .geometry import Space
from .parallel import by_rows
from .progress import Progress, part

_LOOKED_AT = 8  # cells nearest to each row
_PER_CELL = 64  # rows of which the cells are made
_CHECKED = 256  # seeded rows whose true neighbours are searched for among all
_ROUNDING = 1e-6  # by which cosines of one pair may differ


def nearest_in_cells(space: Space, pool: Space, count: int, progress: Progress) -> tuple[NDArray[np.float32], Indices]:
    """Cosines to about the `count` nearest rows of `space` of each row of the pool, and these rows, (pool, count).

    The order within a row is any. Space and pool are of unit rows. There are as many cells as the root of the rows of
    `space`; always the same for the same rows on one machine.
    """
    cells = _cells(space, progress)
    home = _nearest_cells(cells, space, 1)[:, 0]
    members = np.split(np.argsort(home, kind="stable"), np.cumsum(np.bincount(home, minlength=cells.ntotal))[:-1])
    asked = _nearest_cells(cells, pool, min(_LOOKED_AT, cells.ntotal))
    askers = np.argsort(asked, axis=None, kind="stable") // asked.shape[1]
    askers_of = np.split(askers, np.cumsum(np.bincount(asked.ravel(), minlength=cells.ntotal))[:-1])
    cosines = np.full((len(pool), count), -np.inf, dtype=np.float32)
    indices = np.full((len(pool), count), -1, dtype=np.int64)
    share, done = part(progress, 0.2, 1), 0
    for rows, others in zip(askers_of, members, strict=True):
        if len(others):
            _compare(space, pool, rows, others, cosines, indices)
        done += len(rows)
        share(done / asked.size, f"Searching the nearest rows of {len(pool):,}: {done / asked.size:.0%} compared")
    few = np.flatnonzero((indices < 0).any(axis=1))  # there are not as many rows in so few cells
    cosines[few], indices[few] = -np.inf, -1
    _compare(space, pool, few, np.arange(len(space)), cosines, indices)
    return cosines, indices


def _cells(space: Space, progress: Progress) -> Any:
    """FAISS's index of the centroids of the cells."""
    import faiss

    count = max(1, round(len(space) ** 0.5))
    progress(0.0, f"Making {count:,} cells of {len(space):,} rows")
    found = faiss.Kmeans(
        space.dim, count, niter=10, seed=0, min_points_per_centroid=1, max_points_per_centroid=_PER_CELL
    )
    found.train(np.ascontiguousarray(space.unit))
    progress(0.1, f"Putting {len(space):,} rows into {count:,} cells")
    return found.index


def _nearest_cells(cells: Any, rows: Space, count: int) -> Indices:
    """The cells that are nearest to each row, (rows, count)."""
    found = np.empty((len(rows), count), dtype=np.int64)
    for some in row_blocks(len(rows), rows.dim * 4):
        found[some] = cells.search(np.ascontiguousarray(rows.unit[some]), count)[1]
    return found


def _compare(
    space: Space, pool: Space, rows: Indices, others: Indices, cosines: NDArray[np.float32], indices: Indices
) -> None:
    """Keep for those rows of the pool what of `others` is nearer than what was found before."""
    theirs = space.unit[others].T
    for some in row_blocks(len(rows), 4 * len(others)):
        cosine = multiply(pool.unit[rows[some]], theirs)
        by_rows(partial(_merge, cosine, rows[some], others, cosines, indices), len(cosine))


def _merge(cosine: Floats, rows: Indices, others: Indices, cosines: Floats, indices: Indices, some: slice) -> None:
    rows, new, count = rows[some], cosine[some], cosines.shape[1]
    which = np.broadcast_to(others, new.shape)
    if len(others) > count:
        new, which = _largest(new, which, count)
    both = np.hstack([cosines[rows], new]), np.hstack([indices[rows], which])
    cosines[rows], indices[rows] = _largest(*both, count)


def _largest(cosines: Floats, which: Indices, count: int) -> tuple[Floats, Indices]:
    places = np.argpartition(cosines, cosines.shape[1] - count, axis=1)[:, cosines.shape[1] - count :]
    return np.take_along_axis(cosines, places, axis=1), np.take_along_axis(which, places, axis=1)


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
