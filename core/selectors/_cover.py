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
_NONE = (np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32))


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
        self._pairs = [_NONE] * len(space)  # rows of the pool that a row may add to, and their cosines to it
        self._unknown = np.ones(len(space), dtype=bool)  # rows whose pairs are not remembered
        self._most_pairs = max(64, _REMEMBERED // len(space))
        self._remembers = False  # whether the rows multiplied last mostly had few enough pairs for that
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
            self._value(np.union1d(doubtful, self._next_unknown(doubtful)))
            size = min(2 * size, _MOST_AT_ONCE)

    def _next_unknown(self, rows: Indices) -> Indices:
        """Rows to multiply with the pool along with those that have to be: one product of many is no dearer."""
        room = _AT_ONCE - int(np.count_nonzero(self._unknown[rows]))
        if not self._remembers or not 0 < room < _AT_ONCE:
            return rows[:0]
        others = np.flatnonzero(self._unknown & self._free & (self._seen < self._count))
        if len(others) > room:
            bound = self._values(self._upper, others)
            others = others[np.argpartition(-bound, room)[:room]]
        return others

    def _value(self, rows: Indices) -> None:
        """Bring the bounds of those rows up to date."""
        best = self._best.astype(np.float32)
        unknown = rows[self._unknown[rows]]
        for row in rows[~self._unknown[rows]]:
            pairs = self._pairs[row]
            if (self._raised[pairs[0]] >= self._seen[row]).any():
                gap = pairs[1] - best[pairs[0]]
                near = gap > -self._slack
                if 2 * np.count_nonzero(near) < len(near):
                    self._pairs[row] = pairs[0][near], pairs[1][near]
                self._bound(row, gap[near])
        for part in row_blocks(len(unknown), 4 * len(self._pool)):
            gaps = multiply(self._rows.unit[unknown[part]], self._pool.unit.T)
            by_rows(partial(self._value_in_part, unknown[part], gaps, best), len(gaps))
        self.products += len(unknown)
        self._remembers = bool(2 * np.count_nonzero(self._unknown[unknown]) <= len(unknown))
        self._seen[rows] = self._count

    def _value_in_part(self, rows: Indices, gaps: Floats, best: NDArray[np.float32], some: slice) -> None:
        for row, gap in zip(rows[some], gaps[some], strict=True):
            gap -= best
            near = np.flatnonzero(gap > -self._slack).astype(np.int32)
            gap = gap[near]
            if len(near) <= self._most_pairs:
                self._pairs[row], self._unknown[row] = (near, gap + best[near]), False
            self._bound(row, gap)

    def _bound(self, row: int, gap: Floats) -> None:
        gain = float(np.maximum(gap, 0).sum(dtype=np.float64))
        doubt = self._slack * len(gap)
        self._upper[row] = min(self._upper[row], gain + doubt)
        self._lower[row] = min(max(0.0, gain - doubt), self._upper[row])
        self._exact[row] = False

    def _make_exact(self, rows: Indices) -> None:
        for row in rows:
            near, cosine = self._nearest(row)
            gap = cosine - self._best[near]
            self._upper[row] = self._lower[row] = gap[gap > TIE].sum()
            self._seen[row], self._exact[row] = self._count, True

    def _nearest(self, row: int) -> tuple[Indices, NDArray[np.float64]]:
        """The rows of the pool that may be nearer to `row` than to every chosen row, and their cosines to it."""
        point = self._rows.unit64(row)
        places, cosines = self._pairs[row]
        if self._unknown[row]:
            places = np.arange(len(self._pool), dtype=np.int32)
            cosines = self._pool.unit @ point.astype(np.float32)
        near = places[cosines > self._best[places] - 2 * self._slack].astype(np.int64)
        cosine = np.empty(len(near))
        for part in row_blocks(len(near), 8 * self._pool.dim):
            cosine[part] = products(self._pool.unit64(near[part]), point)
        return near, cosine

    def _choose(self, index: int) -> None:
        near, cosine = self._nearest(index)
        higher = cosine > self._best[near]
        self._best[near[higher]] = cosine[higher]
        self._raised[near[higher]] = self._count
        self._free[index] = False
        self._pairs[index] = _NONE
        self._count += 1

    def _just_below(self, value: float) -> float:
        return value - TIE * (self._scale + abs(value))
