"""A growing list of numbers for each of many rows, within a limit of memory; the rows unused longest are forgotten."""

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices

_LIMIT = 960 << 20  # bytes


class RowLists:
    """`table[slot, :count]` is the list of a row that has a slot; what a list holds is the caller's business."""

    def __init__(self, rows: int, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._slot = np.full(rows, -1)  # of each row, -1 for none
        self._row = np.empty(0, dtype=np.int64)  # of each slot in use
        self._count = np.zeros(rows, dtype=np.int64)
        self._used = np.zeros(rows, dtype=np.int64)  # when each row was last asked for
        self._time = 0
        self.table: NDArray[np.float64] = np.empty((min(rows, 1024), 256))

    def slots(self, rows: Indices, length: int) -> tuple[Indices, Indices]:
        """Slots of `rows` with room for `length` numbers, and how many numbers each list held so far.

        The caller fills in the others: the lists count as holding `length` numbers from here on.
        """
        self._time += 1
        self._used[rows] = self._time
        new = rows[self._slot[rows] < 0]
        if length > self.table.shape[1] or len(self._row) + len(new) > len(self.table):
            self._make_room(length, len(new))
            new = rows[self._slot[rows] < 0]
        self._slot[new] = np.arange(len(self._row), len(self._row) + len(new))
        self._row = np.concatenate([self._row, new])
        counts = self._count[rows]
        self._count[rows] = length
        return self._slot[rows], counts

    def _make_room(self, length: int, new: int) -> None:
        """A larger table; beyond the limit only the lists used last go along, so that half of it is free again."""
        columns = self.table.shape[1] if length <= self.table.shape[1] else max(length, self.table.shape[1] * 3 // 2)
        most = max(self._limit // (8 * columns), 2 * np.count_nonzero(self._used == self._time))
        lines = min(len(self._slot), most, max(2 * (len(self._row) + new), len(self.table)))
        kept = self._row
        if len(kept) + new > lines:
            forgotten = np.argsort(-self._used[kept], kind="stable")[lines // 2 :]
            self._slot[kept[forgotten]] = -1
            self._count[kept[forgotten]] = 0
            kept = np.delete(kept, forgotten)
        table = np.empty((lines, columns))
        old = self.table.shape[1]
        for line, row in enumerate(kept):
            table[line, :old] = self.table[self._slot[row]]
        self._slot[kept] = np.arange(len(kept))
        self.table, self._row = table, kept
