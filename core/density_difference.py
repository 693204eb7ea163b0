"""Where on a map one set is denser than another: both as smooth densities on one grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats

_CELLS = 160  # along the longer side of the map
_BLUR = _CELLS / 50  # cells of the standard deviation of the kernel: a fiftieth of the map
_FAINT = 0.02  # of the highest density of both, below which a place counts as empty


@dataclass(frozen=True)
class Differing:
    """A grid of squares over a map, (height, width), from the lowest place on."""

    share: NDArray[np.float64]  # of the first set in an equal mixture of both, from 0 to 1; NaN where hardly any row is
    x0: float  # the middle of the first cell
    y0: float
    step: float


def density_difference(first: Floats, second: Floats) -> Differing:
    """The share that the first of two sets, (n, 2) and (m, 2), has of an equal mixture of both, place by place.

    0.5 is where both are as dense; sizes of the sets do not matter.
    """
    low, step, shape = _grid(first, second)
    mine, theirs = (_density(xy, low, step, shape) for xy in (first, second))
    both = mine + theirs
    share = np.full(both.shape, np.nan)
    np.divide(mine, both, out=share, where=both > _FAINT * both.max())
    return Differing(share, float(low[0] + step / 2), float(low[1] + step / 2), step)


def shared_density(first: Floats, second: Floats) -> float:
    """What two sets on one map, (n, 2) and (m, 2), have in common: the sum of the lesser of their densities, 0 to 1."""
    low, step, shape = _grid(first, second)
    return float(np.minimum(_density(first, low, step, shape), _density(second, low, step, shape)).sum())


def _grid(first: Floats, second: Floats) -> tuple[NDArray[np.float64], float, tuple[int, int]]:
    """The lower left corner, the side of a cell, and how many cells go up and across; with room for the blur around."""
    low = np.minimum(first.min(axis=0), second.min(axis=0)).astype(np.float64)
    extent = np.maximum(first.max(axis=0), second.max(axis=0)) - low
    step = float(extent.max()) / _CELLS or 1.0
    room = int(np.ceil(4 * _BLUR))
    across, up = (int(np.floor(length / step)) + 1 + 2 * room for length in extent)
    return low - room * step, step, (up, across)


def _density(xy: Floats, low: NDArray[np.float64], step: float, shape: tuple[int, int]) -> NDArray[np.float64]:
    """A density of sum 1 on the grid."""
    from scipy.ndimage import gaussian_filter

    cells = ((xy - low) / step).astype(np.int64)
    counts = np.bincount(cells[:, 1] * shape[1] + cells[:, 0], minlength=shape[0] * shape[1]).reshape(shape)
    found: NDArray[np.float64] = gaussian_filter(counts.astype(np.float64), _BLUR, mode="constant", truncate=4)
    found /= found.sum()
    return found
