"""MMR: maximal marginal relevance, a mixture of a score and of being unlike the rows chosen before."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices, multiply, products, row_blocks
from ..geometry import Space
from ..params import Help, Range
from . import Picks, selector
from ._filling import Closed

_TIE = 1e-12  # what float64 products in another order can differ by, and more


@selector(
    title="MMR",
    source="Carbonell and Goldstein 1998; a score stands in for relevance to a query",
    says="Always adds the row of the best mixture of a score and of being unlike the nearest row chosen before.",
    rewards="Good rows that are not near any chosen one.",
    overlooks="How typical a row is, and all chosen rows but the nearest.",
    cost="n b d: one product of all rows with a vector a pick",
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
    nearest = _Nearest(space, 0.0 if negative == "zero" else -np.inf)
    free = np.ones(len(space), dtype=bool)
    for index in [] if chosen is None else chosen.tolist():
        nearest.add(index)
        free[index] = False
    while free.any():
        value = np.where(free, score - spread_weight * nearest.about, -np.inf)
        doubtful = np.flatnonzero(value >= value.max() - 2 * margin - _TIE)
        exact = score[doubtful] - spread_weight * nearest.exactly(doubtful)
        place = int(np.flatnonzero(exact >= exact.max() - _TIE)[0])
        index = int(doubtful[place])
        yield index, float(exact[place])
        nearest.add(index)
        free[index] = False
        if closed is not None:
            free[closed.new()] = False


class _Nearest:
    """The highest cosine of every row to a chosen one: in float32 of all rows, in float64 of those asked for.

    Of each row it is known which chosen row float32 puts nearest, and whether another could be: so that the cosine in
    float64 is one product, and only where chosen rows are as near as each other these are looked through.
    """

    def __init__(self, space: Space, lowest: float) -> None:
        self._space, self._lowest = space, lowest
        self._near = np.full(len(space), -np.inf)  # highest cosine, as float32 sees it
        self._which = np.zeros(len(space), dtype=np.int64)  # the place among the chosen of the row that it is to
        self._others = np.zeros(len(space), dtype=bool)  # whether another may be as near
        self._chosen: list[int] = []
        self._points = np.empty((256, space.dim), dtype=np.float32)  # the chosen rows; grows

    @property
    def about(self) -> NDArray[np.float64]:
        """Within `space.rounding` of the highest cosine, (n,); 0 while nothing is chosen."""
        return np.maximum(self._near, self._lowest) if self._chosen else np.zeros(len(self._near))

    def add(self, index: int) -> None:
        """Choose that row."""
        place, twice = len(self._chosen), 2 * self._space.rounding
        if place == len(self._points):
            self._points = np.concatenate([self._points, np.empty_like(self._points)])
        self._points[place] = self._space.unit[index]
        self._chosen.append(index)
        cosine = products(self._space.unit, self._points[place]).astype(np.float64)
        ahead = cosine - self._near
        self._others |= ahead >= -twice
        self._others[ahead > twice] = False
        self._which[ahead > 0] = place
        np.maximum(self._near, cosine, out=self._near)

    def exactly(self, rows: Indices) -> NDArray[np.float64]:
        """The highest cosine of each of those rows in float64; 0 while nothing is chosen."""
        if not self._chosen:
            return np.zeros(len(rows))
        found = self._products(rows, self._which[rows])
        doubtful = np.flatnonzero(self._others[rows])
        points, margin = self._points[: len(self._chosen)], 2 * self._space.rounding
        for part in row_blocks(len(doubtful), 4 * (len(points) + self._space.dim)):
            some = doubtful[part]
            cosine = multiply(self._space.unit[rows[some]], points.T)
            row, place = np.nonzero(cosine >= cosine.max(axis=1, keepdims=True) - margin)
            np.maximum.at(found, some[row], self._products(rows[some[row]], place))
        return np.maximum(found, self._lowest)

    def _products(self, rows: Indices, places: Indices) -> NDArray[np.float64]:
        """Cosines in float64 of each of those rows to the chosen one at the place beside it."""
        chosen, found = np.asarray(self._chosen)[places], np.empty(len(rows))
        for part in row_blocks(len(rows), 16 * self._space.dim):
            pair = self._space.unit64(rows[part]), self._space.unit64(chosen[part])
            found[part] = np.einsum("ij,ij->i", *pair)
        return found
