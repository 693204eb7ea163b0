"""Mean pairwise Euclidean distance."""

import numpy as np

from ..geometry import Floats, Space, multiply, row_blocks
from ..parallel import by_rows
from ..progress import Progress, silent
from . import Axiom, metric


@metric(
    title="DistSum (Euclidean)",
    formula=r"\frac{1}{n(n-1)}\sum_{i\neq j}\lVert x_i-x_j\rVert",
    source="Yang et al. 2025 (NovelSum), table of compared metrics; standard definition",
    says="How far apart two rows are on average, as the straight line between them.",
    rewards="Sets that fall into far-apart groups, however few.",
    overlooks="Redundancy inside the groups: two tight, distant clumps score high.",
    size="Does not move with the number of rows.",
    cost="n n d / 2",
    floor=0.0,
    unit="Euclidean distance, 0 to 2 between unit rows",
    obeys={Axiom.ORDER, Axiom.ROTATION, Axiom.FAR_POINT, Axiom.APART},
)
def distsum_l2(space: Space, progress: Progress = silent) -> float:
    """Mean of the Euclidean distance over all pairs of different rows; the sum over ordered pairs is n(n-1) times it.

    >>> round(distsum_l2(Space([[1, 0], [0, 1]])).value, 6)
    1.414214
    """
    n = len(space)
    rows = _centred(space, np.float64 if space.exact() else np.float32)
    squares = np.einsum("ij,ij->i", rows, rows)
    total = 0.0
    for part in row_blocks(n, n * rows.itemsize):
        products = multiply(rows[part], rows[part.start :].T)
        size = len(products)

        def to_distances(
            some: slice, block: Floats = products, left: Floats = squares[part], right: Floats = squares[part.start :]
        ) -> None:
            piece = block[some]
            piece *= -2
            piece += left[some, None]
            piece += right
            np.maximum(piece, 0, out=piece)
            np.sqrt(piece, out=piece)

        by_rows(to_distances, size)
        products[np.arange(size), np.arange(size)] = 0
        # The block with itself holds each of its pairs twice; what is right of it holds each pair once.
        total += float(products.sum(axis=1).sum(dtype=np.float64))
        total += float(products[:, size:].sum(axis=1).sum(dtype=np.float64))
        progress(part.stop / n, f"Summing distances: {part.stop:,} of {n:,} rows")
    return total / (n * (n - 1))


def _centred(space: Space, dtype: type) -> Floats:
    """The rows less their mean: distances stay, and rows that lie close together keep their digits."""
    mean = sum(space.rows64(part).sum(axis=0) for part in row_blocks(len(space), space.dim * 8)) / len(space)
    rows: Floats = np.empty((len(space), space.dim), dtype=dtype)
    for part in row_blocks(len(space), space.dim * 8):
        rows[part] = space.rows64(part) - mean
    return rows
