"""SemDeDup: rows that resemble no earlier row of their cell."""

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress, part
from . import Picks, selector
from ._domains import CellCount, Cells, cells_of
from ._earlier import closest_earlier


@selector(
    title="SemDeDup",
    source="Abbas et al. 2023; a budget in the place of eps is ours",
    says="Drops rows that resemble another row of the same cluster, the closest resemblances first.",
    rewards="A pool without near-copies, whatever else it holds.",
    overlooks="Near-copies that fell into different clusters; and coverage, once it chooses few rows.",
    cost="n k d per round of k-means, and d times the squared sizes of the clusters",
    gain="the cosine distance to the nearest earlier row of its cluster (2 where there is none)",
    guarantee="Within a cluster no two chosen rows have a cosine above 1 - eps, where eps is given.",
    leaves_out=lambda settings: settings["eps"] > 0,
)
def semdedup(
    space: Space,
    seed: int,
    progress: Progress,
    labels: NDArray[Any] | None = None,
    *,
    eps: Annotated[
        float,
        Range(0, 2),
        Help("A row is dropped if its cosine to an earlier one is above 1 - eps, copies too; 0: by budget alone."),
    ] = 0.0,
    begin: Annotated[
        Literal["far", "near"], Help("Which rows of a cluster come first, and stay: far from its centre, or near.")
    ] = "far",
    cells: Cells = "k-means",
    clusters: CellCount = None,
) -> Picks:
    """Rows by falling distance to the nearest earlier row of their cell, kept or not, as published; ties by index.

    Taking b of them is SemDeDup with the eps that keeps b rows. Exact in float64 for given cells.
    """
    space = space.directions
    found = cells_of(space, cells, labels, clusters, seed, part(progress, 0, 0.5))
    highest = closest_earlier(space, found, begin, part(progress, 0.5, 1))
    for row in np.argsort(highest, kind="stable"):
        if eps and highest[row] > 1 - eps:
            return
        yield int(row), 1 - float(highest[row])
