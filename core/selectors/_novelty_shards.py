"""The greedy choice of NovelSelect with its rows in shards: the rows that one machine chooses.

Every shard keeps the bounds and lists of its own rows, and says at each step which of them are worth most, and what in
float64. The best of these is the best of all, ties to the lowest index as elsewhere; its vector goes to all shards. A
shard that is lost is made again and told what was chosen: its values are those of float64, so the choice is the same.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..engines import Engine, Handle
from ..geometry import Space
from ..sharded.rows import Shard, joined, shards
from ._filling import Closed
from ._novelty import TIE, NoveltyGreedy

_MOST = 32  # objects that rows are kept in: each of them costs some milliseconds a pick
_NONE = np.empty(0, dtype=np.int64)


class NoveltyInShards:
    """Yields (index, value) of the row of greatest value, again and again, ties to the lowest index.

    Args: those of `NoveltyGreedy`; `dense` is f of the released form or g of the paper form. `compiled`: the shards use
        `LazyNovelty`, which numba compiles first.
    """

    def __init__(
        self,
        engine: Engine,
        space: Space,
        dense: NDArray[np.float64],
        weights: NDArray[np.float64],
        before: Sequence[int],
        closed: Closed | None,
        by_distance: bool,
        compiled: bool,
        factors: NDArray[np.float64] | None,
    ) -> None:
        self._space, self._dense, self._closed = space, dense, closed or Closed()
        self._order, self._gone = list(before), [np.array(before, dtype=np.int64)]
        every, shared = shards(engine, space), engine.share(weights)
        runs = np.array_split(np.arange(len(every)), min(engine.workers, len(every), _MOST))
        items = []
        for run in runs:
            mine = [every[number] for number in run]
            some = slice(mine[0].start, mine[-1].stop)
            own = None if factors is None else factors[some]
            items.append((mine, dense[some], shared, float(dense.max()), by_distance, compiled, own))
        self._shards = engine.group(NoveltyShard, items, self._state, "NovelSelect")

    def _state(self) -> tuple[NDArray[np.float64], NDArray[np.float64], Indices]:
        """What was chosen, (m, d), its f or g, (m,), and the rows that may not be chosen any more."""
        return self._space.unit64(self._order), self._dense[self._order], np.concatenate(self._gone)

    def __iter__(self) -> Iterator[tuple[int, float]]:
        self._shards.ask("catch_up", self._state())
        while True:
            new = self._closed.new()
            self._gone.append(new)
            last = self._order[-1]
            point, theirs = self._space.unit64(last), float(self._dense[last])
            answers = self._shards.ask("after", len(self._order), last, point, theirs, new)
            found = sorted(each for answer in answers for each in answer)
            if not found:
                return
            most = max(value for _, value in found)
            row, value = next((row, value) for row, value in found if value >= most - TIE * abs(most))
            yield row, value
            self._order.append(row)
            self._gone.append(np.array([row], dtype=np.int64))


class NoveltyShard:
    """The greedy choice among the rows of some shards that lie one after the other, beside points from anywhere."""

    def __init__(
        self,
        mine: Sequence[Shard],
        dense: NDArray[np.float64],
        weights: Handle,
        densest: float,
        by_distance: bool,
        compiled: bool,
        factors: NDArray[np.float64] | None,
    ) -> None:
        self._start, self._stop, self._taken = mine[0].start, mine[-1].stop, 0
        space: Space = joined(mine)
        self._greedy: Any
        if compiled:
            from ._novelty_lazy import LazyNovelty

            self._greedy = LazyNovelty(space, dense, weights.get(), [], factors=factors, densest=densest)
        else:
            own = np.zeros(len(space)) if by_distance else dense
            self._greedy = NoveltyGreedy(space, own, dense, weights.get(), [], by_distance=by_distance, factors=factors)
        self._new = _NONE

    def catch_up(self, state: tuple[NDArray[np.float64], NDArray[np.float64], Indices]) -> None:
        """Take in all that was chosen, and close all that may not be chosen, so far."""
        points, theirs, gone = state
        for point, each in zip(points[self._taken :], theirs[self._taken :], strict=True):
            self._take(point, float(each))
        self._new = self._own(gone)

    def after(
        self, count: int, last: int, point: NDArray[np.float64], theirs: float, closed: Indices
    ) -> list[tuple[int, float]]:
        """The rows that are worth most beside `count` chosen ones, of which `last` is the last, with their values."""
        if self._taken < count:  # else it was told when it was made again
            self._take(point, theirs)
        closed = np.concatenate([self._new, self._own(np.append(closed, last))])
        self._new = _NONE
        return [(self._start + row, value) for row, value in self._greedy.contenders(closed)]

    def _take(self, point: NDArray[np.float64], theirs: float) -> None:
        self._greedy.take(point, theirs)
        self._taken += 1

    def _own(self, rows: Indices) -> Indices:
        """Those of the rows that lie here, as numbers within."""
        return rows[(rows >= self._start) & (rows < self._stop)] - self._start
