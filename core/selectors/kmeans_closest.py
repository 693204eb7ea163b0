"""k-means, and from every cluster the rows nearest to its centroid."""

import math

from ..geometry import Space
from ..progress import Progress
from . import Picks, selector
from ._by_cluster import ClusterCount, Shares, clustered, in_turn


@selector(
    title="K-means, closest",
    source="Yang et al. 2025 and Yu et al. 2024 (kM-Closest), as a strategy of comparison",
    says="Clusters the pool and takes the rows nearest to the centroid of every cluster.",
    rewards="The typical rows of every region.",
    overlooks="How the rows of a cluster differ: with few clusters, the closest can be near-copies of each other.",
    cost="n k d per round",
    gain="minus the Euclidean distance to the cluster's centroid",
    nested=False,
)
def kmeans_closest(
    space: Space,
    budget: int,
    seed: int,
    progress: Progress,
    *,
    clusters: ClusterCount = None,
    shares: Shares = "even",
) -> Picks:
    """One row from every cluster in turn, nearest to the centroid first; shares are whole rows, exactly the budget."""
    found, taken = clustered(space, budget, seed, progress, clusters, shares)
    nearest = [rows[:count] for rows, count in zip(found.members(), taken, strict=True)]
    for _, row in in_turn(nearest):
        yield row, -math.sqrt(found.distances[row])
