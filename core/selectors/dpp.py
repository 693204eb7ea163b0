"""DPP: the rows whose kernel has the largest determinant, found greedily."""

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..errors import UserError
from ..geometry import Space
from ..memory import require
from ..params import Help, Range
from . import Picks, Report, selector
from ._filling import Closed

_NOTHING = 1e-10  # what a row must add at least, times its own weight, to be told from what rounding leaves
_TIE = 1e-12


@selector(
    title="DPP, greedy MAP",
    source="Chen, Zhang and Zhou 2018",
    says="Always adds the row that enlarges the volume spanned by the chosen rows the most.",
    rewards="Rows that differ from all chosen ones together, not just from the nearest.",
    overlooks="How typical a row is; and, with a linear kernel, all rows beyond as many as there are dimensions.",
    cost="n b (b + d); n b numbers of 8 bytes in memory",
    gain="the factor by which the determinant grows",
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
    before = [] if chosen is None else chosen.tolist()
    most = len(before) + budget
    if kernel == "linear" or not (kernel == "rbf" or ridge):
        most = min(most, space.dim + 1)
    require(8 * n * (most + space.dim), f"DPP for {budget:,} of {n:,} rows")
    similar = _Kernel(space, kernel, width, ridge)
    weight = _weights(quality, scores, strength, n)
    gain = weight**2 * similar.diagonal
    least = _NOTHING * gain.max()
    common = np.empty((most, n))  # a line for each pick: what it and every row have in common, beside earlier picks
    lines = 0

    def add(index: int) -> None:
        nonlocal lines
        if gain[index] > least:  # else it spans nothing that is not spanned
            line = weight[index] * weight * similar.to(index)
            line -= common[:lines, index] @ common[:lines]
            line /= math.sqrt(gain[index])
            common[lines] = line
            np.subtract(gain, line**2, out=gain)
            lines += 1
        gain[index] = -np.inf

    for index in before:
        add(index)
    while True:
        if closed is not None:
            gain[closed.new()] = -np.inf
        best = float(gain.max())
        if best == -np.inf:
            return
        if best <= least:
            report.note(f"No row is independent of these {lines:,} rows: the {kernel} kernel has no higher rank.")
            return
        index = int(np.flatnonzero(gain >= best * (1 - _TIE))[0])
        yield index, float(gain[index])
        if lines == most:
            return
        add(index)


class _Kernel:
    """How similar rows are, in float64: one column at a time."""

    def __init__(self, space: Space, kind: str, width: float, ridge: float) -> None:
        self._rows = space.unit64() if kind == "cosine" else space.rows64()
        self._squares = np.einsum("ij,ij->i", self._rows, self._rows)
        self._kind, self._width, self._ridge = kind, width, ridge if kind == "cosine" else 0.0
        unit = kind != "linear" or space.normalize
        self.diagonal = np.full(len(space), 1.0 + self._ridge) if unit else self._squares

    def to(self, index: int) -> NDArray[np.float64]:
        """The similarity of every row to the one at `index`, (n,)."""
        column: NDArray[np.float64] = self._rows @ self._rows[index]
        if self._kind == "rbf":
            squared = np.maximum(self._squares + self._squares[index] - 2 * column, 0)
            column = np.exp(squared / (-2 * self._width**2))
        column[index] = self.diagonal[index]
        return column


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
