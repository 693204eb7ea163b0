"""Maps of more rows than a browser can draw: their density as a picture, and a fair sample of points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats

_CELLS = 240  # along the longer side of the picture
_STRATA = 96  # along the longer side, for the sample


@dataclass(frozen=True)
class Raster:
    """Rows per square cell, (height, width), and where the first cell's middle and its neighbours lie."""

    counts: NDArray[np.int64]
    x0: float
    y0: float
    step: float


def raster(xy: Floats) -> Raster:
    """How many points of `xy`, (n, 2), lie in each cell of a grid of squares."""
    low, columns, step, shape = _grid(xy, _CELLS)
    counts = np.bincount(columns[:, 1] * shape[0] + columns[:, 0], minlength=shape[0] * shape[1])
    return Raster(counts.reshape(shape[1], shape[0]), low[0] + step / 2, low[1] + step / 2, step)


def fair_sample(xy: Floats, size: int) -> NDArray[np.int64]:
    """About `size` row positions, ascending: as dense as the map everywhere, and at least one from each part of it."""
    _, columns, _, shape = _grid(xy, _STRATA)
    cell = columns[:, 1] * shape[0] + columns[:, 0]
    order = np.argsort(cell.astype(np.uint16), kind="stable")  # numbers that are so small are sorted by their digits
    evenly = order[np.linspace(0, len(order) - 1, min(size, len(order))).astype(np.int64)]
    one_each = order[np.flatnonzero(np.diff(cell[order], prepend=-1))]
    return np.union1d(evenly, one_each).astype(np.int64)


def _grid(xy: Floats, cells: int) -> tuple[NDArray[np.float64], NDArray[np.int64], float, tuple[int, int]]:
    low = xy.min(axis=0).astype(np.float64)
    extent = xy.max(axis=0) - low
    step = float(extent.max()) / cells or 1.0
    columns = ((xy - low) / step).astype(np.int64)
    shape = np.minimum(np.floor(extent / step).astype(np.int64), cells - 1) + 1
    return low, np.minimum(columns, shape - 1), step, (int(shape[0]), int(shape[1]))
