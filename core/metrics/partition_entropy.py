"""Partition entropy: how evenly the rows fill the cells of a k-means partition of the reference."""

from typing import Annotated
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ..blocks import row_blocks
from ..geometry import Space
from ..params import Help, Range
from ..sharded.rows import for_each_shard
from . import Axiom, Measured, metric


@metric(
    title="Partition Entropy",
    formula=r"-\sum_k p_k\log_2 p_k,\quad p_k=\text{share of }X\text{ in cell }k\text{ of the reference}",
    source="Yang et al. 2025 (NovelSum), computed as in their code: faiss k-means, 20 iterations, seed 42, log2",
    matches="The authors' code: cells of faiss on the reference, in bits. OpenDataArena takes natural logarithms of "
    "given clusters.",
    says="How evenly the rows spread over the regions of the reference; 2 to its power is a number of regions.",
    rewards="Rows in every region of the reference, in equal numbers.",
    overlooks="Everything inside a region, and what the reference does not hold.",
    size="At most log2 of the smaller of n and k.",
    cost="20 iterations of N k d",
    range="0 to log2(min(n, k))",
    floor=0.0,
    least=1,
    unit="bits",
    obeys={Axiom.ORDER, Axiom.ROTATION, Axiom.REPLICATION},
)
def partition_entropy(
    space: Space,
    reference: Space,
    *,
    k: Annotated[int, Range(1, 100_000), Help("Regions that the reference is cut into.")] = 100,
) -> Measured:
    """Entropy in bits over the cells of k-means fitted on the reference.

    A reference of fewer than k distinct rows has a cell for each of them; `details["cells"]` has the number.

    >>> right_angles = Space([[1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0]])
    >>> partition_entropy(right_angles, k=4).value
    2.0
    """
    cells = min(k, len(reference.distinct))
    cost = len(space) * cells * space.dim
    found = for_each_shard(space, nearest_of, _cells_of(reference, cells), cost=cost, what="nearest cells")
    labels = np.concatenate(found)
    counts = np.bincount(labels, minlength=cells)
    shares = counts[counts > 0] / len(labels)
    value = float(-(shares * np.log2(shares)).sum())
    return Measured(max(value, 0.0), details={"cells": cells, "filled": int((counts > 0).sum())})


# Cells of a reference for as long as it lives: a comparison asks for the same ones some hundred times.
_known: WeakKeyDictionary[Space, dict[int, NDArray[np.float32]]] = WeakKeyDictionary()


def _cells_of(reference: Space, k: int) -> NDArray[np.float32]:
    """Centroids of k-means as the authors run it; above 256 k rows faiss takes a sample of that many, by the seed."""
    known = _known.setdefault(reference, {})
    if k not in known:
        known[k] = _fitted(reference, k)
    return known[k]


def _fitted(reference: Space, k: int) -> NDArray[np.float32]:
    import faiss

    # One point a centroid is enough for faiss to keep its advice on the number of points to itself.
    model = faiss.Kmeans(reference.dim, k, niter=20, seed=42, min_points_per_centroid=1)
    model.train(np.ascontiguousarray(reference.rows))
    return np.asarray(model.centroids, dtype=np.float32)


def nearest_of(space: Space, centroids: NDArray[np.float32]) -> NDArray[np.int64]:
    """The index of the nearest centroid for each row, (n,)."""
    import faiss

    index = faiss.IndexFlatL2(space.dim)
    index.add(centroids)
    labels = np.empty(len(space), dtype=np.int64)
    for part in row_blocks(len(space), space.dim * 4):
        labels[part] = index.search(np.ascontiguousarray(space.rows[part]), 1)[1][:, 0]
    return labels
