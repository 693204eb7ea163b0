"""Farthest-first traversal in blocks: matrix products in float32, every decision in float64.

The distance of a row to the chosen ones only ever falls. So it suffices to keep the few rows that are farthest now
up to date: as long as the best of them is farther than every other row was at the last full pass, it is the best of
all. A full pass then takes in all rows chosen meanwhile with one matrix product instead of one product each.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats, Indices, multiply, products, row_blocks
from ..geometry import Space
from ..sharded.rows import for_each_shard
from ._filling import Closed

_AHEAD = 2048  # rows kept up to date between two full passes; they should fit in a processor's cache
_FEW = 8  # rows for which one thread is faster than waking others


class FarthestFirst:
    """Yields (index, squared Euclidean distance to the rows chosen before), the farthest row first, until none is left.

    Ties go to the lowest index. The rows of `start` count as chosen and are not yielded, nor are closed ones.
    """

    def __init__(self, space: Space, start: Sequence[int], closed: Closed | None = None) -> None:
        self._space = space
        self._rows = space.rows
        self._squares = space.row_squares
        self._margin = np.float32(2 * space.rounding)  # of a squared distance, which holds twice the product
        self._near = np.full(len(space), np.inf, dtype=np.float32)  # squared distance at the last full pass
        self._exact = np.full(len(space), np.inf)  # the same in float64, for rows that came into question ...
        self._seen = np.zeros(len(space), dtype=np.int64)  # ... over this many of the chosen ones
        self._chosen = list(start)
        self._closed = closed or Closed()
        self._free = np.ones(len(space), dtype=bool)
        self._free[self._chosen] = False

    def __iter__(self) -> Iterator[tuple[int, float]]:
        passed = 0
        self._free[self._closed.new()] = False
        while self._free.any():
            self._full_pass(self._chosen[passed:])
            passed = len(self._chosen)
            yield from self._ahead()

    def _full_pass(self, new: list[int]) -> None:
        cost = self._rows.size * len(new)
        points, theirs = self._rows[new], self._squares[new]
        nearest = for_each_shard(self._space, nearest_squared, points, theirs, cost=cost, what="farthest rows")
        np.minimum(self._near, np.concatenate(nearest), out=self._near)
        self._near[~self._free] = -np.inf

    def _ahead(self) -> Iterator[tuple[int, float]]:
        """Picks for as long as they are certain to be farther than every row that is not kept up to date."""
        size = min(int(self._free.sum()), _AHEAD)
        level = np.partition(self._near, len(self._near) - size)[len(self._near) - size]
        ahead = (self._near >= level - 2 * self._margin) & self._free
        behind = np.max(self._near, where=~ahead, initial=-np.inf)
        indices = np.flatnonzero(ahead)
        rows, squares, near = self._rows[indices], self._squares[indices], self._near[indices]
        while (best := near.max()) > behind + 2 * self._margin:
            places = np.flatnonzero(near >= best - 2 * self._margin)
            place, distance = self._farthest(indices, places)
            index = int(indices[place])
            self._chosen.append(index)
            self._free[index] = False
            yield index, distance
            self._free[self._closed.new()] = False
            np.minimum(near, self._squared(rows, squares, [index])[:, 0], out=near)
            near[~self._free[indices]] = -np.inf

    def _farthest(self, indices: Indices, places: Indices) -> tuple[int, float]:
        """Among rows that float32 cannot tell apart, the farthest in float64: its place and squared distance."""
        doubtful = indices[places]
        for seen in np.unique(self._seen[doubtful]):
            self._measure(doubtful[self._seen[doubtful] == seen], self._chosen[seen:])
        self._seen[doubtful] = len(self._chosen)
        found = int(self._exact[doubtful].argmax())
        return int(places[found]), float(self._exact[doubtful[found]])

    def _measure(self, doubtful: Indices, new: list[int]) -> None:
        for part in row_blocks(len(doubtful), 8 * len(new)):
            some = doubtful[part]
            squared = self._squared(self._rows[some], self._squares[some], new)
            near = squared <= squared.min(axis=1, keepdims=True) + 2 * self._margin
            row, other = np.nonzero(near)
            for pairs in row_blocks(len(row), 16 * self._space.dim):
                gaps = self._space.rows64(some[row[pairs]]) - self._space.rows64(np.asarray(new)[other[pairs]])
                np.minimum.at(self._exact, some[row[pairs]], np.einsum("ij,ij->i", gaps, gaps))

    def _squared(self, rows: Floats, squares: NDArray[np.float32], others: list[int]) -> Floats:
        """Squared distances in float32 of `rows` to the rows of the indices `others`, (rows, others)."""
        return squared_to(rows, squares, self._rows[others], self._squares[others])


def nearest_squared(space: Space, points: Floats, theirs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared distance in float32 of each row to the nearest of the points, whose squares are `theirs`, (n,)."""
    nearest = np.empty(len(space), dtype=np.float32)
    for part in row_blocks(len(space), 4 * len(points)):
        nearest[part] = squared_to(space.rows[part], space.row_squares[part], points, theirs).min(axis=1)
    return nearest


def squared_to(rows: Floats, squares: NDArray[np.float32], points: Floats, theirs: NDArray[np.float32]) -> Floats:
    """Squared distances in float32 of the rows to the points, (rows, points)."""
    if len(points) == 1:
        squared = products(rows, points[0])[:, None]
    elif len(rows) <= _FEW:
        squared = np.stack([products(points, row) for row in rows])
    else:
        squared = multiply(rows, np.ascontiguousarray(points.T))
    squared *= -2
    squared += squares[:, None]
    squared += theirs
    return squared
