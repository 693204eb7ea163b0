"""Stochastic facility location: each pick is the best of a few rows drawn at random."""

import math
from typing import Annotated

import numpy as np

from ..blocks import Indices
from ..geometry import Space
from ..params import Help, Range
from . import Picks, selector
from ._cover import Cover
from ._filling import Closed


@selector(
    title="Facility location, stochastic",
    source="Mirzasoleiman et al. 2015 (lazier than lazy greedy); negative cosines count as 0, as in submodlib",
    says="Adds, of a few rows drawn at random, the one that brings the pool closest to the chosen rows.",
    rewards="Typical rows of every region; less exactly than facility location, and without its pass over all pairs.",
    overlooks="Rows that were not drawn; rare rows, until all crowds are served.",
    cost="n^2 d ln(1/epsilon) at most, whatever the budget",
    gain="by how much the pool's highest cosines to the chosen rows grow, in sum",
    guarantee="On average at least 1 - 1/e - epsilon of the best covering that as many rows can give.",
    nested=False,
)
def facility_location_stochastic(
    space: Space,
    reference: Space,
    rng: np.random.Generator,
    budget: int,
    chosen: Indices | None = None,
    closed: Closed | None = None,
    *,
    epsilon: Annotated[float, Range(1e-6, 0.9), Help("Smaller: more rows are drawn for each pick.")] = 0.05,
) -> Picks:
    """The best of (n / budget) ln(1 / epsilon) free rows a pick, decided in float64, ties to the lowest index."""
    cover = Cover(space, reference, before=chosen, closed=closed)
    size = max(1, math.ceil(len(space) / budget * math.log(1 / epsilon)))
    while len(free := np.flatnonzero(cover.free)):
        drawn = np.sort(rng.choice(len(free), min(size, len(free)), replace=False))
        yield cover.pick(free[drawn])
