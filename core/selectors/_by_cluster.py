"""What the selectors share that cluster the pool first and then choose inside the clusters."""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import numpy as np

from ..blocks import Indices
from ..clustering import Clusters, kmeans
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress
from ._shares import share_out

ClusterCount = Annotated[
    int | None,
    Range(1, 100_000),
    Help("Clusters; none: the square root of the rows, from 8 to 1,000. Never more than the budget."),
]
Shares = Annotated[
    Literal["even", "proportional"],
    Help("even: the same number from every cluster; proportional: by its size."),
]


def clustered(
    space: Space, budget: int, seed: int, progress: Progress, clusters: int | None, shares: str
) -> tuple[Clusters, Indices]:
    """The pool in clusters, never more than rows to choose, and how many rows each of them gives, (k,)."""
    n = len(space)
    k = min(budget, n, clusters or max(8, min(1000, round(math.sqrt(n)))))
    found = kmeans(space, k, seed=seed, progress=progress)
    weights = np.ones(found.k) if shares == "even" else found.sizes.astype(np.float64)
    return found, share_out(budget, weights, found.sizes)


def in_turn(groups: Sequence[Indices]) -> Iterator[tuple[int, int]]:
    """(group, row), one row from each group in turn, so that any beginning is spread over the groups."""
    for place in range(max((len(group) for group in groups), default=0)):
        for number, group in enumerate(groups):
            if place < len(group):
                yield number, int(group[place])
