"""Cluster inertia: how far rows lie from the centre of their own k-means cell."""

import math
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices, row_blocks
from ..clustering import Clusters, kmeans
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress, silent
from . import Axiom, Measured, Only, metric

_ROWS_A_CELL, _MOST_CELLS = 50, 1000
EXACT_ROWS = 200_000  # of more rows the cells are fitted to a sample
_FITTED = 200  # rows a cell in that sample
_SURE = 2.576  # standard errors to either side, for 99 %


def _cells(space: Space, k: int | None) -> int:
    """The groups that the rows are cut into, where as many were asked for."""
    return min(k or min(_MOST_CELLS, max(1, round(len(space) / _ROWS_A_CELL))), len(space.distinct))


def _loose(space: Space, k: int | None, **_: Any) -> bool:
    """Whether some group has different rows in it."""
    return _cells(space, k) < len(space.distinct)


@metric(
    title="Cluster Inertia",
    formula=r"\frac1n\sum_i\lVert x_i-c_{k(i)}\rVert^2",
    source="Yang et al. 2025 (NovelSum), 200 cells for 10,000 rows; shown per row; greedy k-means++, seed 42",
    matches="Squared Euclidean distances, as emb-diversity; OpenDataArena takes cosine distances by default. Another "
    "k-means finds other groups: values agree to some 2 percent.",
    says="How wide the groups are that the rows fall into.",
    rewards="Loose groups.",
    overlooks="How far the groups lie from each other.",
    size="Does not move at a fixed number of rows a cell.",
    cost="a few dozen rounds of n k d",
    range="0 to 1",
    floor=0.0,
    least=1,
    unit="squared Euclidean distance a row",
    obeys={Axiom.ROTATION, Axiom.APART},
    only={Axiom.APART: Only("with fewer groups than different rows", _loose)},
    row_title="squared distance to the centre of its group",
    row_name="from_centre",
)
def cluster_inertia(
    space: Space,
    progress: Progress = silent,
    *,
    k: Annotated[int | None, Range(1, 100_000), Help("Groups; none is one for every 50 rows, at most 1,000.")] = None,
    exact: Annotated[bool, Help("Fit the groups to all rows, also above 200,000.")] = False,
) -> Measured:
    """Mean squared distance to the mean of the own k-means cell; the sum is in `details["total"]`.

    Of more than 200,000 rows the cells are fitted to a seeded sample, unless `exact`: the value is an estimate.

    >>> square = Space([[1, 0], [0, 1], [-1, 0], [0, -1]])
    >>> cluster_inertia(square, k=1).value
    1.0
    """
    cells = _cells(space, k)
    details = {"cells": cells}
    if exact or len(space) <= max(EXACT_ROWS, _FITTED * cells):
        squared = inertia(space, kmeans(space, cells, seed=42, progress=progress).labels)
        return Measured(float(squared.mean()), squared, details | {"total": float(squared.sum())})
    sample = np.sort(np.random.default_rng(42).choice(len(space), _FITTED * cells, replace=False)).astype(np.int64)
    return _between(sample, kmeans(space, cells, seed=42, fit_on=sample, progress=progress), details)


def _between(sample: Indices, found: Clusters, details: dict[str, int]) -> Measured:
    """An estimate from cells that were fitted to a sample: they suit the sample too well, and all rows too little."""
    of_all, of_sample = found.distances.mean(), found.distances[sample]
    error = _SURE * of_sample.std() / math.sqrt(len(sample))
    low, high = of_sample.mean() - error, of_all + error
    return Measured(
        float((of_sample.mean() + of_all) / 2),
        found.distances,
        details | {"fitted": len(sample)},
        estimated=True,
        interval=(float(low), float(high)),
        interval_kind=f"99 %: between the inertia of the {len(sample):,} seeded rows that the groups were fitted to "
        "and that of all rows in them",
    )


def inertia(space: Space, labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """Squared Euclidean distance of each row to the mean of the rows of its label, (n,), in float64."""
    _, cells = np.unique(labels, return_inverse=True)
    counts = np.bincount(cells)
    means = np.zeros((len(counts), space.dim))
    for part in row_blocks(len(space), space.dim * 8):
        np.add.at(means, cells[part], space.rows64(part))
    means /= counts[:, None]
    squared = np.empty(len(space))
    for part in row_blocks(len(space), space.dim * 8):
        gaps = space.rows64(part) - means[cells[part]]
        squared[part] = np.einsum("ij,ij->i", gaps, gaps)
    return squared
