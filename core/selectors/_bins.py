"""Five equal bins of every domain by a value of its rows, and the rows of one bin of all domains."""

import math

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices, row_blocks
from ..geometry import Space
from ._domains import Domains


def rows_of_bin(value: NDArray[np.float64], domains: Domains, number: int, bins: int = 5) -> Indices:
    """The rows whose value is in that bin of their own domain, from 0 for the lowest, ascending; ties by index."""
    found = [np.array_split(rows[np.argsort(value[rows], kind="stable")], bins)[number] for rows in domains.members()]
    return np.sort(np.concatenate(found)).astype(np.int64)


def own_and_others(space: Space, domains: Domains) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each row the cosine to the centroid of its own domain, and the sum of those to the others', (n,) each.

    A centroid without a direction has the cosine 0 to every row.
    """
    centroids = domains.centroids(space)
    lengths = np.linalg.norm(centroids, axis=1)
    centroids = centroids / np.where(lengths == 0, math.inf, lengths)[:, None]
    own, others = np.empty(len(space)), np.empty(len(space))
    for part in row_blocks(len(space), 8 * (space.dim + len(centroids))):
        cosine = space.unit64(part) @ centroids.T
        own[part] = np.take_along_axis(cosine, domains.of[part, None], axis=1)[:, 0]
        others[part] = cosine.sum(axis=1) - own[part]
    return own, others
