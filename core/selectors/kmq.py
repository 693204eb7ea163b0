"""kMQ: clusters give rows by their size, and within a cluster good rows have better chances."""

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress
from . import Picks, Report, selector
from ._by_cluster import ClusterCount, Shares, clustered, in_turn


@selector(
    title="kMQ, static",
    source="Yu et al. 2024 (Diversify and Conquer), arXiv 2409.11378; exactly b rows, drawn by Gumbel top-b: ours",
    says="Clusters the pool, gives every cluster its share, and draws good rows with better chances.",
    rewards="The pool's own proportions of regions, with the better rows of each.",
    overlooks="How the rows of a cluster differ; bad clusters get their share like good ones.",
    cost="n k d per round of k-means",
    nested=False,
    weight=("temperature", "diversity"),
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
    score: Annotated[
        Literal["z-score", "as given", "rank"],
        Help("z-score: in standard deviations over the pool; as given; rank: within the cluster, from 0 to 1."),
    ] = "z-score",
    temperature: Annotated[
        float, Range(1e-6, 1e6), Help("Chances are as exp(score / temperature): high, all alike; low, the best only.")
    ] = 1.0,
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
    given = None if quality is None else np.asarray(quality, dtype=np.float64)
    if given is not None and score == "z-score":
        given = (given - given.mean()) / (given.std() or 1.0)
    drawn = []
    for members, count in zip(found.members(), taken, strict=True):
        rows = np.sort(members)
        drawn.append(_draw(rows, int(count), _logits(given, rows, score) / temperature, rng))
    for _, row in in_turn(drawn):
        yield row, math.nan


def _logits(given: NDArray[np.float64] | None, rows: Indices, score: str) -> NDArray[np.float64]:
    if given is None:
        return np.zeros(len(rows))
    if score != "rank":
        return given[rows]
    from scipy.stats import rankdata

    ranks: NDArray[np.float64] = rankdata(given[rows]) - 1
    return ranks / max(1, len(rows) - 1)


def _draw(rows: Indices, count: int, logits: NDArray[np.float64], rng: np.random.Generator) -> Indices:
    """`count` rows one after another without replacement, each with chances as exp(logit) (Gumbel top-k)."""
    keys = logits + rng.gumbel(size=len(rows))
    return rows[np.argsort(-keys, kind="stable")[:count]]
