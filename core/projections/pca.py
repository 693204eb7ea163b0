"""The two directions in which the rows differ most."""

import numpy as np
from numpy.typing import NDArray

from ..blocks import row_blocks
from ..geometry import Space
from . import projection

_DENSE_UP_TO = 512  # size of a matrix up to which all eigenvectors cost less than starting an iteration for two


@projection(
    title="PCA",
    source="Pearson 1901; Hotelling 1933",
    says="The two directions in which the rows differ most: far apart here is truly far apart.",
    overlooks="Groups that differ only in other directions lie on top of each other.",
    cost="n d min(n, d)",
)
def pca(space: Space) -> NDArray[np.float64]:
    """Scores of the unit rows on their first two principal components, (n, 2), by falling variance; no seed."""
    n, d = len(space), space.dim
    if n <= d:
        centred = space.unit64() - space.mean
        values, vectors = _top_two(centred @ centred.T)
        return vectors * np.sqrt(np.clip(values, 0, None))
    scatter = np.zeros((d, d))
    for part in row_blocks(n, d * 8):
        centred = space.unit64(part) - space.mean
        scatter += centred.T @ centred
    _, vectors = _top_two(scatter)
    scores = np.empty((n, 2))
    for part in row_blocks(n, d * 8):
        scores[part] = (space.unit64(part) - space.mean) @ vectors
    return scores


def _top_two(matrix: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The two largest eigenvalues, falling, and their vectors, (size, 2); a matrix of size 1 gets a second, of 0."""
    size = len(matrix)
    if size == 1:
        return np.array([matrix[0, 0], 0.0]), np.array([[1.0, 0.0]])
    if size <= _DENSE_UP_TO:
        values, vectors = np.linalg.eigh(matrix)
    else:
        from scipy.sparse.linalg import eigsh

        start = np.random.default_rng(0).standard_normal(size)  # fixed, so that the same rows give the same digits
        values, vectors = eigsh(matrix, k=2, which="LA", v0=start)
    order = np.argsort(values)[::-1][:2]
    return values[order], vectors[:, order]
