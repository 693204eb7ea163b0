"""Greedy covering where every row is covered by its nearest rows alone: approximate, and fast for many rows."""

import heapq
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..geometry import Space
from ..near_cells import nearest_in_cells, recall_in_cells
from ..progress import Progress
from ._filling import Closed

_SEARCHED_UP_TO = 4e10  # pairs of rows among which the nearest ones are searched exactly


class SparseCover:
    """Yields (index, gain), greedily and lazily; a row y of the pool counts only for its `neighbors` nearest rows."""

    def __init__(
        self,
        space: Space,
        pool: Space,
        neighbors: int,
        progress: Progress,
        *,
        before: Indices | None = None,
        closed: Closed | None = None,
    ) -> None:
        self.searched_all = len(space) * len(pool) <= _SEARCHED_UP_TO
        count = min(neighbors, len(space))
        space, pool = space.directions, pool.directions
        cosines, indices = (nearest if self.searched_all else nearest_in_cells)(space, pool, count, progress)
        self.found = "" if self.searched_all else recall_in_cells(space, pool, cosines)  # how well, in words
        cosines = np.maximum(cosines, 0)
        rows = indices.ravel()
        order = np.argsort(rows, kind="stable")
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(space)))])
        self._covered = (order // count).astype(np.int32)
        self._cosines = cosines.ravel()[order]
        self._best = np.zeros(len(pool), dtype=self._cosines.dtype)
        self._free = np.ones(len(space), dtype=bool)
        self._closed = closed or Closed()
        for row in [] if before is None else before.tolist():
            self._choose(row)

    def __iter__(self) -> Iterator[tuple[int, float]]:
        sums = np.add.reduceat(np.append(self._cosines, 0).astype(np.float64), self._starts[:-1])
        sums[self._starts[:-1] == self._starts[1:]] = 0
        heap = [(-gain, row) for row, gain in enumerate(sums.tolist())]
        heapq.heapify(heap)
        while heap:
            self._free[self._closed.new()] = False
            row = heap[0][1]
            if not self._free[row]:
                heapq.heappop(heap)
                continue
            gain = self._gain(row)
            if -gain > heap[0][0]:
                heapq.heapreplace(heap, (-gain, row))
                continue
            heapq.heappop(heap)
            self._choose(row)
            yield row, gain

    def _choose(self, row: int) -> None:
        part = slice(self._starts[row], self._starts[row + 1])
        covered = self._covered[part]
        self._best[covered] = np.maximum(self._best[covered], self._cosines[part])
        self._free[row] = False

    def _gain(self, row: int) -> float:
        part = slice(self._starts[row], self._starts[row + 1])
        return float(np.maximum(self._cosines[part] - self._best[self._covered[part]], 0).sum(dtype=np.float64))


def nearest(space: Space, pool: Space, count: int, progress: Progress) -> tuple[NDArray[np.float32], Indices]:
    """Cosines to the `count` rows of `space` nearest to each row of the pool, and these rows, (pool, count)."""
    squared, indices = pool.neighbours(count, space, progress=progress)
    return (1 - squared / 2).astype(np.float32), indices
