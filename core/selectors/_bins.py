"""Five equal bins of every domain by a value of its rows, and the rows of one bin of all domains."""

import math

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ._domains import Domains


def rows_of_bin(value: NDArray[np.float64], domains: Domains, number: int, bins: int = 5) -> Indices:
    """The rows whose value is in that bin of their own domain, from 0 for the lowest, ascending; ties by index."""
    found = [np.array_split(rows[np.argsort(value[rows], kind="stable")], bins)[number] for rows in domains.members()]
    return np.sort(np.concatenate(found)).astype(np.int64)


def cosines_to(rows: NDArray[np.float64], centroids: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosine of unit rows to each centroid, (rows, centroids); 0 for one without a direction."""
    lengths = np.linalg.norm(centroids, axis=1)
    found: NDArray[np.float64] = rows @ (centroids / np.where(lengths == 0, math.inf, lengths)[:, None]).T
    return found
