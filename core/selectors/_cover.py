"""Greedy covering by cosine, exact and lazy: what a further row adds only ever falls, so an old value is a bound.

A row x adds sum_y max(0, cos(x, y) - best_y) over the rows y to be covered, where best_y is the highest cosine of y to
a chosen row, and 0 before: negative cosines count as none. Its value is `scale` times that, plus its own `extra`.

Bounds come from float32 products and allow for their rounding; between rows that these cannot tell apart float64
decides. Rows y to which x adds nothing now never gain from it later: once few are left they are remembered with x, and
its value then needs no matrix product.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats, Indices, multiply, products, row_blocks
from ..geometry import Space
from ..pairs import over_pairs
from ..parallel import by_rows
from ..progress import Progress
from ._filling import Closed
from ._positive_sums import PositiveSums

TIE = 1e-12  # what float64 sums of cosines in another order can differ by, and more
_AT_ONCE = 64  # rows valued together at first
_MOST_AT_ONCE = 512
_REMEMBERED = 48_000_000  # pairs, of 8 bytes each, over all rows
_NONE = np.empty(0, dtype=np.int32)


class Cover:
    """What every row of `space` would add to the covering of `pool` by the rows chosen so far."""

    def __init__(
        self,
        space: Space,
        pool: Space,
        *,
        scale: float = 1.0,
        extra: NDArray[np.float64] | None = None,
        before: Indices | None = None,
        closed: Closed | None = None,
    ) -> None:
        self._rows, self._pool = space.directions, pool.directions
        self._scale = scale
        self._extra = np.zeros(len(space)) if extra is None else extra
        self._slack = max(self._rows.rounding, self._pool.rounding) + 2.0**-21  # of a cosine, less a cosine, in float32
        self._best = np.zeros(len(pool))  # highest cosine to a chosen row
        self._raised = np.full(len(pool), -1)  # how many rows were chosen when it last rose
        self._upper = np.full(len(space), np.inf)  # no row's gain is above it
        self._lower = np.zeros(len(space))  # nor below it, over as many chosen rows as `_seen` says
        self._seen = np.full(len(space), -1)
        self._exact = np.zeros(len(space), dtype=bool)  # whether both are the gain in float64
        self._free = np.ones(len(space), dtype=bool)
        self._pairs: list[tuple[NDArray[np.int32], NDArray[np.float32]] | None] = [None] * len(space)
        self._most_pairs = max(64, _REMEMBERED // len(space))
        self._count = 0
        self._closed = closed or Closed()
        self.products = 0  # rows that were multiplied with the whole pool, after the first pass

        for row in [] if before is None else before.tolist():
            self._choose(row)

    def look(self, progress: Progress) -> None:
        """Find what every row adds to nothing, in one pass over all pairs."""
        sums = PositiveSums()
        own = np.arange(len(self._rows), dtype=np.int64) if self._rows is self._pool else None
        over_pairs(self._rows.unit, self._pool.unit, [sums], own=own, progress=progress)
        self._upper = sums.sums + self._slack * len(self._pool)
        self._lower = sums.sums - self._slack * len(self._pool)
        self._seen[:] = 0

    def pick(self, among: Indices | None = None) -> tuple[int, float]:
        """Choose the row of greatest value among those (all that are free by default), ties to the lowest index."""
        rows = np.flatnonzero(self._free) if among is None else among[self._free[among]]
        self._settle(rows)
        value = self._values(self._upper, rows)
        floor = self._just_below(self._values(self._lower, rows)[self._seen[rows] == self._count].max())
        self._make_exact(rows[(value >= floor) & ~self._is_exact(rows)])
        value = self._values(self._upper, rows)
        exact = self._is_exact(rows)
        best = float(value[exact].max())
        index = int(rows[exact & (value >= self._just_below(best))][0])
        found = float(self._values(self._upper, np.array([index]))[0])
        self._choose(index)
        return index, found

    def __iter__(self) -> Iterator[tuple[int, float]]:
        while self.free.any():
            yield self.pick()

    @property
    def free(self) -> NDArray[np.bool_]:
        """Which rows can be chosen, (rows,)."""
        self._free[self._closed.new()] = False
        return self._free

    def _values(self, gains: NDArray[np.float64], rows: Indices) -> NDArray[np.float64]:
        return self._scale * gains[rows] + self._extra[rows]

    def _is_exact(self, rows: Indices) -> NDArray[np.bool_]:
        """Whether the gain is known in float64; one of 0 stays as it is."""
        known: NDArray[np.bool_] = self._exact[rows] & ((self._seen[rows] == self._count) | (self._upper[rows] == 0))
        return known

    def _settle(self, rows: Indices) -> None:
        """Value rows by falling bound until no other can be the best."""
        size = _AT_ONCE
        self._seen[rows[self._exact[rows] & (self._upper[rows] == 0)]] = self._count
        while True:
            stale = self._seen[rows] < self._count
            if not stale.any():
                return
            bound = self._values(self._upper, rows)
            known = self._values(self._lower, rows)[~stale]
            if len(known):
                stale &= bound >= self._just_below(known.max())
            doubtful = rows[stale]
            if not len(doubtful):
                return
            if len(doubtful) > size:
                doubtful = doubtful[np.argpartition(-bound[stale], size)[:size]]
            self._value(np.sort(doubtful))
            size = min(2 * size, _MOST_AT_ONCE)

    def _value(self, rows: Indices) -> None:
        """Bring the bounds of those rows up to date."""
        unknown = []
        best = self._best.astype(np.float32)
        for row in rows:
            if (pairs := self._pairs[row]) is None:
                unknown.append(row)
            elif (self._raised[pairs[0]] >= self._seen[row]).any():
                gap = pairs[1] - best[pairs[0]]
                near = gap > -self._slack
                if 2 * np.count_nonzero(near) < len(near):
                    self._pairs[row] = pairs[0][near], pairs[1][near]
                self._bound(row, gap[near])
        for part in row_blocks(len(unknown), 4 * len(self._pool)):
            some = np.array(unknown[part], dtype=np.int64)
            gaps = multiply(self._rows.unit[some], self._pool.unit.T)
            self.products += len(some)
            by_rows(partial(self._value_in_part, some, gaps, best), len(some))
        self._seen[rows] = self._count

    def _value_in_part(self, rows: Indices, gaps: Floats, best: NDArray[np.float32], some: slice) -> None:
        for row, gap in zip(rows[some], gaps[some], strict=True):
            gap -= best
            near = np.flatnonzero(gap > -self._slack).astype(np.int32)
            gap = gap[near]
            if len(near) <= self._most_pairs:
                self._pairs[row] = near, gap + best[near]
            self._bound(row, gap)

    def _bound(self, row: int, gap: Floats) -> None:
        gain = float(np.maximum(gap, 0).sum(dtype=np.float64))
        doubt = self._slack * len(gap)
        self._upper[row] = min(self._upper[row], gain + doubt)
        self._lower[row] = min(max(0.0, gain - doubt), self._upper[row])
        self._exact[row] = False

    def _make_exact(self, rows: Indices) -> None:
        best = self._best
        for row in rows:
            point = self._rows.unit64(row)
            if (pairs := self._pairs[row]) is not None:
                near = pairs[0][pairs[1] > best[pairs[0]] - 2 * self._slack]
            else:
                near = self._near(point)
            gap = self._cosines(near, point) - best[near]
            self._upper[row] = self._lower[row] = gap[gap > TIE].sum()
            self._seen[row], self._exact[row] = self._count, True

    def _near(self, point: NDArray[np.float64]) -> Indices:
        """The rows of the pool that may be nearer to `point` than to every chosen row."""
        return np.flatnonzero(self._pool.unit @ point.astype(np.float32) > self._best - 2 * self._slack)

    def _cosines(self, rows: Indices, point: NDArray[np.float64]) -> NDArray[np.float64]:
        cosine = np.empty(len(rows))
        for part in row_blocks(len(rows), 8 * self._pool.dim):
            cosine[part] = products(self._pool.unit64(rows[part]), point)
        return cosine

    def _choose(self, index: int) -> None:
        point = self._rows.unit64(index)
        near = self._near(point)
        cosine = self._cosines(near, point)
        higher = cosine > self._best[near]
        self._best[near[higher]] = cosine[higher]
        self._raised[near[higher]] = self._count
        self._free[index] = False
        self._pairs[index] = None
        self._count += 1

    def _just_below(self, value: float) -> float:
        return value - TIE * (self._scale + abs(value))
