"""The maps of a cloud: each way to lay it out in two dimensions in a file of its own, found by itself.

A projection is a function of `space` (and of `progress`, where it takes long, and of `details`, which it may fill with
what a person should know) with keyword-only parameters that it declares; it returns (n, 2) coordinates. Where the map
lies and how it is turned means nothing, so every map is centred and turned by one rule, and the same work gives the
same picture.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats
from ..geometry import Space
from ..methods import Methods
from ..params import resolve
from ..progress import Progress, silent
from ..registry import import_all

_BALANCED = 1e-6  # third moment, in standard deviations, below which an axis has no longer side to speak of
_ROUNDING = 1e-10


Details = dict[str, Any]  # what a person should know of how a map came about: numbers and words by name

PROJECTIONS: Methods[Floats] = Methods("projection")
projection, find_projection = PROJECTIONS.declare, PROJECTIONS.find


def project(
    name: str, space: Space, *, progress: Progress = silent, details: Details | None = None, **params: Any
) -> NDArray[np.float32]:
    """Coordinates (n, 2) of the rows of `space`, centred, the wider direction across; no unit.

    Args:
        details: filled with what a person should know of the map, where it is not all rows that were arranged.

    Raises:
        UserError: an unknown name or parameter.
    """
    chosen = find_projection(name)
    settings = resolve(chosen.params, params, name)
    progress(0.0, f"{chosen.title}: {len(space):,} rows")
    available = {"space": space, "progress": progress, "details": {} if details is None else details}
    placed = oriented(chosen.run(available, settings))
    progress(1.0, f"{chosen.title}: placed {len(space):,} rows")
    return placed


def oriented(xy: Floats) -> NDArray[np.float32]:
    """The same map, (n, 2), centred, its widest direction across, its longer tails to the right and to the top."""
    centred = np.asarray(xy, dtype=np.float64) - np.mean(xy, axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    turned = centred @ axes[:, ::-1]
    extent = np.abs(turned).max(axis=0)
    turned[:, extent <= _ROUNDING * extent.max()] = 0.0  # on a line: no noise is blown up to a second direction
    return np.asarray(turned * np.array([_side(turned[:, 0]), _side(turned[:, 1])]), dtype=np.float32)


def _side(axis: NDArray[np.float64]) -> float:
    """+1 or -1, such that axis and -axis come out alike."""
    spread = float(np.sqrt(np.mean(axis**2)))
    if spread == 0.0:
        return 1.0
    lean = float(np.mean((axis / spread) ** 3))
    if abs(lean) < _BALANCED:  # symmetric: the first row that is off the middle decides
        lean = float(axis[np.argmax(np.abs(axis) > spread * 1e-3)])
    return 1.0 if lean >= 0 else -1.0


import_all(__name__, list(__path__))
