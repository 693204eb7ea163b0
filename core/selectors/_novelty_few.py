"""Exact greedy for the released form of NovelSelect where the cosines of all pairs fit into memory.

v_(m+1)(x) <= v_m(x) + w_(m+1) Delta(x, s), and Delta(x, s) = d(x, s) (f_x + f_s). With all cosines at hand that is
added to every row's bound at each pick. Rows whose bound is not below what some row is worth at least are valued from
the same cosines, and those whose values these cannot tell apart, mostly one, in float64: the choice is that of float64
throughout.

A cosine that is off by no more than e makes a Delta be off by no more than e (f_x + f_s), and so a value, or a bound,
by no more than e W (f_x + f): W is the sum of the weights of all ranks so far, f the greatest f_s of the chosen rows.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats, Indices, row_blocks
from ..geometry import Space
from ._filling import Closed
from ._novelty import TIE, released_value

FEW = 8192  # rows, whose cosines take 256 MB
_APART = 0.02  # mean 1 - cos of all pairs below which float32 would tell too few values apart
_AT_FIRST = 496  # chosen rows that there is room for; rows a power of two apart would share places in the cache
_TOGETHER = 32  # chosen rows that are written into the table together, since it is not in the cache
_LEADERS = 32  # rows that are valued first: what they are worth spares valuing most of the others
_AT_ONCE = 4 << 20  # bytes of lists that are put in order together
_NARROW = 1e-20, 1e20  # f between these are far from what float32 cannot hold
_ROUNDED = 16 * 2.0**-24  # what Delta in float32 can be off by besides, as a share of f_x + f_s, and more
_LOWEST = float(np.finfo(float).min)


def few_and_apart(space: Space) -> bool:
    """Whether that is the way to choose among these rows."""
    if len(space) > FEW:
        return False
    mean = space.directions.unit.mean(axis=0)
    return 1 - float(mean @ mean) >= _APART


class NoveltyAmongFew:
    """Yields (index, value) of the row of greatest value, again and again, ties to the lowest index.

    Args: those of `NoveltyGreedy` in the released form, where `own` is `theirs`.
        cosines: (n, n) of all rows with all, as far from the truth as `Space.rounding` at most.
    """

    def __init__(
        self,
        space: Space,
        own: NDArray[np.float64],
        weights: NDArray[np.float64],
        before: Sequence[int],
        closed: Closed | None = None,
        *,
        cosines: Floats,
        factors: NDArray[np.float64] | None = None,
    ) -> None:
        n, (low, high) = len(space), _NARROW
        self._space, self._own, self._weights, self._cosines = space, own, weights, cosines
        self._factors = np.ones(n) if factors is None else factors.copy()
        self._closed = closed or Closed()
        self._near_own: Floats = own.astype(np.float32) if low < own.min() and own.max() < high else own
        self._error = 1.01 * (space.rounding + _ROUNDED) * self._factors
        self._slack = self._error * own
        self._bound = np.zeros(n)  # without the factor, and but for what rounding can take away; -inf for closed rows
        self._unit = -1, np.empty(0)  # a row, and it at unit length
        self._taken, self._sum, self._greatest = 0, 0.0, 0.0  # chosen rows, W, and the greatest f of them
        self._points, self._theirs = np.empty((_AT_FIRST, space.dim)), np.empty(_AT_FIRST)  # of the chosen rows; grow
        self._table = np.empty((n, _AT_FIRST), dtype=self._near_own.dtype)  # Delta of all rows to them; grows
        self._last = np.empty((_TOGETHER, n), dtype=self._near_own.dtype)  # to the last of them, not in the table yet
        for index in before:
            self._choose(index)

    def __iter__(self) -> Iterator[tuple[int, float]]:
        while True:
            self._close(self._closed.new())
            if self._bound.max() == -np.inf:
                return
            yield (found := self._best())
            self._choose(found[0])

    def _choose(self, index: int) -> None:
        m = self._taken
        if m == len(self._points):
            more = min(m, len(self._own) - m)  # no more rows than there are
            self._points = np.concatenate([self._points, np.empty((more, self._space.dim))])
            self._theirs = np.concatenate([self._theirs, np.empty(more)])
            self._table = np.concatenate([self._table, np.empty((len(self._own), more), self._table.dtype)], axis=1)
        point = self._unit[1] if self._unit[0] == index else self._space.unit64(index)
        self._points[m], self._theirs[m] = point, self._own[index]
        self._sum, self._greatest = self._sum + float(self._weights[m]), max(self._greatest, float(self._own[index]))
        delta = self._last[m % _TOGETHER]
        np.subtract(1, self._cosines[index], out=delta)
        np.maximum(delta, 0, out=delta)
        delta *= self._near_own + self._near_own[index]
        self._bound += self._weights[m] * delta
        self._close(index)
        self._taken = m + 1
        if self._taken % _TOGETHER == 0:
            self._table[:, self._taken - _TOGETHER : self._taken] = self._last.T

    def _close(self, rows: int | Indices) -> None:
        self._bound[rows], self._factors[rows] = -np.inf, 1  # 0 times infinity would be no number

    def _best(self) -> tuple[int, float]:
        """The row of greatest value, of rows of one value the first, and that value in float64."""
        m = self._taken
        points, theirs, weights = self._points[:m], self._theirs[:m], self._weights[:m]
        valued = []
        for row in self._doubtful():
            self._unit = row, self._space.unit64(row)  # of several the last; mostly it is the only one, and chosen
            value = released_value(self._unit[1], self._own[row], points, theirs, weights)
            valued.append((row, float(self._factors[row] * value)))
        most = max(value for _, value in valued)
        return next((row, value) for row, value in valued if value >= most - TIE * abs(most))

    def _doubtful(self) -> list[int]:
        """The rows that may be of the greatest value, rising: they were valued, and others are worth less for sure."""
        slack = self._slack * self._sum
        slack += self._sum * self._greatest * self._error
        highest = self._factors * self._bound
        highest += slack
        leaders = self._leaders(highest)
        low, first = self._value(leaders, slack, _LOWEST)
        highest[leaders] = -np.inf
        others = np.flatnonzero(highest >= low)
        low, second = self._value(others, slack, low)
        return sorted([*leaders[first >= low].tolist(), *others[second >= low].tolist()])

    def _leaders(self, highest: NDArray[np.float64]) -> Indices:
        """Rows with high bounds: of each stretch of all rows the one that has the highest, where it can be chosen."""
        size = max(1, len(highest) // _LEADERS)
        stretches = highest[: len(highest) // size * size].reshape(-1, size)
        rows: Indices = stretches.argmax(axis=1) + size * np.arange(len(stretches))
        return rows[highest[rows] > -np.inf]

    def _value(self, rows: Indices, slack: NDArray[np.float64], low: float) -> tuple[float, NDArray[np.float64]]:
        """Set the bounds of the rows to their values.

        Returns:
            `low`, or what one of them is worth at least where that is more; and what each is worth at most, (rows,).
        """
        m = self._taken
        last = m % _TOGETHER
        for part in row_blocks(len(rows), m * self._table.itemsize, _AT_ONCE):
            some = rows[part]
            numbers = np.empty((len(some), m), dtype=self._table.dtype)
            numbers[:, : m - last] = self._table[some, : m - last]
            numbers[:, m - last :] = self._last[:last, some].T
            numbers.sort(axis=1)
            self._bound[some] = numbers @ self._weights[:m]
        worth, slack = self._factors[rows] * self._bound[rows], slack[rows]
        return float((worth - slack).max(initial=low)), worth + slack
