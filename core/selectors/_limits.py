"""What a choice must keep to: rows in it or not, rows one has already, how many of a group, how many tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..errors import UserError


def _none() -> Indices:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Limits:
    """Rows are numbers within the space that is chosen from.

    Args:
        must: rows that are chosen in any case, first and in this order.
        never: rows that are not chosen.
        owned: rows that one has already: selectors that can choose as if these had been chosen before.
        groups: (n,) the group of each row, for the shares.
        least, most: rows of a group at least and at most, by its name.
        least_each, most_each: the same for every group that is not named.
        costs: (n,) tokens of each row; the budget then counts these.
        elsewhere: groups that have rows, though it may be none of these.
        ids: (n,) what a sentence calls each row; its number from 1 by default.
    """

    must: Indices = field(default_factory=_none)
    never: Indices = field(default_factory=_none)
    owned: Indices = field(default_factory=_none)
    groups: NDArray[np.str_] | None = None
    least: Mapping[str, int] = field(default_factory=dict)
    most: Mapping[str, int] = field(default_factory=dict)
    least_each: int = 0
    most_each: int | None = None
    costs: NDArray[np.int64] | None = None
    elsewhere: frozenset[str] = frozenset()
    ids: Sequence[Any] | None = None

    def called(self, row: int) -> str:
        """How a sentence names that row."""
        return f"row {row + 1:,}" if self.ids is None else repr(str(self.ids[row])[:80])

    def shares(self) -> "Shares | None":
        """The groups by number, and how many rows of each there may be; None where any number may."""
        if self.groups is None:
            return None
        names, group = np.unique(self.groups, return_inverse=True)
        for name in [*self.least, *self.most]:
            if name not in names and name in self.elsewhere:
                raise UserError(f"Of group {name!r} no row is left: none of its rows is among the {len(group):,} here.")
            if name not in names:
                raise UserError(f"There is no group {name!r}. The groups: {_listed(names.tolist())}.")
        sizes = np.bincount(group, minlength=len(names)).astype(np.int64)
        least = [self.least.get(name, self.least_each) for name in names.tolist()]
        most = [self.most.get(name, self.most_each) for name in names.tolist()]
        upper = [len(group) if each is None else each for each in most]
        return Shares(names.tolist(), group.astype(np.int64), sizes, np.array(least), np.array(upper))


@dataclass(frozen=True)
class Shares:
    """How many rows of each group there are and may be."""

    names: list[str]
    group: Indices  # (n,) each row's group
    sizes: Indices  # (groups,)
    least: Indices
    most: Indices


def impossible(limits: Limits, rows: int, budget: int) -> list[str]:
    """Why no choice from that many rows can keep to the limits, in sentences; nothing where one can."""
    for what, some in (("must-have", limits.must), ("must-not", limits.never), ("already chosen", limits.owned)):
        if len(some) and not (some.min() >= 0 and some.max() < rows):
            return [f"A {what} row is number {some.max()}, and the rows are numbered from 0 to {rows - 1}."]
    found = []
    both = np.intersect1d(limits.must, np.concatenate([limits.never, limits.owned]))
    if len(both):
        first = limits.called(int(both[0]))
        found.append(
            f"A must-have row is also a must-not or already chosen one: {first}."
            if len(both) == 1
            else f"{len(both):,} must-have rows are also must-not or already chosen ones; the first is {first}."
        )
    free = np.ones(rows, dtype=bool)
    free[limits.never] = free[limits.owned] = False
    if not free.any():
        found.append("Every row is a must-not row or already chosen: none is left to choose.")
    cost = len(limits.must) if limits.costs is None else int(limits.costs[limits.must].sum())
    unit = "rows" if limits.costs is None else "tokens"
    if cost > budget:
        found.append(f"The must-have rows alone are {_many(cost, unit)}, and the budget is {budget:,}.")
    if limits.costs is not None and free.any() and not cost and limits.costs[free].min() > budget:
        shortest = _many(int(limits.costs[free].min()), "tokens")
        found.append(f"The shortest row has {shortest}, and the budget is {budget:,}.")
    shares = limits.shares()
    return found if shares is None else found + _impossible_shares(limits, shares, free, budget)


def _impossible_shares(limits: Limits, shares: Shares, free: NDArray[np.bool_], budget: int) -> list[str]:
    there = np.bincount(shares.group[free], minlength=len(shares.names))
    wanted = np.bincount(shares.group[limits.must], minlength=len(shares.names))
    found = []
    for number, name in enumerate(shares.names):
        least, most, who = int(shares.least[number]), int(shares.most[number]), f"group {name!r}"
        # A least share for every group asks of a small one no more than it has; of a named one it is meant.
        if name in limits.least and least > there[number]:
            found.append(f"At least {_asked(least, who)}, and {_many(there[number], 'rows')} can be chosen.")
        if least > most:
            found.append(f"Of {who} at least {least:,} and at most {_many(most, 'rows')} should be chosen.")
        if wanted[number] > most:
            found.append(f"At most {_asked(most, who)}, and it has {_many(wanted[number], 'must-have rows')}.")
    if limits.costs is not None:
        lowest = _least_tokens(limits, shares, free, np.maximum(np.minimum(shares.least, there) - wanted, 0))
        if lowest > budget and limits.costs[limits.must].sum() <= budget:
            tokens = _many(lowest, "tokens")
            found.append(f"The least shares of the groups come to {tokens} or more, and the budget is {budget:,}.")
        return found
    lowest = int(np.maximum(np.minimum(shares.least, there), wanted).sum())
    if lowest > budget:
        found.append(f"The least shares of the groups come to {_many(lowest, 'rows')}, and the budget is {budget:,}.")
    room = int(np.minimum(shares.most, there).sum())
    if room < min(budget, int(free.sum())):
        found.append(f"The groups have room for {_many(room, 'rows')} together, and the budget is {budget:,}.")
    return found


def _least_tokens(limits: Limits, shares: Shares, free: NDArray[np.bool_], lacking: Indices) -> int:
    """Tokens of the must-have rows, and of the shortest others that fill up what each group lacks."""
    assert limits.costs is not None
    others = free.copy()
    others[limits.must] = False
    found = int(limits.costs[limits.must].sum())
    for number in np.flatnonzero(lacking):
        found += int(np.sort(limits.costs[others & (shares.group == number)])[: lacking[number]].sum())
    return found


def _many(count: int, what: str) -> str:
    """That many of what is named in the plural.

    >>> _many(1, "rows"), _many(2000, "rows")
    ('1 row', '2,000 rows')
    """
    return f"{count:,} {what.removesuffix('s') if count == 1 else what}"


def _asked(count: int, who: str) -> str:
    return f"{_many(count, 'rows')} of {who} {'is' if count == 1 else 'are'} asked for"


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:12])
    return shown if len(names) <= 12 else f"{shown} and {len(names) - 12:,} more"
