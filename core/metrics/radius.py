"""Radius: the geometric mean of the spread along each dimension."""

import numpy as np
from numpy.typing import NDArray

from ..blocks import row_blocks
from ..geometry import Space
from ..sharded.rows import for_each_shard, sum_of
from . import Axiom, Measured, metric


@metric(
    title="Radius",
    formula=r"\Big(\prod_{j=1}^d\sigma_j\Big)^{1/d},\quad\sigma_j=\text{standard deviation along dimension }j",
    source="Lai et al. 2020, arXiv 2003.08529; standard deviation over n, as in OpenDataArena",
    matches="OpenDataArena's (standard deviation over n); emb-diversity divides by n - 1, which is more by the square "
    "root of n / (n - 1).",
    says="How wide the cloud of rows is, along its dimensions taken one by one.",
    rewards="Spread along every dimension of the encoder.",
    overlooks="The axes are the encoder's own: a rotated cloud has another radius, and one flat dimension makes it 0.",
    size="Does not move with the number of rows.",
    cost="n d",
    range="0 to 1 / sqrt(d)",
    floor=0.0,
    least=1,
    unit="standard deviation",
    obeys={Axiom.ORDER, Axiom.REPLICATION},
)
def radius(space: Space) -> Measured:
    """Geometric mean over dimensions of the standard deviation; the arithmetic one is in `details["mean"]`.

    >>> round(radius(Space([[1, 0], [0, 1]])).value, 6)
    0.5
    """
    n = len(space)
    cost = n * space.dim
    mean = sum_of(for_each_shard(space, _share_of_mean, n, cost=cost, what="adding rows"))
    squares = sum_of(for_each_shard(space, _squares, mean, cost=cost, what="adding squares"))
    spread = np.sqrt(squares / n)
    spread[spread <= 1e-14 * np.abs(mean)] = 0  # what is left of a constant by rounding
    value = float(np.exp(np.log(spread).mean())) if spread.all() else 0.0
    return Measured(value, details={"mean": float(spread.mean())})


def _share_of_mean(space: Space, n: int) -> NDArray[np.float64]:
    mean = np.zeros(space.dim)
    for part in row_blocks(len(space), space.dim * 8):
        mean += space.rows64(part).sum(axis=0) / n
    return mean


def _squares(space: Space, mean: NDArray[np.float64]) -> NDArray[np.float64]:
    squares = np.zeros(space.dim)
    for part in row_blocks(len(space), space.dim * 8):
        squares += ((space.rows64(part) - mean) ** 2).sum(axis=0)
    return squares
