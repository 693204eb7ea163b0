"""K-center greedy: always the row that is farthest from everything chosen so far."""

import math
from typing import Annotated

import numpy as np

from ..geometry import Space
from ..params import Help, Range
from . import Picks, selector
from ._farthest_first import FarthestFirst


@selector(
    title="K-center greedy",
    source="Gonzalez 1985; Sener and Savarese 2018",
    says="Always adds the row that is farthest from everything chosen so far.",
    rewards="Coverage of the whole pool: no row ends up far from a chosen one (at most twice the best radius).",
    overlooks="How typical a row is: outliers are chosen first.",
    cost="n b d",
    gain="Euclidean distance to the nearest row chosen before",
)
def k_center(
    space: Space,
    rng: np.random.Generator,
    *,
    first: Annotated[int | None, Range(0), Help("Row to begin with; none: a seeded random row.")] = None,
) -> Picks:
    """Farthest-first traversal: a 2-approximation of the covering radius, exact in float64, ties to the lowest index.

    The first row has no gain (NaN).
    """
    start = int(rng.integers(len(space))) if first is None else first
    yield start, math.nan
    search = FarthestFirst(space, start)
    for index, squared in search:
        yield index, math.sqrt(squared)
