"""For every chosen row the nearest of those chosen before it: why it was, or was not, something new."""

import numpy as np
from numpy.typing import NDArray

from .blocks import Indices, multiply, row_blocks
from .geometry import Space
from .progress import Progress, silent


def nearest_before(
    space: Space, positions: Indices, *, progress: Progress = silent
) -> tuple[NDArray[np.float64], Indices]:
    """Cosine distance of each chosen row to the nearest one chosen before it, and which pick that is, (k,).

    Ties go to the earlier pick. The first pick has none: NaN, and -1.
    """
    distances, picks = np.full(len(positions), np.nan), np.full(len(positions), -1, dtype=np.int64)
    unit = space.unit64(positions)
    for some in row_blocks(len(positions), 8 * len(positions)):
        cosine = multiply(unit[some], np.ascontiguousarray(unit[: some.stop].T))
        later = np.arange(some.stop) >= np.arange(some.start, some.stop)[:, None]
        cosine[later] = -np.inf
        best = cosine.argmax(axis=1)
        found = 1 - cosine[np.arange(len(best)), best]
        has = np.isfinite(found)
        distances[some] = np.where(has, np.maximum(found, 0), np.nan)
        picks[some] = np.where(has, best, -1)
        progress(some.stop / len(positions), f"Compared {some.stop:,} chosen rows with those before")
    return distances, picks
