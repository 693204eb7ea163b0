"""Nearest rows, exactly: candidates come from one pass in float32, their distances are computed anew in float64."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .blocks import Indices, multiply, row_blocks
from .pairs.nearest import Candidates
from .parallel import by_rows

if TYPE_CHECKING:
    from .geometry import Space

Found = tuple[NDArray[np.float64], Indices]


def refined(candidates: Candidates, count: int, space: "Space", home: "Space", own: Indices | None) -> Found:
    """Squared Euclidean distances to the `count` nearest rows of `home` and their indices, (asked rows, count).

    Nearest first, equal distances by index. A row's own column is left out where the candidates leave it out.
    """
    asked = space.asked
    distances, indices = np.empty((len(asked), count)), np.empty((len(asked), count), dtype=np.int64)
    crowded = candidates.crowded
    rows, columns = candidates.pairs
    squared = np.empty(len(rows))
    by_rows(partial(_distances, squared, asked[rows], columns, space, home), len(rows))
    order = np.lexsort((columns, squared, rows))
    listed = np.setdiff1d(np.arange(len(asked)), crowded)
    first = np.searchsorted(rows, listed)  # rows rise, so the sorted ones begin where they began
    best = order[first[:, None] + np.arange(count)]
    distances[listed], indices[listed] = squared[best], columns[best]
    if len(crowded):
        mine = None if own is None or candidates.own_too else own[crowded]
        distances[crowded], indices[crowded] = _in_float64(asked[crowded], count, space, home, mine, candidates.hidden)
    return distances, indices


def _distances(
    squared: NDArray[np.float64], rows: Indices, columns: Indices, space: "Space", home: "Space", some: slice
) -> None:
    for within in row_blocks(some.stop - some.start, space.dim * 16, 4 << 20):
        part = slice(some.start + within.start, some.start + within.stop)
        gaps = home.rows64(columns[part])
        gaps -= space.rows64(rows[part])
        np.einsum("ij,ij->i", gaps, gaps, out=squared[part])


def _in_float64(
    rows: Indices, count: int, space: "Space", home: "Space", own: Indices | None, hidden: Indices | None
) -> Found:
    """Neighbours of a few rows in float64 throughout, for crowds of near copies that float32 cannot tell apart."""
    distances, indices = np.empty((len(rows), count)), np.empty((len(rows), count), dtype=np.int64)
    asked = min(len(home), count + 65)
    for part in row_blocks(len(rows), max(len(home) * 24, asked * space.dim * 16)):
        mine = space.rows64(rows[part])
        coarse: NDArray[np.float64] = np.empty((len(mine), len(home)))
        for columns in row_blocks(len(home), space.dim * 16):
            theirs = home.rows64(columns)
            coarse[:, columns] = np.einsum("ij,ij->i", theirs, theirs) - 2 * multiply(mine, theirs.T)
        if own is not None:
            coarse[np.arange(len(mine)), own[part]] = np.inf
        if hidden is not None:
            coarse[:, hidden] = np.inf
        found = np.sort(np.argpartition(coarse, asked - 1, axis=1)[:, :asked], axis=1)
        gaps = home.rows64(found.ravel()).reshape(*found.shape, space.dim) - mine[:, None, :]
        exact = np.einsum("ijk,ijk->ij", gaps, gaps)
        exact[np.isinf(np.take_along_axis(coarse, found, axis=1))] = np.inf
        order = np.argsort(exact, axis=1, kind="stable")[:, :count]
        distances[part] = np.take_along_axis(exact, order, axis=1)
        indices[part] = np.take_along_axis(found, order, axis=1)
    return distances, indices
