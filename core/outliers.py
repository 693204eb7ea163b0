"""Outliers: rows that are far from all others, for every share of rows and every distance from one pass over all pairs.

    found = outliers(study)          # how far the 5th nearest other row of each row is, kept in the store
    rows = found.share(0.01)         # the farthest 1 % of the rows, the farthest first; nothing is compared again
    rows = found.beyond(0.6)         # those at least so far

An outlier may be the most valuable row of a set, as nothing else says what it says, or rubbish. No number tells which.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .progress import Progress, silent
from .row_values import asks_exact, row_values
from .study import Study

NEIGHBOUR = 5  # which of the other rows, the nearest first: groups of up to as many rows count as far from all others
METRIC = "knn_distance"

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Outliers:
    """How far each row of a study is from its k-th nearest other row."""

    k: int
    distances: NDArray[np.float64]  # (n,) cosine distance: 0 the same direction, 1 unrelated

    @cached_property
    def order(self) -> Indices:
        """All rows, the farthest first; equally far ones in their order."""
        return np.lexsort((np.arange(len(self.distances)), -self.distances)).astype(np.int64)

    def share(self, share: float) -> Indices:
        """The farthest rows, so many that they are that share of all (half a row counts; at least one), farthest first.

        Raises:
            UserError: a share that is none.
        """
        if not 0 < share <= 1:
            raise UserError(f"The share of rows lies above 0 % and up to 100 %, and was {100 * share:g} %.")
        return self.order[: max(1, math.floor(share * len(self.distances) + 0.5))]

    def beyond(self, distance: float) -> Indices:
        """The rows whose k-th nearest other row is at least so far, the farthest first.

        Raises:
            UserError: a distance that there is not.
        """
        if not 0 <= distance <= 2:
            raise UserError(f"A cosine distance lies from 0 to 2, and was {distance:g}.")
        return self.order[: int(np.count_nonzero(self.distances >= distance))]


def outliers(study: Study, *, k: int = NEIGHBOUR, progress: Progress = silent) -> Outliers:
    """How far the k-th nearest other row of each row is, exactly.

    Raises:
        UserError: k below 1, or not more than k rows.
    """
    check_enough(study, k)
    found = row_values(study, ["nearest"], params={METRIC: {"k": k}}, progress=progress)["nearest"]
    return Outliers(k, np.asarray(found, dtype=np.float64))


def known_outliers(study: Study, *, k: int = NEIGHBOUR) -> Outliers | None:
    """The same where it was found before."""
    score = study.measured(METRIC, {"k": k}, exact=asks_exact(study, METRIC))
    return None if score is None or score.rows is None else Outliers(k, np.asarray(score.rows, dtype=np.float64))


def check_enough(study: Study, k: int = NEIGHBOUR) -> None:
    """Refuse, before any work, a study that has not more than k rows."""
    if len(study) <= k:
        raise UserError(
            f"Outliers are told by the {ordinal(k)} nearest other row, and {study.name} has {len(study):,} rows. At "
            f"least {k + 1} are needed."
        )


def ordinal(number: int) -> str:
    """A place in words: 1st, 2nd, 3rd, 11th.

    >>> ordinal(1), ordinal(12), ordinal(23), ordinal(5)
    ('1st', '12th', '23rd', '5th')
    """
    teen = number // 10 % 10 == 1
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
