"""Herding: rows whose mean stays close to the mean of the pool."""

import numpy as np

from ..blocks import Indices, products, row_blocks
from ..geometry import Space
from . import Picks, selector
from ._filling import Closed


@selector(
    title="Herding",
    source="Welling 2009; Rebuffi et al. 2017 (iCaRL)",
    says="Always adds the row that brings the mean of the chosen rows closest to the mean of the pool.",
    rewards="A small set that stands for the pool's average.",
    overlooks="Everything but the mean: rare regions, how far the chosen rows are from each other, and exact copies.",
    cost="n b d",
    gain="minus the Euclidean distance from the mean of the chosen rows to that of the pool",
    claims_diversity=False,
)
def herding(space: Space, reference: Space, chosen: Indices | None = None, closed: Closed | None = None) -> Picks:
    """argmin || (t + 1) mean - sum of the chosen - x ||, without replacement, decided in float64, ties to the lowest.

    The mean is that of the reference, which is the pool itself unless one is given.

    Rows are unit rows, or those as they are in a space that is not normalised.
    """
    n = len(space)
    sums = [reference.rows64(part).sum(axis=0) for part in row_blocks(len(reference), 8 * space.dim)]
    mean = np.sum(sums, axis=0) / len(reference)
    squares = np.einsum("ij,ij->i", space.rows, space.rows, dtype=np.float64)
    longest = float(np.sqrt(squares.max()))
    free = np.ones(n, dtype=bool)
    before = np.empty(0, dtype=np.int64) if chosen is None else chosen
    free[before] = False
    total = space.rows64(before).sum(axis=0)
    for count in range(len(before) + 1, n + 1):
        if closed is not None:
            free[closed.new()] = False
        if not free.any():
            return
        wanted = count * mean - total
        score = 2 * (space.rows @ wanted.astype(np.float32)).astype(np.float64) - squares
        # what float32 can take from a score: of the product, of its input, and of the square
        margin = 2.0**-23 * (space.dim + 16) * longest * (longest + 2 * float(np.linalg.norm(wanted)))
        margin += 4 * space.rounding
        doubtful = np.flatnonzero(free & (score >= score[free].max() - 2 * margin))
        rows = space.rows64(doubtful)
        exact = 2 * products(rows, wanted) - np.einsum("ij,ij->i", rows, rows)
        place = int(exact.argmax())
        index = int(doubtful[place])
        free[index] = False
        total += rows[place]
        yield index, -float(np.linalg.norm(mean - total / count))
