"""A seeded uniform choice: what every other selector has to beat."""

import math

import numpy as np

from ..geometry import Space
from . import Picks, selector


@selector(
    title="Random",
    source="standard",
    says="Every row has the same chance.",
    rewards="Nothing: it keeps the pool's own proportions.",
    overlooks="Everything; the honest baseline for all others.",
    cost="n",
    claims_diversity=False,
)
def random(space: Space, rng: np.random.Generator) -> Picks:
    """Rows in the order of one seeded shuffle, so that a smaller budget is the beginning of a larger one."""
    for index in rng.permutation(len(space)):
        yield int(index), math.nan
