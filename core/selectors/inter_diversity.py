"""Inter-diversity: rows by how they stand to the centroids of the domains that are not theirs."""

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..geometry import Space
from ..params import Help
from ..progress import Progress
from . import Picks, Report, selector
from ._bins import own_and_others, rows_of_bin
from ._domains import CellCount, Cells, domains_of

BINS = ("most separated", "separated", "middle", "entangled", "most entangled")


@selector(
    title="Inter-diversity bin",
    source="Ling et al. 2025 (DaaR), contrastive pools",
    says="Takes, of every domain, the fifth of its rows that is most, or least, close to the other domains.",
    rewards="Rows between the domains, or rows that only their own domain has.",
    overlooks="How the rows of a bin differ: they are drawn at random.",
    cost="n k d",
    gain="sum of the cosines to the centroids of the other domains",
)
def inter_diversity(
    space: Space,
    rng: np.random.Generator,
    seed: int,
    progress: Progress,
    report: Report,
    labels: NDArray[Any] | None = None,
    *,
    bin: Annotated[
        Literal["most separated", "separated", "middle", "entangled", "most entangled"],
        Help("Which fifth of every domain, by the sum of cosines to the other domains' centroids."),
    ] = "most separated",
    domains: Cells = "auto",
    clusters: CellCount = None,
) -> Picks:
    """The rows of one bin of all domains, in a seeded random order: at most a fifth of the pool.

    phi(x in k) = sum over the other domains j of cos(x, C_j), C_j the mean of domain j.
    """
    space = space.directions
    found = domains_of(space, domains, labels, clusters, seed, progress)
    if len(found.names) == 1:
        report.note("There is one domain only, so that every row is as far from the others as any.")
    _, phi = own_and_others(space, found)
    report.detail(domains=len(found.names))
    for row in rng.permutation(rows_of_bin(phi, found, BINS.index(bin))):
        yield int(row), float(phi[row])
