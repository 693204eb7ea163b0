"""How crowded the neighbourhood of each row is, in the two forms that NovelSum and NovelSelect use."""

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .geometry import Space
from .progress import Progress, silent

_ALMOST_ZERO = 1e-9  # what the released code adds to every mean; the least sum of the paper form, too


def released_sparsity(
    space: Space, reference: Space, neighbors: int, *, progress: Progress = silent
) -> NDArray[np.float64]:
    """t + 1e-9 per row, (n,): the mean squared Euclidean distance to `neighbors` rows of the distinct reference.

    Of the neighbors + 1 nearest rows the very nearest is always left out, since it is taken to be the row itself,
    also where the row is not part of the reference: so does the released code. s = this to the power of -beta.

    Raises:
        UserError: the reference has fewer than neighbors + 1 distinct rows.
    """
    pool = _pool(reference, neighbors)
    if pool is space:  # the nearest is the row itself: the other ones may be known already
        others, _ = space.neighbours(neighbors, progress=progress)
    else:
        others = space.neighbours(neighbors + 1, within=pool, progress=progress)[0][:, 1:]
    mean: NDArray[np.float64] = others.mean(axis=1) + _ALMOST_ZERO
    return mean


def paper_sparsity(
    space: Space, reference: Space, neighbors: int, *, progress: Progress = silent
) -> NDArray[np.float64]:
    """1 / sigma per row, (n,): the sum of cosine distances to the `neighbors` nearest OTHER distinct reference rows.

    Raises:
        UserError: the reference has fewer than neighbors + 1 distinct rows.
    """
    directions, pool = space.directions, _pool(reference.directions, neighbors)
    if pool is directions:
        total = directions.neighbours(neighbors, progress=progress)[0].sum(axis=1)
    else:
        squared, indices = directions.neighbours(neighbors + 1, within=pool, progress=progress)
        itself = (pool.rows[indices[:, 0]] == directions.rows).all(axis=1)
        total = np.where(itself, squared[:, 1:].sum(axis=1), squared[:, :-1].sum(axis=1))
    cosine: NDArray[np.float64] = np.maximum(total / 2, _ALMOST_ZERO)
    return cosine


def _pool(reference: Space, neighbors: int) -> Space:
    pool = reference.without_copies
    if len(pool) <= neighbors:
        raise UserError(
            f"The {neighbors} nearest neighbours in the reference are needed, so it must have at least "
            f"{neighbors + 1} distinct rows; {reference.name} has {len(pool)}. Use a larger reference, fewer "
            "neighbours, or beta = 0, which needs none."
        )
    return pool
