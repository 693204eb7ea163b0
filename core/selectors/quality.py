"""Quality alone: the honest rival of every selector that looks for diversity."""

import numpy as np
from numpy.typing import NDArray

from . import Picks, selector


@selector(
    title="Quality only",
    source="standard",
    says="Takes the rows of the highest score.",
    rewards="The score, and nothing else.",
    overlooks="Diversity: rows that say the same have the same score.",
    cost="n log n",
    gain="the score of the row",
    claims_diversity=False,
)
def quality(quality: NDArray[np.float64]) -> Picks:
    """Rows by falling score, ties to the lowest index."""
    for index in np.argsort(-np.asarray(quality, dtype=np.float64), kind="stable"):
        yield int(index), float(quality[index])
