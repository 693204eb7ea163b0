"""MMR: maximal marginal relevance, a mixture of a score and of being unlike the rows chosen before."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices, row_blocks
from ..geometry import Space
from ..params import Help, Range
from . import Picks, selector
from ._filling import Closed

_TIE = 1e-12  # what float64 products in another order can differ by, and more


@selector(
    title="MMR",
    source="Carbonell and Goldstein 1998",
    says="Always adds the row of the best mixture of a score and of being unlike the nearest row chosen before.",
    rewards="Good rows that are not near any chosen one.",
    overlooks="How typical a row is, and all chosen rows but the nearest.",
    cost="n b d",
    gain="the mixture: (1 - w) score - w highest cosine to the rows chosen before",
    weight=("spread_weight", "diversity"),
)
def mmr(
    space: Space,
    quality: NDArray[np.float64],
    chosen: Indices | None = None,
    closed: Closed | None = None,
    *,
    spread_weight: Annotated[float, Range(0, 1), Help("0: the score alone; 1: the distance alone.")] = 0.5,
    scale: Annotated[
        Literal["unit", "as given"], Help("unit: the lowest score counts as 0 and the highest as 1.")
    ] = "unit",
    negative: Annotated[
        Literal["kept", "zero"], Help("Negative cosines count as they are, or as zero as in pyversity.")
    ] = "kept",
) -> Picks:
    """The greedy choice, decided in float64, ties to the lowest index; the first row is that of the best score."""
    space = space.directions
    score = np.asarray(quality, dtype=np.float64)
    if scale == "unit":
        score = (score - score.min()) / (np.ptp(score) or 1.0)
    score = (1 - spread_weight) * score
    margin = spread_weight * space.rounding
    lowest = 0.0 if negative == "zero" else -np.inf
    near = np.zeros(len(space))  # highest cosine to a chosen row, as float32 sees it
    free = np.ones(len(space), dtype=bool)
    before: list[int] = []

    def add(index: int) -> None:
        cosine = np.maximum(1 - space.distance_to(index), lowest)
        np.maximum(near, cosine, out=near) if before else np.copyto(near, cosine)
        free[index] = False
        before.append(index)

    for index in [] if chosen is None else chosen.tolist():
        add(index)
    while free.any():
        value = np.where(free, score - spread_weight * near, -np.inf)
        doubtful = np.flatnonzero(value >= value.max() - 2 * margin - _TIE)
        exact = score[doubtful] - spread_weight * _highest_cosine(space, doubtful, before, lowest)
        place = int(np.flatnonzero(exact >= exact.max() - _TIE)[0])
        index = int(doubtful[place])
        yield index, float(exact[place])
        add(index)
        if closed is not None:
            free[closed.new()] = False


def _highest_cosine(space: Space, rows: Indices, chosen: list[int], lowest: float) -> NDArray[np.float64]:
    """Highest cosine of each of `rows` to the chosen ones, in float64; 0 while there is none."""
    if not chosen:
        return np.zeros(len(rows))
    highest = np.full(len(rows), lowest)
    for part in row_blocks(len(chosen), 8 * (space.dim + len(rows))):
        points = space.unit64(chosen[part])
        for some in row_blocks(len(rows), 8 * space.dim):
            cosine = space.unit64(rows[some]) @ points.T
            highest[some] = np.maximum(highest[some], cosine.max(axis=1))
    return highest
