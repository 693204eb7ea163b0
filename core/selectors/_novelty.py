"""Exact lazy greedy for NovelSelect: an upper bound for every row, true values only where the bound says so.

The value of a row x over the m chosen ones is v_m(x) = sum_r w_r Delta_(r), near ones first, w falling. Choosing one
more row s pushes all that are farther one rank down, so that in the released form, whose Delta rises with the rank,
v_(m+1)(x) <= v_m(x) + w_(m+1) Delta(x, s), less what those behind lose (`_thresholds`). In the paper form
Delta = d(x, s) g_s and the ranks follow d; with c = the least g chosen, it is v_(m+1)(x) <= v_m(x) +
w_p d(x, s) (g_s - c) + c (w_(m+1) d(x, s) less what those behind lose), p the rank of s.

Bounds come from float32 products and are raised by the most that rounding can take away; values are float64. Where
rows have factors, what is kept, bounded and compared is the value times the factor.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats, Indices
from ..geometry import Space
from ._filling import Closed
from ._row_lists import RowLists
from ._thresholds import Thresholds

TIE = 1e-12  # relative: what float64 sums in another order can differ by, and more
_AT_ONCE = 64  # rows whose values are found together, at first
_AT_ONCE_BYTES = 64 << 20  # of their distances, later
_SHORT = 1024  # numbers in a list up to which sorting it anew is sooner done than sorting the new ones in
_MANY = 256  # numbers missing from a list: those that lack more are filled up apart from those that lack fewer


class NoveltyGreedy:
    """Yields (index, value) of the row of greatest value, again and again, ties to the lowest index.

    Args:
        own: (n,) f of the released form for every row, or zeros in the paper form.
        theirs: (n,) f of the released form again, or g of the paper form: Delta(x, s) = d(x, s) (own_x + theirs_s).
        by_distance: ranks follow the distance (paper form), not Delta.
        weights: (n,) weight of each rank, falling.
        before: the rows chosen before the first that is yielded, at least one.
        closed: rows that are not to be yielded.
        factors: (n,) what the value of each row is multiplied by, not negative; none: 1.
    """

    def __init__(
        self,
        space: Space,
        own: NDArray[np.float64],
        theirs: NDArray[np.float64],
        weights: NDArray[np.float64],
        before: Sequence[int],
        closed: Closed | None = None,
        *,
        by_distance: bool,
        factors: NDArray[np.float64] | None = None,
    ) -> None:
        self._space, self._own, self._theirs, self._weights = space, own, theirs, weights
        self._by_distance = by_distance
        self._factors = np.ones(len(space)) if factors is None else factors
        self._bound = np.zeros(len(space))  # no row's value is above it; -inf for the chosen
        self._valued = np.full(len(space), -1)  # the number of chosen rows over which the bound is the value itself
        self._chosen = np.empty((256, space.dim))  # the chosen rows in float64; grows
        self._beside = np.empty(256)  # `theirs` of them
        self._taken = 0  # how many there are
        self._least = np.inf  # of `theirs` over the chosen
        self._lists = RowLists(len(space))  # of each row that was valued: Delta to the chosen, or d in the paper form
        self._thresholds = Thresholds(len(space), weights)
        self.evaluated = 0  # values found so far
        self._closed = closed or Closed()
        for index in before:
            self._choose(index)

    def __iter__(self) -> Iterator[tuple[int, float]]:
        while True:
            self._bound[self._closed.new()] = -np.inf
            if self._bound.max() == -np.inf:
                return
            index = int(self._best()[0])
            yield index, self._worth(index)
            self._choose(index)

    def contenders(self, closed: Indices) -> list[tuple[int, float]]:
        """The rows of greatest value, ties among them, with their values, once those others are closed."""
        self._bound[closed] = -np.inf
        if self._bound.max() == -np.inf:
            return []
        return [(int(row), self._worth(int(row))) for row in self._best()]

    def take(self, point: NDArray[np.float64], theirs: float) -> None:
        """Count a point as chosen, (d,) at unit length, which need not be one of the rows."""
        m = self._taken
        if m == len(self._chosen):
            self._chosen = np.concatenate([self._chosen, np.empty_like(self._chosen)])
            self._beside = np.concatenate([self._beside, np.empty_like(self._beside)])
        self._chosen[m], self._beside[m] = point, theirs
        self._taken += 1
        self._raise_bounds(m, theirs)

    def _worth(self, index: int) -> float:
        if self._by_distance:
            return float(self._bound[index])
        m = self._taken
        value = released_value(
            self._space.unit64(index), self._own[index], self._chosen[:m], self._beside[:m], self._weights[:m]
        )
        return float(self._factors[index] * value)

    def _choose(self, index: int) -> None:
        self.take(self._space.unit64(index), float(self._theirs[index]))
        self._bound[index] = -np.inf

    def _raise_bounds(self, m: int, theirs: float) -> None:
        """Take into every bound that a point with that `theirs` was chosen beside m others."""
        weight, slack = float(self._weights[m]), self._space.rounding
        self._least = min(self._least, theirs)
        distance = self._space.distances_from(self._chosen[m])
        factor = 1.0 if self._by_distance else self._own + theirs
        low = np.nextafter(((distance - slack) * factor).astype(np.float32), np.float32(-np.inf))
        high = np.nextafter(((distance + slack) * factor).astype(np.float32), np.float32(np.inf))
        share = 1.0
        if self._by_distance:
            share = self._least
            self._bound += self._factors * (theirs - share) * self._thresholds.weight(low) * high.astype(np.float64)
        rise = share * (weight * high.astype(np.float64) - self._thresholds.add(low, high, m))
        self._bound += self._factors * rise

    def _best(self) -> Indices:
        """The rows of greatest value, ties among them, rising: valued by falling bound until no bound is above."""
        size, best = _AT_ONCE, -np.inf
        while True:
            doubtful = self._doubtful(best)
            if len(doubtful) == 0:
                break
            if len(doubtful) > size:
                doubtful = doubtful[np.argpartition(-self._bound[doubtful], size)[:size]]
            best = max(best, self._value(np.sort(doubtful)))
            size = max(_AT_ONCE, min(2 * size, _AT_ONCE_BYTES // (8 * self._taken)))
        valued = np.flatnonzero(self._valued == self._taken)
        return valued[self._bound[valued] >= _just_below(best)].astype(np.int64)

    def _doubtful(self, best: float) -> Indices:
        """Rows that are not valued yet and whose bound is not below `best`."""
        high = np.flatnonzero(self._bound >= max(_just_below(best), np.finfo(float).min))
        return high[self._valued[high] < self._taken].astype(np.int64)

    def _value(self, rows: Indices) -> float:
        """Set the bounds of `rows` to their true values; the greatest of these."""
        m = self._taken
        slots, counts = self._lists.slots(rows, m)
        value_of = self._by_rank_of_distance if self._by_distance else self._by_rank_of_delta
        stretch = np.where(counts == 0, 0, np.where(m - counts > _MANY, 1, 2))
        for size in np.unique(stretch):  # lists that lack about as many numbers are filled up together
            some = np.flatnonzero(stretch == size)
            start = int(counts[some].min())
            delta = self._delta(rows[some], start)
            if m <= _SHORT and not self._by_distance:
                self._value_together(rows[some], slots[some], counts[some], delta)
                continue
            for row, slot, known, news in zip(rows[some], slots[some], counts[some], delta, strict=True):
                numbers = self._lists.table[slot, :m]
                numbers[known:] = news[known - start :]
                self._bound[row] = self._factors[row] * value_of(numbers, known)
        places = self._thresholds.places(m)
        if self._by_distance:
            edges = np.sort(self._lists.table[slots, :m], axis=1)[:, places]
        else:
            edges = self._lists.table[slots[:, None], places]  # in order since they were valued
        self._thresholds.remember(rows, edges, m)
        self._valued[rows] = m
        self.evaluated += len(rows)
        return float(self._bound[rows].max())

    def _value_together(self, rows: Indices, slots: Indices, counts: Indices, delta: Floats) -> None:
        """The same for rows with short lists, which are sorted anew sooner than one after the other."""
        m, start = self._taken, self._taken - delta.shape[1]
        numbers = self._lists.table[slots, :m]
        np.copyto(numbers[:, start:], delta, where=np.arange(start, m) >= counts[:, None])
        numbers.sort(axis=1)
        self._lists.table[slots, :m] = numbers
        self._bound[rows] = self._factors[rows] * (numbers @ self._weights[:m])

    def _delta(self, rows: Indices, start: int) -> Floats:
        """Delta (in the paper form d) of `rows` to the rows chosen from place `start` on, (rows, chosen)."""
        delta: Floats = 1 - self._space.unit64(rows) @ self._chosen[start : self._taken].T
        np.maximum(delta, 0, out=delta)
        if not self._by_distance:
            delta *= self._own[rows, None] + self._beside[start : self._taken]
        return delta

    def _by_rank_of_delta(self, delta: Floats, known: int) -> float:
        # The known ones are in order already, which the stable sort makes use of and the other does not.
        delta.sort(kind="stable" if 2 * known > len(delta) else None)
        return float(delta @ self._weights[: len(delta)])

    def _by_rank_of_distance(self, distance: Floats, known: int) -> float:
        del known  # the distances stay in the order of choice, beside their g
        order = np.argsort(distance, kind="stable")
        return float((distance * self._beside[: self._taken])[order] @ self._weights[: len(distance)])


def released_value(
    row: NDArray[np.float64],
    own: float,
    points: NDArray[np.float64],
    theirs: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> float:
    """The value of a row beside `points`, (m, d), in the released form: to the last bit the same in every greedy.

    Row by row: the sums of a product with the matrix are other ones with another number of threads.
    """
    delta = np.maximum(1 - np.vecdot(points, row), 0) * (own + theirs)
    delta.sort()
    return float((delta * weights).sum())


def _just_below(value: float) -> float:
    return value - TIE * abs(value)
