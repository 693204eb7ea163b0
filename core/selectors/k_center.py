"""K-center greedy: always the row that is farthest from everything chosen so far."""

import math
from typing import Annotated

import numpy as np

from ..blocks import Indices
from ..geometry import Space
from ..params import Help, Range
from . import Picks, selector
from ._farthest_first import FarthestFirst
from ._filling import Closed


@selector(
    title="K-center greedy",
    source="Gonzalez 1985; Sener and Savarese 2018",
    says="Always adds the row that is farthest from everything chosen so far.",
    rewards="Coverage of the whole pool: no row is left far from a chosen one.",
    overlooks="How typical a row is: outliers are chosen first.",
    cost="n b d",
    gain="Euclidean distance to the nearest row chosen before",
    guarantee="The farthest row is at most twice as far from a chosen one, and chosen rows are at least half as far "
    "from each other, as with the best choice of as many rows: in Euclidean distance. In cosine distance, half its "
    "square, it is four times and a quarter.",
)
def k_center(
    space: Space,
    rng: np.random.Generator,
    chosen: Indices | None = None,
    closed: Closed | None = None,
    *,
    first: Annotated[int | None, Range(0), Help("Row to begin with; none: a seeded random row.")] = None,
) -> Picks:
    """Farthest-first traversal: a 2-approximation of the covering radius, exact in float64, ties to the lowest index.

    The first row has no gain (NaN).
    """
    before = [] if chosen is None else chosen.tolist()
    if not before:
        before = [int(rng.integers(len(space))) if first is None else first]
        yield before[0], math.nan
    for index, squared in FarthestFirst(space, before, closed):
        yield index, math.sqrt(squared)
