"""Rounds of k-means in pieces, to the last bit those of faiss on one machine.

The pieces find the nearest centroid of each row. The means are then added up here, row after row in float32 as faiss
does it: sums in another order would round otherwise, and after some rounds rows on a border lie on its other side.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..engines import Engine
from .rows import for_each_shard

if TYPE_CHECKING:
    from ..geometry import Space

_STRETCH = 4  # rounds between two results, as `clustering` has them
_SPLIT = np.float32(1 / 1024)  # by how much the two halves of a group that is split are moved apart


def in_pieces(
    engine: Engine, space: "Space", centroids: NDArray[np.float32]
) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """A stretch of rounds after the other: the objective in the last of them, and the centroids after it, (k, d)."""
    del engine  # which is found again for each pass
    rows, k = np.ascontiguousarray(space.rows), len(centroids)
    cost = len(rows) * centroids.size
    while True:
        for _ in range(_STRETCH):
            found = for_each_shard(space, nearest_centroids, centroids, cost=cost, what="k-means")
            labels = np.concatenate([each for each, _ in found])
            squared = np.concatenate([each for _, each in found])
            centroids = means_of(rows, labels, k)
        yield float(np.cumsum(squared, dtype=np.float32)[-1]), centroids


def nearest_centroids(space: "Space", centroids: NDArray[np.float32]) -> tuple[Indices, NDArray[np.float32]]:
    """The nearest centroid of each row, (n,), and the squared distance to it in float32."""
    import faiss

    index = faiss.IndexFlatL2(space.dim)
    index.add(np.ascontiguousarray(centroids))
    squared, nearest = index.search(np.ascontiguousarray(space.rows), 1)
    return nearest[:, 0], squared[:, 0]


def means_of(rows: NDArray[np.float32], labels: Indices, k: int) -> NDArray[np.float32]:
    """The mean of the rows of each label; a label without rows takes half of another's, as in faiss."""
    from scipy.sparse import csr_matrix

    sizes = np.bincount(labels, minlength=k)
    order = np.argsort(labels, kind="stable")
    ones: Any = csr_matrix((np.ones(len(rows), np.float32), order, np.append(0, np.cumsum(sizes))), (k, len(rows)))
    means: NDArray[np.float32] = ones @ rows  # adds one row after the other
    filled = sizes > 0
    means[filled] *= (np.float32(1) / sizes[filled].astype(np.float32))[:, None]
    if not filled.all():
        _split(means, sizes.astype(np.float32), len(rows))
    return means


def _split(means: NDArray[np.float32], sizes: NDArray[np.float32], n: int) -> None:
    """Fill the empty groups: each takes half of one that is drawn by size, and the two means are moved apart."""
    import faiss

    rng: Any = faiss.RandomGenerator(1234)  # type: ignore[attr-defined]  # made by SWIG at import, which mypy cannot see
    even = np.arange(means.shape[1]) % 2 == 0
    up, down = np.float32(1) + _SPLIT, np.float32(1) - _SPLIT
    for empty in np.flatnonzero(sizes == 0):
        full = 0
        while rng.rand_float() >= np.float32((float(sizes[full]) - 1.0) / float(max(n - len(sizes), 1))):
            full = (full + 1) % len(sizes)
        means[empty] = means[full] * np.where(even, up, down)
        means[full] *= np.where(even, down, up)
        sizes[empty] = sizes[full] / 2
        sizes[full] -= sizes[empty]
