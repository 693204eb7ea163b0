"""Farthest: the rows that are on average farthest from all others."""

import numpy as np

from ..blocks import products, row_blocks
from ..geometry import Space
from . import Picks, selector


@selector(
    title="Farthest",
    source="Yang et al. 2025 (Farthest), as a strategy of comparison",
    says="Takes the rows with the largest mean distance to the pool.",
    rewards="Rows that are unlike most others.",
    overlooks="Whether the chosen rows resemble each other: a remote crowd is taken whole.",
    cost="n d",
    gain="mean cosine distance to the other rows of the pool",
)
def farthest(space: Space) -> Picks:
    """Rows by falling mean distance, which is that of 1 - cosine to the pool's mean; ties to the lowest index."""
    n, mean = len(space), space.mean
    distance = np.empty(n)
    for part in row_blocks(n, 8 * space.dim):
        distance[part] = (1 - products(space.unit64(part), mean)) * n / max(1, n - 1)
    for index in np.argsort(-distance, kind="stable"):
        yield int(index), float(distance[index])
