"""What the selectors share that cluster the pool first and then choose inside the clusters."""

import math
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from ..clustering import Clusters
from ..geometry import Indices
from ._shares import share_out

Shares = Literal["even", "proportional"]


def cluster_count(asked: int | None, n: int, budget: int) -> int:
    """The clusters asked for, or sqrt(n) between 8 and 1,000; never more than the rows to choose."""
    return min(budget, n, asked or max(8, min(1000, round(math.sqrt(n)))))


def rows_per_cluster(clusters: Clusters, budget: int, shares: Shares) -> Indices:
    """How many rows each cluster gives, (k,): the same number each, or in proportion to its size."""
    weights = np.ones(clusters.k) if shares == "even" else clusters.sizes.astype(np.float64)
    return share_out(budget, weights, clusters.sizes)


def in_turn(groups: Sequence[Indices]) -> Iterator[tuple[int, int]]:
    """(group, row), one row from each group in turn, so that any beginning is spread over the groups."""
    for place in range(max((len(group) for group in groups), default=0)):
        for number, group in enumerate(groups):
            if place < len(group):
                yield number, int(group[place])
