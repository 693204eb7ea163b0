"""k-means, and from every cluster rows drawn at random."""

import math

import numpy as np

from ..geometry import Space
from ..progress import Progress
from . import Picks, selector
from ._by_cluster import ClusterCount, Shares, clustered, in_turn


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
    clusters: ClusterCount = None,
    shares: Shares = "even",
) -> Picks:
    """One row from every cluster in turn, each drawn without replacement; exactly the budget. Picks have no gain."""
    found, taken = clustered(space, budget, seed, progress, clusters, shares)
    rng = np.random.default_rng((seed, 1))  # not the stream that placed the clusters
    drawn = [rng.permutation(np.sort(rows))[:count] for rows, count in zip(found.members(), taken, strict=True)]
    for _, row in in_turn(drawn):
        yield row, math.nan
