"""Which rows a lasso or a box holds, asked on the server, so that rows that are not drawn count too."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats


def points_in_polygon(xy: Floats, lasso_x: Sequence[float], lasso_y: Sequence[float]) -> NDArray[np.bool_]:
    """Whether each point of `xy`, (n, 2), lies inside the closed polygon, (n,).

    Where the line crosses itself the even-odd rule decides, as it does in the browser. Each edge looks only at the
    points at its own height, so a million points and a thousand corners take a second.
    """
    inside = np.zeros(len(xy), dtype=bool)
    if len(lasso_x) < 3:
        return inside
    corners = np.column_stack([lasso_x, lasso_y]).astype(np.float64)
    low, high = corners.min(axis=0), corners.max(axis=0)
    near = np.flatnonzero(((xy >= low) & (xy <= high)).all(axis=1))
    near = near[np.argsort(xy[near, 1], kind="stable")]
    x, y = xy[near].astype(np.float64).T
    crossed = np.zeros(len(near), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        start, stop = np.searchsorted(y, sorted((y0, y1)))  # the upper end belongs to the next edge
        part = slice(start, stop)
        if start < stop:
            crossed[part] ^= x[part] < x0 + (y[part] - y0) * ((x1 - x0) / (y1 - y0))
    inside[near] = crossed
    return inside


def points_in_box(xy: Floats, box_x: Sequence[float], box_y: Sequence[float]) -> NDArray[np.bool_]:
    """Whether each point of `xy`, (n, 2), lies in the box between two corners in any order, edges included, (n,)."""
    low = np.array([min(box_x), min(box_y)])
    high = np.array([max(box_x), max(box_y)])
    return np.asarray(((xy >= low) & (xy <= high)).all(axis=1), dtype=np.bool_)
