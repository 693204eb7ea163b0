"""Groups of rows: each way to find them in a file of its own, found by itself.

A clustering is a function of what it names among `space`, `xy` (the coordinates of a map) and `progress`, with
keyword-only parameters that it declares; it returns a label per row, any whole number, negative for rows in no group.
Numbering the groups by size is done here, once for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats
from ..errors import UserError
from ..geometry import Space
from ..methods import Methods
from ..params import resolve
from ..progress import Progress, silent
from ..registry import import_all


@dataclass(frozen=True)
class Found:
    """What a clustering returns: labels in any numbering, and what a person should know of how they came about."""

    labels: NDArray[Any]
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Clustering:
    """Groups of rows: 0 is the largest (of equals the one with the earliest row), -1 holds what is in no group."""

    labels: NDArray[np.int32]  # (n,)
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows in each group, falling, without the unclustered ones."""
        return np.bincount(self.labels[self.labels >= 0]).astype(np.int64)


CLUSTERINGS: Methods[Found] = Methods("clustering")
clustering, find_clustering = CLUSTERINGS.declare, CLUSTERINGS.find


def cluster(
    name: str, space: Space, xy: Floats | None = None, *, progress: Progress = silent, **params: Any
) -> Clustering:
    """Groups of the rows of `space`.

    Args:
        xy: (n, 2) coordinates of a map of the same rows, for a clustering that works on the map.

    Raises:
        UserError: an unknown name or parameter, or no map where one is needed.
    """
    chosen = find_clustering(name)
    settings = resolve(chosen.params, params, name)
    if "xy" in chosen.needs and xy is None:
        raise UserError(f"{chosen.title} finds its groups on the map, and there is no map yet. Make one first.")
    found = chosen.run({"space": space, "xy": xy, "progress": progress}, settings)
    labels = by_size(found.labels)
    progress(1.0, f"{chosen.title}: {labels.max(initial=-1) + 1:,} groups of {len(labels):,} rows")
    return Clustering(labels, found.details)


def by_size(labels: NDArray[Any]) -> NDArray[np.int32]:
    """The same groups, (n,), numbered from the largest; every negative label becomes -1."""
    numbers = np.full(len(labels), -1, dtype=np.int32)
    inside = np.flatnonzero(labels >= 0)
    _, first, place, sizes = np.unique(labels[inside], return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(sizes), dtype=np.int32)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes), dtype=np.int32)
    numbers[inside] = rank[place]
    return numbers


import_all(__name__, list(__path__))
