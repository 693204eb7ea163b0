"""k-means, and from every cluster rows drawn at random."""

import math
from typing import Annotated

import numpy as np

from ..clustering import kmeans
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress
from . import Picks, selector
from ._by_cluster import Shares, cluster_count, in_turn, rows_per_cluster


@selector(
    title="K-means, random",
    source="Yang et al. 2025 and Yu et al. 2024 (kM-Random), as a strategy of comparison",
    says="Clusters the pool and draws rows at random from every cluster.",
    rewards="Regions that a random choice would hardly meet.",
    overlooks="Which row of a cluster it takes.",
    cost="n k d per round",
    nested=False,
)
def kmeans_random(
    space: Space,
    budget: int,
    seed: int,
    progress: Progress,
    *,
    clusters: Annotated[
        int | None,
        Range(1, 100_000),
        Help("Clusters; none: the square root of the rows, from 8 to 1,000. Never more than the budget."),
    ] = None,
    shares: Annotated[Shares, Help("even: the same number from every cluster; proportional: by its size.")] = "even",
) -> Picks:
    """One row from every cluster in turn, each drawn without replacement; exactly the budget. Picks have no gain."""
    found = kmeans(space, cluster_count(clusters, len(space), budget), seed=seed, progress=progress)
    rng = np.random.default_rng((seed, 1))  # not the stream that placed the clusters
    taken = rows_per_cluster(found, budget, shares)
    drawn = [rng.permutation(np.sort(rows))[:count] for rows, count in zip(found.members(), taken, strict=True)]
    for _, row in in_turn(drawn):
        yield row, math.nan
