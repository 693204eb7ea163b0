"""Exact lazy greedy for the released form of NovelSelect, compiled: rows are left alone until they may be the best.

v_(m+1)(x) <= v_m(x) + w_(m+1) Delta(x, s), and Delta(x, s) = d(x, s) (f_x + f_s) is at most reach_x (f_x + f_s) however
far s is: reach_x is the distance of the row that is farthest from x, where that is known, and 2 else. So each row has a
bound without being looked at. Where the bound is not below what some row is worth, the row's Delta to those chosen
since it was last looked at are computed, which lowers the bound; where it still is not, or there are many, they are
sorted into the row's list and make its value. All that is done in float32, and rows whose values it cannot tell apart
are valued anew in float64: the choice is that of float64 throughout.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..geometry import Space
from ..parallel import by_rows
from . import _novelty_lists as lists
from ._filling import Closed
from ._novelty import TIE, NoveltyGreedy, released_value

_LIMIT = 1280 << 20  # bytes of lists
_PIECE = 8192  # rows that one core searches at a time
_AT_FIRST = 500  # numbers that a list has room for; rows a power of two apart would share places in the cache
_NARROW = 1e-20, 1e20  # f, and lengths of rows, between these are far from what float32 cannot hold


class LazyNovelty:
    """Yields (index, value) of the row of greatest value, again and again, ties to the lowest index.

    Args: those of `NoveltyGreedy` in the released form, where `own` is `theirs`. Once the lists would take more memory
    than `limit` bytes, which may be at once, it goes on in its place: that one can forget lists. No point taken from
    elsewhere may have an `own` above `densest`, and none may be farther from a row than its `reach`, (n,).
    """

    def __init__(
        self,
        space: Space,
        own: NDArray[np.float64],
        weights: NDArray[np.float64],
        before: Sequence[int],
        closed: Closed | None = None,
        *,
        factors: NDArray[np.float64] | None = None,
        reach: NDArray[np.float64] | None = None,
        limit: int = _LIMIT,
        densest: float | None = None,
    ) -> None:
        n = len(space)
        self._space, self._own, self._weights, self._limit = space, own, weights, limit
        self._factors = np.ones(n) if factors is None else factors
        self._reach = np.full(n, 2.0) if reach is None else reach
        self._closed = closed or Closed()
        self._arrays: NoveltyGreedy | None = None
        self._per_length = 1 / np.where(space.norms == 0, 1, space.norms)
        self._base, self._known, self._merged = np.zeros(n), np.zeros(n, np.int64), np.zeros(n, np.int64)
        self._nearest, self._densest = np.full(n, 2.0), max(float(own.max()), densest or 0.0)
        low, high = _NARROW
        narrow = self._densest < high
        narrow &= all(low < each.min() and each.max() < high for each in (own, self._per_length))
        dtype = np.float32 if narrow else np.float64
        self._blur = (space.dim + 16) * 2.0**-52
        # Products of d terms in any order, one factor rounded before; no more than float64 where they are float64.
        self._error = 1.01 * (space.dim + 2) * 2.0**-24 if narrow else self._blur
        self._pieces = [slice(start, min(n, start + _PIECE)) for start in range(0, n, _PIECE)]
        room = min(_AT_FIRST, limit // (n * np.dtype(dtype).itemsize))
        self._lists = [np.empty((some.stop - some.start, room), dtype=dtype) for some in self._pieces]
        self._points, self._theirs = np.empty((_AT_FIRST, space.dim)), np.empty(_AT_FIRST)  # of the chosen rows; grow
        self._coarse = np.empty_like(self._points, dtype=dtype)
        self._sums = np.zeros((2, _AT_FIRST + 1))
        self._taken, self._greatest = 0, 0.0  # chosen rows, and the greatest f of them
        self._last: tuple[int, NDArray[np.float64]] = (-1, np.empty(0))
        for index in before:
            self._choose(index)

    def __iter__(self) -> Iterator[tuple[int, float]]:
        while self._make_room():
            self._base[self._closed.new()] = -np.inf
            if not (found := self._best()):
                return
            yield found[0]
            self._choose(found[0][0])
        self._closed.add(np.flatnonzero(self._base == -np.inf))
        yield from self._on_with_arrays()

    def contenders(self, closed: Indices) -> list[tuple[int, float]]:
        """The rows of greatest value, ties among them, with their values, once those others are closed."""
        self._base[closed] = -np.inf
        if self._arrays is None and not self._make_room():
            self._arrays = self._on_with_arrays()
        if self._arrays is not None:
            return self._arrays.contenders(np.flatnonzero(self._base == -np.inf))
        return self._best()

    def _on_with_arrays(self) -> NoveltyGreedy:
        """What goes on where lists would take too much memory, with all that were chosen so far."""
        self._lists.clear()
        found = NoveltyGreedy(
            self._space, self._own, self._own, self._weights, [], self._closed,
            by_distance=False, factors=self._factors,
        )  # fmt: skip
        for point, theirs in zip(self._points[: self._taken], self._theirs[: self._taken], strict=True):
            found.take(point, float(theirs))
        return found

    def _choose(self, index: int) -> None:
        self.take(self._unit(index), float(self._own[index]))
        self._base[index] = -np.inf

    def _unit(self, row: int) -> NDArray[np.float64]:
        """The row at unit length; the last one is kept, as the row that was valued last is mostly the one chosen."""
        if self._last[0] != row:
            self._last = row, self._space.unit64(row)
        return self._last[1]

    def take(self, point: NDArray[np.float64], theirs: float) -> None:
        """Count a point as chosen, (d,) at unit length, which need not be one of the rows."""
        if self._arrays is not None:
            self._arrays.take(point, theirs)
            return
        m = self._taken
        if m == len(self._points):
            self._points = np.concatenate([self._points, np.empty_like(self._points)])
            self._theirs = np.concatenate([self._theirs, np.empty_like(self._theirs)])
            self._coarse = np.concatenate([self._coarse, np.empty_like(self._coarse)])
            self._sums = np.concatenate([self._sums, np.zeros((2, m))], axis=1)
        self._points[m], self._theirs[m] = point, theirs
        self._coarse[m] = self._points[m]
        self._greatest = max(self._greatest, theirs)
        self._sums[0, m + 1] = self._sums[0, m] + self._weights[m]
        self._sums[1, m + 1] = self._sums[1, m] + self._weights[m] * theirs
        self._taken += 1

    def _make_room(self) -> bool:
        """Longer lists where they are needed; whether that is within the limit."""
        columns = self._lists[0].shape[1]
        if self._taken <= columns:
            return True
        most = self._limit // (len(self._space) * self._lists[0].itemsize)
        if self._taken > most:
            return False
        longer = min(max(self._taken, columns * 3 // 2), len(self._space), most)
        for piece, short in enumerate(self._lists):
            self._lists[piece] = np.empty((len(short), longer), dtype=short.dtype)
            self._lists[piece][:, :columns] = short
        return True

    def _best(self) -> list[tuple[int, float]]:
        """The rows of greatest value, ties among them, rising, with their values."""
        rows = self._likely_at_once() if len(self._pieces) == 1 else self._likely()
        if len(rows) == 0:
            return []
        valued = [(row, self._value(row)) for row in rows.tolist()]
        most = max(value for _, value in valued)
        return [(row, value) for row, value in valued if value >= most - TIE * abs(most)]

    def _likely_at_once(self) -> Indices:
        """The rows that may be of the greatest value, rising, found in one compiled call."""
        m = self._taken
        found: Indices = lists.best_of(
            self._space.raw, self._per_length, self._own, self._factors,
            self._reach, self._base, self._known, self._merged, self._nearest, self._lists[0],
            self._points[:m], self._coarse, self._theirs[:m], self._weights[:m], self._sums,
            self._error, self._blur, self._densest, self._sums[0, m] * self._greatest,
        )  # fmt: skip
        return found

    def _likely(self) -> Indices:
        """The same, the pieces looked at on all cores."""
        m = self._taken
        weight, theirs = self._sums[:, m]
        best = -1.0
        for _ in range(2):  # as in `best_of`
            likely = lists.highest(self._base, self._own, self._factors, self._reach, weight, theirs)
            if likely < 0:
                return np.empty(0, dtype=np.int64)
            best = self._search(likely // _PIECE, slice(likely, likely + 1), best)
        found = [best] * len(self._pieces)

        def search(pieces: slice) -> None:
            for piece in range(pieces.start, pieces.stop):
                found[piece] = self._search(piece, self._pieces[piece], best)

        by_rows(search, len(self._pieces))
        rows: Indices = lists.contenders(
            self._base, self._own, self._factors, self._reach, self._merged, m, weight, theirs, max(found)
        )
        return rows

    def _search(self, piece: int, rows: slice, best: float) -> float:
        m, start = self._taken, self._pieces[piece].start
        table = self._lists[piece][rows.start - start : rows.stop - start]
        found, _ = lists.search(
            self._space.raw[rows], self._per_length[rows], self._own[rows], self._factors[rows],
            self._reach[rows], self._base[rows], self._known[rows], self._merged[rows], self._nearest[rows], table,
            self._points[:m], self._coarse, self._theirs[:m], self._weights[:m], self._sums,
            self._error, self._blur, self._densest, self._sums[0, m] * self._greatest, best,
        )  # fmt: skip
        return found

    def _value(self, row: int) -> float:
        m = self._taken
        value = released_value(self._unit(row), self._own[row], self._points[:m], self._theirs[:m], self._weights[:m])
        return float(self._factors[row] * value)
