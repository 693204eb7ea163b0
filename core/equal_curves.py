"""Size curves of several sets: the same comparison at rising numbers of rows, every set at the same number each time.

    curves = curves_at_equal_size([mine, theirs], ["vendi"], size=1000)
    curves.sizes                     # (50, 100, 200, 400, 1000)
    curves.of("vendi", 0)            # an Estimate for each
    curves.settled_from("vendi")     # the rows from which on sets are told apart as they are at the end, say 100

The last point is `compare` of the same sets at that size, to the last digit, and is not worked out twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .compared import Comparison, Estimate
from .comparison import FEWEST, compare, settled
from .errors import UserError
from .metrics import METRICS
from .progress import Progress, part, silent
from .resampling import Params
from .size_curve import default_sizes

if TYPE_CHECKING:
    from .study import Study


@dataclass(frozen=True)
class Turn:
    """Two sets, by number, of which the first is told apart as broader at `before` rows, as narrower at `after`."""

    broader: int
    narrower: int
    before: int
    after: int


@dataclass(frozen=True)
class EqualCurves:
    """One comparison at rising sizes."""

    comparisons: tuple[Comparison, ...]  # the fewest rows first

    @property
    def names(self) -> tuple[str, ...]:
        return self.comparisons[-1].names

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(each.size for each in self.comparisons)

    def of(self, metric: str, number: int) -> list[Estimate]:
        """That metric of that set at each size."""
        return [each.estimate(metric, number) for each in self.comparisons]

    def settled_from(self, metric: str) -> int | None:
        """The smallest size from which on all pairs that the last size tells apart are so, in the same order.

        None where the last size tells no two sets apart. That two cannot be told apart at fewer rows is for want of
        rows, and no other order.
        """
        last = _told(self.comparisons[-1], metric)
        found = None
        for each in reversed(self.comparisons) if last else ():
            if not last.items() <= _told(each, metric).items():
                break
            found = each.size
        return found

    def turn(self, metric: str) -> Turn | None:
        """The last time that two sets are told apart in one order, and at more rows in the other."""
        found, seen = None, dict[tuple[int, int], tuple[str, int]]()
        for each in self.comparisons:
            for pair, word in _told(each, metric).items():
                before, size = seen.get(pair, (word, each.size))
                if before != word:
                    broader, narrower = pair if before == "broader" else pair[::-1]
                    found = Turn(broader, narrower, size, each.size)
                seen[pair] = word, each.size
        return found

    def finding(self, metric: str) -> str:
        """Whether the sets stand to each other at all sizes as at the last, in a sentence without a full stop."""
        return f"{METRICS[metric].title}: {self._finding(metric)}"

    def _finding(self, metric: str) -> str:
        if not any(verdict.metric == metric for each in self.comparisons for verdict in each.verdicts):
            return "fewer than two sets have a value"
        if turn := self.turn(metric):
            names = self.names[turn.broader], self.names[turn.narrower]
            return f"{names[0]} is broader than {names[1]} at {turn.before:,} rows, and narrower at {turn.after:,}"
        ever = [each.size for each in self.comparisons if _told(each, metric)]
        first, last, told = self.sizes[0], self.sizes[-1], len(_told(self.comparisons[-1], metric))
        if not ever:
            return f"the sets cannot be told apart at any size from {first:,} to {last:,} rows"
        settled_at = self.settled_from(metric)
        if settled_at is None:
            return f"sets that are told apart at {ever[-1]:,} rows are not at {last:,}"
        total = sum(verdict.metric == metric for verdict in self.comparisons[-1].verdicts)
        pairs = f"all {total}" if told == total else f"{told} of {total}"
        who = "the sets are" if total == 1 else f"{pairs} pairs of sets {'is' if told == 1 else 'are'}"
        if settled_at == last:
            return f"{who} told apart at {last:,} rows, but {'not all' if told > 1 else 'not'} at {self.sizes[-2]:,}"
        if settled_at == first:
            return f"{who} told apart in the same order at every size from {first:,} to {last:,} rows"
        return f"{who} told apart in the same order from {settled_at:,} rows on, up to {last:,}"

    def as_json(self) -> dict[str, Any]:
        """The fields that a script reads: what `compare` says at each size."""
        return {
            "sizes": list(self.sizes),
            "settled_from": {metric: self.settled_from(metric) for metric in self.comparisons[-1].metrics},
            "findings": {metric: self.finding(metric) for metric in self.comparisons[-1].metrics},
            "comparisons": [each.as_json() for each in self.comparisons],
        }


def _told(comparison: Comparison, metric: str) -> dict[tuple[int, int], str]:
    """What the first of two sets is, of every two that are told apart on that metric."""
    return {
        (each.first, each.second): each.word
        for each in comparison.verdicts
        if each.metric == metric and each.word != "cannot be told apart"
    }


def equal_sizes(size: int) -> list[int]:
    """The sizes of a curve that ends at a comparison of `size` rows of each set.

    >>> equal_sizes(1000), equal_sizes(40), equal_sizes(30)
    ([50, 100, 200, 400, 1000], [20, 40], [30])
    """
    return [each for each in default_sizes(size) if each >= FEWEST]


def curves_at_equal_size(
    studies: Sequence["Study"],
    metrics: Sequence[str] | None = None,
    *,
    size: int | None = None,
    sizes: Sequence[int] | None = None,
    repeats: int = 10,
    seed: int = 0,
    reference: "Study | None" = None,
    params: Params | None = None,
    progress: Progress = silent,
) -> EqualCurves:
    """Lay K sets side by side at each of several sizes.

    Args:
        size: the last size; as for `compare`.
        sizes: these instead, at least two; by default 50 doubled, and `size`.
        metrics, repeats, seed, reference, params: as `compare` takes them.

    Raises:
        UserError: as `compare`; sizes of which there are not two.
    """
    named, wanted, steps = settled_curves(studies, metrics, size, sizes, repeats, seed, reference, params)
    work = np.cumsum([0, *steps]) / sum(steps)
    found = [
        compare(
            *(named, wanted),
            size=step,
            repeats=repeats,
            seed=seed,
            reference=reference,
            params=params,
            progress=part(progress, work[number], work[number + 1]),
        )
        for number, step in enumerate(steps)
    ]
    return EqualCurves(tuple(found))


def settled_curves(
    studies: Sequence["Study"],
    metrics: Sequence[str] | None,
    size: int | None,
    sizes: Sequence[int] | None,
    repeats: int,
    seed: int,
    reference: "Study | None",
    params: Params | None,
) -> tuple[list["Study"], list[str], list[int]]:
    """The studies with names of their own, the metrics and the sizes of what `curves_at_equal_size` takes; no work.

    Raises:
        UserError: as `curves_at_equal_size`.
    """
    named, wanted, common, _ = settled(studies, metrics, size, repeats, seed, reference, params)
    steps = sorted(set(sizes)) if sizes is not None else equal_sizes(common)
    if len(steps) < 2:
        raise UserError(
            f"A curve needs two sizes or more: sets of at least {2 * FEWEST} rows each, and here are {common} of each."
            if sizes is None
            else "A curve needs two sizes or more. Name them with commas, such as 50,100,200."
        )
    for step in steps:
        settled(named, wanted, step, repeats, seed, reference, params)  # a size that cannot be had is said before work
    return named, wanted, steps
