"""How far a map can be trusted: whether rows that lie beside each other on it are alike in the embedding."""

import numpy as np

from .blocks import Floats, multiply, row_blocks
from .geometry import Space
from .progress import Progress, silent

NEIGHBORS = 15
SAMPLE = 1_000  # seeded rows of which the mean is taken


def trustworthiness(
    space: Space,
    xy: Floats,
    *,
    neighbors: int = NEIGHBORS,
    sample: int = SAMPLE,
    seed: int = 0,
    progress: Progress = silent,
) -> float:
    """Trustworthiness of a map (Venna and Kaski 2001) by cosine: 1 where the rows nearest to a row on the map are its
    nearest in the embedding, about 0.5 where they are any rows.

    A nearest row on the map that is the r-th nearest in the embedding counts against it by r - neighbors, where that is
    above 0. The mean is over `sample` seeded rows, each compared with all others; over all rows it is scikit-learn's.

    Args:
        xy: (n, 2); n is more than twice the neighbours.
    """
    from scipy.spatial import cKDTree

    n = len(space)
    some = np.sort(np.random.default_rng(seed).choice(n, min(sample, n), replace=False))
    found = cKDTree(xy).query(xy[some], neighbors + 1)[1]
    late = 0.0
    for block in row_blocks(len(some), 4 * n):
        cosines = multiply(space.unit[some[block]], space.unit.T)
        for cosine, row, near in zip(cosines, some[block], found[block], strict=True):
            cosine[row] = -np.inf
            others = near[near != row][:neighbors]
            rank = np.array([np.count_nonzero(cosine > each) for each in cosine[others]]) + 1
            late += np.maximum(rank - neighbors, 0).sum()
        progress(block.stop / len(some), f"Checking the map: {block.stop:,} of {len(some):,} sampled rows")
    return float(1 - late / len(some) * 2 / (neighbors * (2 * n - 3 * neighbors - 1)))
