"""Pseudo-labels: k-means over rows that begins with the centroids of the domains, and the nearest domain of any row."""

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats, multiply, row_blocks

_ROUNDS = 100


def settled(rows: NDArray[np.float32], start: Floats) -> NDArray[np.float64]:
    """The centroids, (k, d), that k-means comes to from `start`; a domain that no row is nearest to keeps its own.

    Args:
        rows: (n, d) at unit length; start: (k, d), of which the direction counts.
    """
    centroids = _directions(np.asarray(start, dtype=np.float64))
    before = None
    for _ in range(_ROUNDS):
        of = nearest(rows, centroids)
        if before is not None and np.array_equal(of, before):
            break
        before = of
        counts = np.bincount(of, minlength=len(centroids))
        sums = np.zeros_like(centroids)
        for some in row_blocks(len(rows), 8 * rows.shape[1]):
            block = rows[some].astype(np.float64)
            for domain in np.unique(of[some]).tolist():
                sums[domain] += block[of[some] == domain].sum(axis=0)
        found = counts > 0
        centroids = centroids.copy()
        centroids[found] = sums[found] / counts[found, None]
    return centroids


def nearest(rows: NDArray[np.float32], centroids: NDArray[np.float64]) -> NDArray[np.int64]:
    """The number of the nearest centroid of each row, (n,), ties to the lowest."""
    of = np.empty(len(rows), dtype=np.int64)
    squares = np.einsum("ij,ij->i", centroids, centroids)
    for some in row_blocks(len(rows), 8 * (rows.shape[1] + len(centroids))):
        of[some] = (squares - 2 * multiply(rows[some].astype(np.float64), centroids.T)).argmin(axis=1)
    return of


def _directions(points: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    return np.asarray(points / np.where(lengths == 0, 1, lengths))
