"""Places of many rows on the map of a few of them: each lies beside those of the few that are nearest to it."""

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats, Indices
from ..geometry import Space
from ..near_cells import nearest_in_cells, recall
from ..progress import Progress

ALL_UP_TO = 200_000  # distinct rows that are arranged themselves
LANDMARKS = 50_000  # seeded rows that are arranged where there are more
_BESIDE = 3  # landmarks that a row lies between
_FALL = 0.3  # by which their weight falls, in mean extra distances: on real rows less blurs less than the plain mean


def landmarks_of(space: Space, seed: int) -> Indices:
    """The rows that are arranged, ascending: all, or seeded ones of many."""
    if len(space) <= ALL_UP_TO:
        return np.arange(len(space))
    return np.sort(np.random.default_rng(seed).choice(len(space), LANDMARKS, replace=False))


def place_beside(
    space: Space, landmarks: Indices, arranged: Floats, progress: Progress
) -> tuple[NDArray[np.float64], float]:
    """A place for every row, (n, 2), and which share of the nearest landmarks were found, measured on a sample.

    A landmark keeps its own place. Another row lies at the mean of its nearest landmarks' places, weighted by
    exp(-(d - d_nearest) / (0.3 mean(d - d_nearest))), d the cosine distance: close to the nearest unless others are as
    near.
    """
    base = space.subset(landmarks)
    cosines, indices = nearest_in_cells(base, space, min(_BESIDE, len(base)), progress)
    found, _ = recall(base, space, cosines)
    extra = cosines.max(axis=1, keepdims=True).astype(np.float64) - cosines
    scale = np.maximum(extra.mean(axis=1, keepdims=True) * _FALL, np.finfo(np.float64).tiny)
    weights = np.exp(-extra / scale)
    weights /= weights.sum(axis=1, keepdims=True)
    placed = np.einsum("ij,ijk->ik", weights, np.asarray(arranged, dtype=np.float64)[indices])
    placed[landmarks] = arranged
    return placed, found
