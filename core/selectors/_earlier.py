"""How much each row of a cell resembles an earlier one: what SemDeDup drops rows by."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import multiply, products, row_blocks
from ..geometry import Space
from ..progress import Progress
from ._domains import Domains

NONE_EARLIER = -1.0


def closest_earlier(
    space: Space, cells: Domains, begin: Literal["far", "near"], progress: Progress
) -> NDArray[np.float64]:
    """For each row its highest cosine to an earlier row of its cell, in float64, (n,); -1 for the first of a cell.

    The rows of a cell come in order of their cosine to its mean: lowest (far) or highest (near) first, ties by index.
    """
    highest = np.full(len(space), NONE_EARLIER)
    means = cells.centroids(space)
    done = 0
    for rows, mean in zip(cells.members(), means, strict=True):
        length = np.linalg.norm(mean)
        central = np.empty(len(rows))
        for part in row_blocks(len(rows), 8 * space.dim):
            central[part] = products(space.unit64(rows[part]), mean / (length or 1.0))  # the same for exact copies
        ordered = rows[np.argsort(central if begin == "far" else -central, kind="stable")]
        for part in row_blocks(len(ordered), 8 * (len(ordered) + space.dim)):
            late = space.unit64(ordered[part])
            for early in row_blocks(part.stop, 8 * space.dim):
                cosine = multiply(late, np.ascontiguousarray(space.unit64(ordered[early]).T))
                # of the rows of this block only those before each row count
                places = np.arange(early.start, early.stop)
                cosine[places >= np.arange(part.start, part.stop)[:, None]] = NONE_EARLIER
                np.maximum.at(highest, ordered[part], cosine.max(axis=1))
            done += part.stop - part.start
            progress(done / len(space), f"Compared {done:,} of {len(space):,} rows within their cells")
    clipped: NDArray[np.float64] = np.clip(highest, NONE_EARLIER, 1.0)
    return clipped
