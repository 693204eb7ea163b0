"""Filling a budget with picks, within limits: rows that may no longer be chosen are closed at once."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ._limits import Limits

_NAMED = 5  # groups that a sentence names


class Closed:
    """Rows that may no longer be picked, as numbers within the space that a selector was given.

    A selector that keeps a value for every row takes the new ones out before each pick. It may go on without: a pick
    of a closed row is passed over, but what comes after it was chosen as if the row had been.
    """

    def __init__(self) -> None:
        self._new: list[Indices] = []

    def add(self, rows: Indices) -> None:
        if len(rows):
            self._new.append(rows)

    def new(self) -> Indices:
        """The rows closed since this was last asked."""
        found = np.concatenate([np.empty(0, dtype=np.int64), *self._new])
        self._new.clear()
        return found


class Filling:
    """The rows chosen so far, what is left of the budget, and which rows may be chosen now.

    Args:
        pool: rows that may be chosen.
        size: rows of the whole space.
        budget: rows, or tokens where the limits have costs.
    """

    def __init__(self, limits: Limits, pool: Indices, size: int, budget: int) -> None:
        self.left = budget
        self.rows: list[int] = []
        self.gains: list[float] = []
        self._owned, self._costs, self._shares = limits.owned, limits.costs, limits.shares()
        self._allowed = np.zeros(size, dtype=bool)
        self._allowed[pool] = True
        self._allowed[limits.never] = self._allowed[limits.owned] = False
        self.open = self._allowed.copy()
        self._caps: Indices | None = None
        self._taken = np.zeros(0 if self._shares is None else len(self._shares.names), dtype=np.int64)
        self._asked = np.zeros(len(self._taken), dtype=np.int64)  # rows of each group at least, as far as it has them
        if self._shares is not None:
            there = np.bincount(self._shares.group[self._allowed], minlength=len(self._taken))
            self._asked = np.minimum(self._shares.least, there)
        for row in limits.must.tolist():
            self.choose(row, np.nan)

    def stages(self) -> Iterator[None]:
        """First every group is filled to its least, where there is one, then all of them within their most."""
        if self._shares is not None and self._shares.least.any():
            self._begin(self._shares.least)
            yield
        self._begin(None if self._shares is None else self._shares.most)
        yield

    def _begin(self, caps: Indices | None) -> None:
        self._caps, self.open = caps, self._allowed.copy()
        if caps is not None and self._shares is not None:
            self.open &= (self._taken < caps)[self._shares.group]

    def short(self) -> list[str]:
        """The groups that have fewer rows than were asked for at least, in a sentence; nothing where none has."""
        if self._shares is None or not (lacking := np.flatnonzero(self._taken < self._asked)).size:
            return []
        parts = [f"{self._shares.names[g]!r} {self._taken[g]:,} of {self._asked[g]:,}" for g in lacking[:_NAMED]]
        more = f" and {len(lacking) - _NAMED:,} more" if len(lacking) > _NAMED else ""
        why = "the tokens were used up" if self._costs is not None and self.wanted == 0 else "no other row met its rule"
        return [f"Not every group has the rows that it is to have at least: {', '.join(parts)}{more}, since {why}."]

    @property
    def before(self) -> Indices:
        """The rows that count as chosen: those one has already, then those chosen so far."""
        return np.concatenate([self._owned, np.array(self.rows, dtype=np.int64)])

    @property
    def wanted(self) -> int:
        """How many more rows there may be now; of a budget in tokens as many as rows of mean length, and one more."""
        there = int(self.open.sum())
        if self.left <= 0 or there == 0:
            return 0
        if self._costs is not None:
            return min(there, int(self.left / max(1.0, float(self._costs[self.open].mean()))) + 1)
        if self._caps is None or self._shares is None:
            return min(there, self.left)
        room = np.bincount(self._shares.group[self.open], minlength=len(self._taken))
        return min(self.left, int(np.minimum(room, (self._caps - self._taken).clip(0)).sum()))

    @property
    def done(self) -> bool:
        """Whether no row is wanted any more; sooner said than how many are."""
        return self.left <= 0 or not self.open.any()

    def choose(self, row: int, gain: float) -> Indices:
        """Take that row; returns it with the rows that may now no longer be chosen."""
        self.rows.append(row)
        self.gains.append(gain)
        closed = [np.array([row], dtype=np.int64)]
        self._allowed[row] = self.open[row] = False
        if self._shares is not None:
            group = self._shares.group[row]
            self._taken[group] += 1
            if self._caps is not None and self._taken[group] >= self._caps[group]:
                closed.append(np.flatnonzero(self.open & (self._shares.group == group)))
        self.left -= 1 if self._costs is None else int(self._costs[row])
        if self._costs is not None:
            dear = np.flatnonzero(self._allowed & (self._costs > self.left))
            self._allowed[dear] = False
            closed.append(dear)
        found: NDArray[np.int64] = np.concatenate(closed).astype(np.int64)
        self.open[found] = False
        return found
