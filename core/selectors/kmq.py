"""kMQ: clusters give rows by their size, and within a cluster good rows have better chances."""

import math

import numpy as np
from numpy.typing import NDArray

from ..geometry import Space
from ..progress import Progress
from . import Picks, Report, selector
from ._by_cluster import ClusterCount, Shares, clustered, in_turn
from ._weighted_draw import Scoring, Temperature, WeightedDraw


@selector(
    title="kMQ, static",
    source="Yu et al. 2024 (Diversify and Conquer), arXiv 2409.11378; exactly b rows, drawn by Gumbel top-b: ours",
    says="Clusters the pool, gives every cluster its share, and draws good rows with better chances.",
    rewards="The pool's own proportions of regions, with the better rows of each.",
    overlooks="How the rows of a cluster differ; bad clusters get their share like good ones.",
    cost="n k d per round of k-means",
    nested=False,
    weight=("temperature", "diversity"),
    by_score=True,
)
def kmq(
    space: Space,
    budget: int,
    seed: int,
    progress: Progress,
    report: Report,
    quality: NDArray[np.float64] | None = None,
    *,
    clusters: ClusterCount = None,
    shares: Shares = "proportional",
    score: Scoring = "z-score",
    temperature: Temperature = 1.0,
) -> Picks:
    """One row from every cluster in turn, each drawn without replacement; exactly the budget. Picks have no gain.

    b_j rows of cluster j by largest remainder, capped by its size, what caps refuse shared out again. Without a score
    all rows have the same chance (kM-Random).
    """
    found, taken = clustered(space, budget, seed, progress, clusters, shares)
    if quality is None:
        report.note("No quality column was named, so that every row of a cluster has the same chance.")
    report.detail(clusters=found.k)
    rng = np.random.default_rng((seed, 1))  # not the stream that placed the clusters
    draw = WeightedDraw(quality, score, temperature)
    drawn = [
        draw.rows(np.sort(members), int(count), rng) for members, count in zip(found.members(), taken, strict=True)
    ]
    for _, row in in_turn(drawn):
        yield row, math.nan
