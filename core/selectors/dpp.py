"""DPP: the rows whose kernel has the largest determinant, found greedily."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices, multiply
from ..errors import UserError
from ..geometry import Space
from ..memory import require
from ..params import Help, Range
from . import Picks, Report, selector
from ._filling import Closed
from ._volume import Volume


@selector(
    title="DPP, greedy MAP",
    source="Chen, Zhang and Zhou 2018",
    says="Always adds the row that enlarges the volume spanned by the chosen rows the most: the one least like any "
    "mixture of them.",
    rewards="Rows that differ from all chosen ones together, not just from the nearest.",
    overlooks="How typical a row is: outliers come early. With a linear kernel it ends at as many rows as dimensions.",
    cost="n b (b + d) in matrix products; n (b + d) numbers of 8 bytes in memory",
    gain="the factor by which the determinant grows",
    weight=("strength", "quality"),
)
def dpp(
    space: Space,
    budget: int,
    report: Report,
    quality: NDArray[np.float64] | None = None,
    chosen: Indices | None = None,
    closed: Closed | None = None,
    *,
    kernel: Annotated[
        Literal["rbf", "cosine", "linear"],
        Help("rbf: exp(-distance^2 / 2 width^2); cosine: plus the ridge on the diagonal; linear: rows as they are."),
    ] = "rbf",
    width: Annotated[float, Range(0.01, 100), Help("rbf: the distance at which rows still resemble each other.")] = 0.5,
    ridge: Annotated[float, Range(0, 10), Help("cosine: added to the diagonal; 0 stops at the rank.")] = 0.1,
    scores: Annotated[
        Literal["standardised", "as given"],
        Help("standardised: weights are exp(strength x score in standard deviations); as given: the scores (> 0)."),
    ] = "standardised",
    strength: Annotated[float, Range(0, 10), Help("How much the score counts where there is one.")] = 0.5,
) -> Picks:
    """Greedy maximum of det(L of the chosen), L = diag(q) S diag(q), in float64, ties to the lowest index.

    Without a score q = 1. Ends where no row adds anything: the kernel has no higher rank.

    Raises:
        UserError: a score that is used as given is not above 0; too little memory for so large a budget.
    """
    n = len(space)
    before = np.empty(0, dtype=np.int64) if chosen is None else chosen
    most = len(before) + budget
    if kernel == "linear" or not (kernel == "rbf" or ridge):
        most = min(most, space.dim + 1)
    require(8 * n * (most + space.dim), f"DPP for {budget:,} of {n:,} rows")
    volume = Volume(_Kernel(space, kernel, width, ridge, _weights(quality, scores, strength, n)), most)
    volume.take_in(before)
    while volume.count < most:
        if closed is not None:
            volume.close(closed.new())
        index, gain = volume.best()
        if gain <= volume.least:
            if gain > -np.inf:
                report.note(f"No row is independent of these {volume.count:,}: the {kernel} kernel has no higher rank.")
            return
        yield index, gain
        volume.add(index)


class _Kernel:
    """L = diag(q) S diag(q), some rows and columns at a time, in float64."""

    def __init__(self, space: Space, kind: str, width: float, ridge: float, weight: NDArray[np.float64]) -> None:
        self._rows = space.unit64() if kind == "cosine" else space.rows64()
        self._squares = np.einsum("ij,ij->i", self._rows, self._rows)
        self._kind, self._width, self._weight = kind, width, weight
        own = self._squares if kind == "linear" and not space.normalize else np.ones(len(space))
        self.diagonal = weight**2 * (own + ridge if kind == "cosine" else own)

    def between(self, rows: Indices, columns: Indices | slice) -> NDArray[np.float64]:
        """L of those rows and columns, (rows, columns)."""
        found = multiply(self._rows[rows], self._rows[columns].T).astype(np.float64)
        if self._kind == "rbf":
            squared = self._squares[rows, None] + self._squares[columns] - 2 * found
            found = np.exp(np.maximum(squared, 0) / (-2 * self._width**2))
        found *= self._weight[rows, None] * self._weight[columns]
        itself = np.arange(len(self._rows))[columns] == rows[:, None]
        found[itself] = np.broadcast_to(self.diagonal[columns], found.shape)[itself]
        return found


def _weights(quality: NDArray[np.float64] | None, scores: str, strength: float, n: int) -> NDArray[np.float64]:
    """q of every row, (n,): 1 without a score."""
    if quality is None:
        return np.ones(n)
    score = np.asarray(quality, dtype=np.float64)
    if scores == "as given":
        if (low := np.flatnonzero(score <= 0)).size:
            raise UserError(
                f"DPP uses the scores as given, and {len(low):,} of {n:,} are not above 0; the first is row "
                f"{low[0] + 1}. Use scores=standardised."
            )
        return score
    weight: NDArray[np.float64] = np.exp(strength * (score - score.mean()) / (score.std() or 1.0))
    return weight
