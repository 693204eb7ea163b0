"""How crowded the neighbourhood of each row is, in the two forms that NovelSum and NovelSelect use."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .geometry import Space
from .looking import Want
from .progress import Progress, silent
from .wishes import Nearest, Wish

ALMOST_ZERO = 1e-9  # what the released code adds to every mean; the least sum of the paper form, too


def released_sparsity(
    space: Space, reference: Space, neighbors: int, *, also: Sequence[Wish] = (), progress: Progress = silent
) -> NDArray[np.float64]:
    """t + 1e-9 per row, (n,): the mean squared Euclidean distance to `neighbors` rows of the distinct reference.

    Of the neighbors + 1 nearest rows the very nearest is always left out, since it is taken to be the row itself,
    also where the row is not part of the reference: so does the released code. s = this to the power of -beta.
    `also`: what else is taken from the pass over the pairs, where one is made.

    Raises:
        UserError: the reference has fewer than neighbors + 1 distinct rows.
    """
    check_neighbors(reference, neighbors)
    if reference is space and not space.has_copies:  # the nearest is the row itself: others may be known already
        others, _ = space.neighbours(neighbors, also=also, progress=progress)
    else:
        others = space.neighbours(neighbors + 1, within=reference, distinct=True, also=also, progress=progress)[0][
            :, 1:
        ]
    mean: NDArray[np.float64] = others.mean(axis=1) + ALMOST_ZERO
    return mean


def paper_sparsity(
    space: Space, reference: Space, neighbors: int, *, progress: Progress = silent
) -> NDArray[np.float64]:
    """1 / sigma per row, (n,): the sum of cosine distances to the `neighbors` nearest OTHER distinct reference rows.

    Raises:
        UserError: the reference has fewer than neighbors + 1 distinct rows.
    """
    directions, pool = space.directions, reference.directions
    check_neighbors(pool, neighbors)
    if pool is directions and not pool.has_copies:
        total = directions.neighbours(neighbors, progress=progress)[0].sum(axis=1)
    else:
        squared, indices = directions.neighbours(neighbors + 1, within=pool, distinct=True, progress=progress)
        itself = (pool.rows[indices[:, 0]] == directions.rows[directions.asked]).all(axis=1)
        total = np.where(itself, squared[:, 1:].sum(axis=1), squared[:, :-1].sum(axis=1))
    cosine: NDArray[np.float64] = np.maximum(total / 2, ALMOST_ZERO)
    return cosine


def density_wants(space: Space, reference: Space, neighbors: int) -> list[Want]:
    """What the two functions above want of a pass over the pairs of unit rows."""
    if reference is space and not space.has_copies:
        return [(space, Nearest(neighbors, itself=False), None)]
    return [(space, Nearest(neighbors + 1, distinct=True), reference)]


def check_neighbors(reference: Space, neighbors: int) -> None:
    if len(reference.distinct) <= neighbors:
        raise UserError(
            f"The {neighbors} nearest neighbours in the reference are needed, so it must have at least "
            f"{neighbors + 1} distinct rows; {reference.name} has {len(reference.distinct)}. Use a larger reference, "
            "fewer neighbours, or beta = 0, which needs none."
        )
