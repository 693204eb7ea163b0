"""A budget shared out over groups: whole rows, no group beyond its size, exactly the budget in all."""

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices


def share_out(budget: int, weights: NDArray[np.float64], caps: Indices) -> Indices:
    """Rows for each group, (groups,), by weight and largest remainder (ties to the lower group).

    What a group's cap refuses is shared among the others. All weights zero count as equal.

    Raises:
        ValueError: the caps together hold fewer rows than the budget, or a weight is negative.
    """
    if budget > caps.sum() or (weights < 0).any():
        raise ValueError(f"Cannot share out {budget} rows over caps of {caps.sum()} by weights {weights}.")
    given = np.zeros(len(caps), dtype=np.int64)
    open_ = caps > 0
    while (left := budget - int(given.sum())) > 0:
        weight = np.where(open_, weights, 0.0)
        if not weight.any():
            weight = open_.astype(np.float64)
        ideal = left * (weight / weight.sum())
        full = open_ & (ideal >= caps)
        if full.any():
            given[full] = caps[full]
            open_ &= ~full
            continue
        given[open_] = np.floor(ideal[open_]).astype(np.int64)
        rest = budget - int(given.sum())
        order = np.lexsort((np.arange(len(caps)), -(ideal - np.floor(ideal)), ~open_))
        given[order[:rest]] += 1
    return given
