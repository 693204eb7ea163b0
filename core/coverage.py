"""How well a set covers a reference: the nearest row of the set for each row of the reference."""

import numpy as np
from numpy.typing import NDArray

from .blocks import Indices
from .geometry import Space
from .looking import Want
from .progress import Progress, silent
from .wishes import Nearest


def coverage(space: Space, reference: Space, *, progress: Progress = silent) -> tuple[NDArray[np.float64], Indices]:
    """For each of the N reference rows the cosine similarity to its nearest row of the set, and that row's index, (N,).

    The lowest index where several are equally near; similarities recomputed in float64, so that copies have exactly 1.
    """
    if reference is space:
        return np.ones(len(space.asked)), space.asked
    squared, nearest = reference.directions.neighbours(1, within=space.directions, progress=progress)
    return 1.0 - squared[:, 0] / 2, nearest[:, 0]


def coverage_wants(space: Space, reference: Space) -> list[Want]:
    """What `coverage` wants of a pass over the pairs of unit rows."""
    return [] if reference is space else [(reference.directions, Nearest(1), space.directions)]
