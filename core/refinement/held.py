"""Rows that are held out: never drawn, so that models which are trained on drawn rows can be tried on them."""

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..study import Study
from .plan import Plan


def held_out(study: Study, pool: NDArray[np.int64], labels: NDArray[np.int32], plan: Plan) -> NDArray[np.int64]:
    """Rows of the study, rising: the plan's share of every cluster, by chance from the plan's seed, and their copies.

    A cluster of two or more distinct rows holds out one at least, and keeps one at least; a cluster of one keeps it.

    Args:
        pool: (p,) rows of the study, rising; labels: (p,) the cluster of each.

    Raises:
        UserError: no cluster has two distinct rows.
    """
    if not plan.held_out:
        return np.empty(0, dtype=np.int64)
    copies = np.searchsorted(pool, study.space.first_copies[pool])  # the first of them is in every pool
    first = np.flatnonzero(copies == np.arange(len(pool)))
    rng = np.random.default_rng((plan.seed, 0))  # rounds draw from (seed, 1), (seed, 2), ...
    aside = np.zeros(len(pool), dtype=bool)
    for cluster in range(int(labels.max()) + 1):
        rows = rng.permutation(first[labels[first] == cluster])
        aside[rows[: min(len(rows) - 1, max(1, int(plan.held_out * len(rows) + 0.5)))]] = True
    if not aside.any():
        raise UserError("No cluster has two distinct rows, so none can be held out. Ask for fewer clusters.")
    return pool[aside[copies]]
