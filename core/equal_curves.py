"""Size curves of several sets: the same comparison at rising numbers of rows, every set at the same number each time.

    curves = curves_at_equal_size([mine, theirs], ["vendi"], size=1000)
    curves.sizes                     # (50, 100, 200, 400, 1000)
    curves.of("vendi", 0)            # an Estimate for each
    curves.settled_from("vendi")     # the rows from which on the sets rank as they do at the end, say 100

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
        """The smallest size from which on the ranks are those of the last; None where they change at the last step."""
        last = self.comparisons[-1].ranks[metric]
        found = None
        for each in reversed(self.comparisons[:-1]):
            if each.ranks[metric] != last:
                break
            found = each.size
        return found

    def finding(self, metric: str) -> str:
        """From which size on the sets rank as they do at the last, in a sentence without a full stop."""
        title, last, settled_at = METRICS[metric].title, f"{self.sizes[-1]:,} rows", self.settled_from(metric)
        if settled_at is None:
            return f"{title}: ranks still change between {self.sizes[-2]:,} and {last}"
        if settled_at == self.sizes[0]:
            return f"{title}: the sets rank alike at every size from {settled_at:,} to {last}"
        return f"{title}: from {settled_at:,} rows on the sets rank as at {last}"

    def as_json(self) -> dict[str, Any]:
        """The fields that a script reads: what `compare` says at each size."""
        return {
            "sizes": list(self.sizes),
            "settled_from": {metric: self.settled_from(metric) for metric in self.comparisons[-1].metrics},
            "comparisons": [each.as_json() for each in self.comparisons],
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
