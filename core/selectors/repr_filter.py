"""The Repr filter of DEITA: rows by falling quality, unless they resemble one that was kept."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices, multiply, row_blocks
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress
from . import Picks, selector
from ._declaring import always
from ._filling import Closed

_AT_ONCE = 256  # rows compared with the kept ones in one product


@selector(
    title="Repr filter (DEITA)",
    source="Liu et al. 2024 (DEITA), with any score; the sequential rule, not the batched one of the released code",
    says="Walks the rows from the best score down and keeps those that resemble no kept row: every cosine below tau.",
    rewards="Good rows without near-copies of each other.",
    overlooks="Coverage: it stops when the budget is full, whatever is not yet represented.",
    cost="n b d",
    gain="the score of the row",
    guarantee="No two chosen rows have a cosine of tau or more.",
    leaves_out=always,
)
def repr_filter(
    space: Space,
    quality: NDArray[np.float64],
    progress: Progress,
    chosen: Indices | None = None,
    closed: Closed | None = None,
    *,
    tau: Annotated[float, Range(-1, 1), Help("A row is kept if its cosine to every kept row is below this.")] = 0.9,
) -> Picks:
    """Kept rows in the order of the walk, which is by falling quality, ties by index; may be fewer than asked for."""
    space = space.directions
    order = np.argsort(-np.asarray(quality, dtype=np.float64), kind="stable")
    kept = np.empty(0, dtype=np.int64) if chosen is None else chosen
    free = np.ones(len(space), dtype=bool)
    free[kept] = False
    for start in range(0, len(order), _AT_ONCE):
        progress(start / len(order), f"Compared {start:,} of {len(order):,} rows with those kept")
        block = order[start : start + _AT_ONCE]
        block = block[~_resembles(space, block, kept, tau)]
        while len(block):
            if closed is not None:
                free[closed.new()] = False
            if not free[block[0]]:
                block = block[1:]
                continue
            yield int(block[0]), float(quality[block[0]])
            kept = np.append(kept, block[0])
            block = block[1:]
            block = block[~_resembles(space, block, kept[-1:], tau)]


def _resembles(space: Space, rows: Indices, kept: Indices, tau: float) -> NDArray[np.bool_]:
    """Whether each of `rows` has a cosine of at least tau to one of `kept`: float32, and float64 where that is near."""
    near = np.zeros(len(rows), dtype=bool)
    for part in row_blocks(len(kept), 4 * (space.dim + max(1, len(rows)))):
        points = kept[part]
        cosine = multiply(space.unit[rows], np.ascontiguousarray(space.unit[points].T))
        near |= (cosine >= tau + space.rounding).any(axis=1)
        row, point = np.nonzero((abs(cosine - tau) < space.rounding) & ~near[:, None])
        exact = np.einsum("ij,ij->i", space.unit64(rows[row]), space.unit64(points[point]))
        near[row[exact >= tau]] = True
    return near
