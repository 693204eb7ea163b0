"""Prototype pruning (D4): no near-copies first, then no rows that are like their cluster's middle."""

import math
from typing import Annotated

import numpy as np

from ..clustering import kmeans
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress, part
from . import Picks, selector
from ._domains import CellCount, cells_of
from ._earlier import closest_earlier


@selector(
    title="Prototype pruning (D4)",
    source="Tirumala et al. 2023 (D4); Sorscher et al. 2022 (prototypes); D4's two shares are keep and the budget",
    says="Drops near-copies as SemDeDup does, clusters what is left, and takes the rows farthest from their centroids.",
    rewards="Unusual rows of every region, without near-copies.",
    overlooks="The typical rows of each region; with a small budget little but outliers is left.",
    cost="n k d per round of k-means, twice, and d times the squared sizes of the clusters",
    gain="the Euclidean distance to the cluster's centroid (0 for rows dropped as near-copies, which come last)",
)
def prototypes(
    space: Space,
    seed: int,
    progress: Progress,
    *,
    keep: Annotated[
        float, Range(0.01, 1), Help("The share of the rows that is left when near-copies are dropped.")
    ] = 0.75,
    clusters: CellCount = None,
) -> Picks:
    """Rows by falling distance to their centroid in the second clustering, ties by index; dropped ones come last.

    Those are in the order in which SemDeDup would take them.
    """
    space = space.directions
    cells = cells_of(space, "k-means", None, clusters, seed, part(progress, 0, 0.3))
    order = np.argsort(closest_earlier(space, cells, "far", part(progress, 0.3, 0.6)), kind="stable")
    kept = np.sort(order[: math.ceil(keep * len(space))])
    left = space.subset(kept)
    k = min(len(left), clusters or max(8, min(1000, round(math.sqrt(len(left))))))
    distances = np.sqrt(kmeans(left, k, seed=seed + 1, progress=part(progress, 0.6, 1)).distances)
    for place in np.argsort(-distances, kind="stable"):
        yield int(kept[place]), float(distances[place])
    for row in order[len(kept) :]:
        yield int(row), 0.0
