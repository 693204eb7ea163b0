"""k-means on the embeddings."""

import math
from typing import Annotated

from ..clustering import kmeans as centroids_of
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress, silent
from . import Found, clustering

_FEWEST, _MOST = 2, 40  # groups that a person can still read


@clustering(
    title="k-means",
    source="Lloyd 1957; MacQueen 1967",
    says="k groups around k centres, in the full embedding; every row is in one.",
    overlooks="Groups of unlike size or shape are cut or joined; outliers are counted in.",
    cost="n k d per round",
)
def kmeans(
    space: Space,
    progress: Progress = silent,
    *,
    k: Annotated[
        int | None, Range(1, 100_000), Help("Groups to make; none: half the root of the rows, from 2 to 40.")
    ] = None,
    seed: Annotated[int, Range(0, 2**31 - 1), Help("The same seed gives the same groups.")] = 0,
) -> Found:
    """Groups around k centres, by Euclidean distance of unit rows; fewer than k where there are fewer distinct rows.

    Without `k` the number is half the square root of n, from 2 to 40: [ours] a map with more names cannot be read.
    """
    wanted = k or min(max(round(math.sqrt(len(space)) / 2), _FEWEST), _MOST)
    wanted = min(wanted, len(space.distinct))
    progress(0.0, f"k-means: {wanted:,} groups of {len(space):,} rows")
    found = centroids_of(space, wanted, seed=seed, progress=progress)
    return Found(found.labels, {"k": found.k, "inertia": float(found.distances.sum())})
