"""How well a set covers a reference: the nearest row of the set for each row of the reference."""

import numpy as np
from numpy.typing import NDArray

from .geometry import Indices, Space, row_blocks
from .progress import Progress, silent


def coverage(space: Space, reference: Space, *, progress: Progress = silent) -> tuple[NDArray[np.float64], Indices]:
    """For each of the N reference rows the cosine similarity to its nearest row of the set, and that row's index, (N,).

    The lowest index where several are equally near; similarities recomputed in float64, so that copies have exactly 1.
    """
    if reference is space:
        return np.ones(len(space)), np.arange(len(space), dtype=np.int64)
    nearest = np.empty(len(reference), dtype=np.int64)
    for rows, similar in reference.blocks(space, progress=progress, what="Finding representatives"):
        nearest[rows] = similar.argmax(axis=1)
    squared = np.empty(len(reference))
    for rows in row_blocks(len(reference), reference.dim * 16):
        gaps = reference.unit64(rows) - space.unit64(nearest[rows])
        squared[rows] = np.einsum("ij,ij->i", gaps, gaps)
    return 1.0 - squared / 2, nearest
