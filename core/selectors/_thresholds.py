"""How much a new distance lowers what the larger ones weigh, from a few remembered distances per row.

For distances L of which N(z) are below z, the value sum_r w_r L_(r) rises, when D is added to the m there are, by
    w_(m+1) D - integral over z > D of (w_(N(z)+1) - w_(m+1)) dz,
where w falls. N is known at some thresholds; between two of them it is at most what it is at the upper one, which
gives the integral from below: never too much, and most of it.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats

_COUNT = 16  # thresholds per row
_CUT = np.float32(1 - 1e-5)  # far more than float32 sums of a few terms can be too large by
_UP = np.float32(1 + 1e-6)  # undoes the rounding of an edge, and more


class Thresholds:
    """For each of n rows some distances, and how many of its distances are below each of them."""

    def __init__(self, n: int, weights: NDArray[np.float64]) -> None:
        self._weights = weights.astype(np.float32)
        self._edges = np.zeros((_COUNT, n), dtype=np.float32)  # rising; all zero where nothing is known yet
        self._below = np.zeros((_COUNT, n), dtype=np.int32)  # no more distances than this are below
        self._within = np.zeros((_COUNT, n), dtype=np.int32)  # no fewer are below, or equal but for rounding

    @staticmethod
    @lru_cache(maxsize=2)
    def places(m: int) -> NDArray[np.int64]:
        """Which of a row's m distances, in rising order from 0, are remembered: more of the near ones."""
        return np.geomspace(1, m, _COUNT).astype(np.int64) - 1

    def remember(self, rows: NDArray[np.int64], edges: Floats, m: int) -> None:
        """New thresholds for some rows: of their m distances those at `places`, (rows, places)."""
        self._edges[:, rows] = np.nextafter(edges.T.astype(np.float32), np.float32(-np.inf))
        self._below[:, rows] = self.places(m)[:, None]  # at most, since the edges are rounded down
        self._within[:, rows] = self.places(m)[:, None] + 1

    def weight(self, low: NDArray[np.float32]) -> NDArray[np.float32]:
        """The most that the weight of one distance more, of at least `low`, can be in each row."""
        found = np.full(len(low), self._weights[0])
        for edges, within in zip(self._edges, self._within, strict=True):
            np.copyto(found, self._weights[within], where=low > edges * _UP)
        return found

    def add(self, low: NDArray[np.float32], high: NDArray[np.float32], m: int) -> NDArray[np.float32]:
        """Each row has one distance more, between `low` and `high`, beside its m: the least the integral can be."""
        last = self._weights[m]
        total = np.zeros(len(low), dtype=np.float32)
        start = high
        for edges, below, within in zip(self._edges, self._below, self._within, strict=True):
            end = np.maximum(edges, high)
            total += (end - start) * (self._weights[below] - last)
            below += low < edges
            within += high <= edges
            start = end
        total *= _CUT
        return total
