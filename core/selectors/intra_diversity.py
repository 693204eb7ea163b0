"""Intra-diversity: rows by how close they are to the centroid of their own domain."""

from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..geometry import Space
from ..params import Help
from ..progress import Progress
from . import Picks, Report, selector
from ._bins import own_and_others, rows_of_bin
from ._domains import CellCount, Cells, domains_of

BINS = ("most scattered", "scattered", "middle", "close to own centroid", "closest to own centroid")


@selector(
    title="Intra-diversity bin",
    source="Ling et al. 2025 (DaaR), contrastive pools",
    says="Takes, of every domain, the fifth of its rows that is most, or least, close to the domain's own middle.",
    rewards="The typical rows of every domain, or its unusual ones.",
    overlooks="How the rows of a bin differ: they are drawn at random.",
    cost="n d",
    gain="cosine to the centroid of its own domain",
)
def intra_diversity(
    space: Space,
    rng: np.random.Generator,
    seed: int,
    progress: Progress,
    report: Report,
    labels: NDArray[Any] | None = None,
    *,
    bin: Annotated[
        Literal["most scattered", "scattered", "middle", "close to own centroid", "closest to own centroid"],
        Help("Which fifth of every domain, by the cosine to its own centroid."),
    ] = "most scattered",
    domains: Cells = "auto",
    clusters: CellCount = None,
) -> Picks:
    """The rows of one bin of all domains, in a seeded random order: at most a fifth of the pool.

    phi(x in k) = cos(x, C_k), C_k the mean of the domain k that x belongs to.
    """
    space = space.directions
    found = domains_of(space, domains, labels, clusters, seed, progress)
    phi, _ = own_and_others(space, found)
    report.detail(domains=len(found.names))
    for row in rng.permutation(rows_of_bin(phi, found, BINS.index(bin))):
        yield int(row), float(phi[row])
