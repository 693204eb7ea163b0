"""k-means, and from every cluster the rows nearest to its centroid."""

import math
from typing import Annotated

from ..clustering import kmeans
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress
from . import Picks, selector
from ._by_cluster import Shares, cluster_count, in_turn, rows_per_cluster


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
    clusters: Annotated[
        int | None,
        Range(1, 100_000),
        Help("Clusters; none: the square root of the rows, from 8 to 1,000. Never more than the budget."),
    ] = None,
    shares: Annotated[Shares, Help("even: the same number from every cluster; proportional: by its size.")] = "even",
) -> Picks:
    """One row from every cluster in turn, nearest to the centroid first; shares are whole rows, exactly the budget."""
    found = kmeans(space, cluster_count(clusters, len(space), budget), seed=seed, progress=progress)
    taken = rows_per_cluster(found, budget, shares)
    nearest = [rows[:count] for rows, count in zip(found.members(), taken, strict=True)]
    for _, row in in_turn(nearest):
        yield row, -math.sqrt(found.distances[row])
