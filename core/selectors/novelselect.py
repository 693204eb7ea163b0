"""NovelSelect: the greedy choice that raises NovelSum."""

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..density import paper_sparsity, released_sparsity
from ..errors import UserError
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress
from . import Picks, selector
from ._filling import Closed
from ._novelty import NoveltyGreedy


@selector(
    title="NovelSelect",
    source="Yang et al., ACL 2025, arXiv 2502.17184; the released form as in their code, in float64 and exact",
    says="Always adds the row that is newest beside those chosen: far from its nearest ones, in a well-filled region.",
    rewards="Rows that keep apart from each other where the pool is dense.",
    overlooks="Quality, unless a score is named. Greedy without a guarantee: the objective is not submodular.",
    cost="n d a pick for bounds; true values only where the bounds leave a doubt",
    gain="novelty beside the rows chosen before, times the score where one is named",
    weight=("strength", "quality"),
)
def novelselect(
    space: Space,
    reference: Space,
    rng: np.random.Generator,
    progress: Progress,
    quality: NDArray[np.float64] | None = None,
    chosen: Indices | None = None,
    closed: Closed | None = None,
    *,
    form: Annotated[
        Literal["released", "paper"], Help("released: as the authors' code; paper: the printed formula, much slower.")
    ] = "released",
    alpha: Annotated[float, Range(0, 8), Help("How fast the weight of a chosen row falls with its rank.")] = 1.0,
    beta: Annotated[float, Range(0, 8), Help("How much the density of the reference counts; 0 needs none.")] = 0.5,
    neighbors: Annotated[int, Range(1, 1000), Help("Nearest reference rows whose distance makes the density.")] = 10,
    include_self: Annotated[
        bool, Help("Count the candidate itself as rank 1, as NovelSum does; the released choice does not.")
    ] = False,
    scale: Annotated[
        Literal["as given", "unit"],
        Help("Where there is a score, novelty is multiplied by it; unit: the lowest counts as 0, the highest as 1."),
    ] = "as given",
    strength: Annotated[float, Range(0, 10), Help("The power of the score by which novelty is multiplied.")] = 1.0,
    first: Annotated[int | None, Range(0), Help("Row to begin with; none: a seeded random row.")] = None,
) -> Picks:
    """The float64 sequence of the greedy choice, ties to the lowest index; the first row has no gain (NaN).

    released: Delta(x, s) = d(x, s) (f_x + f_s), f = (mean squared distance to the neighbours + 1e-9)^-beta;
    paper: Delta(x, s) = d(x, s) sigma(s)^beta, ranked by d. v(x) = mean over the chosen of r^-alpha Delta_(r).
    With include_self the nearest chosen row has rank 2. The reference is the pool itself unless one is given. With a
    score q the greatest v(x) q(x)^strength is chosen: the paper describes the product, the power is ours.

    Raises:
        UserError: beta > 0 and the reference has fewer than neighbors + 1 distinct rows; a score that is used as given
            is below 0.
    """
    factors = None if quality is None else _factors(quality, scale) ** strength
    before = [] if chosen is None else chosen.tolist()
    if not before:
        before = [int(rng.integers(len(space))) if first is None else first]
        yield before[0], math.nan
    if len(space) == len(before):
        return
    sparsity = released_sparsity if form == "released" else paper_sparsity
    dense = sparsity(space, reference, neighbors, progress=progress) ** -beta if beta else np.ones(len(space))
    ranks = np.arange(1, len(space) + 1) + float(include_self)
    weights: NDArray[np.float64] = np.power(ranks, -alpha, dtype=np.float64)
    own = dense if form == "released" else np.zeros(len(space))
    greedy = NoveltyGreedy(space, own, dense, weights, before, closed, by_distance=form == "paper", factors=factors)
    for count, (index, value) in enumerate(greedy, start=len(before)):
        yield index, value / count


def _factors(quality: NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    """What the novelty of each row is multiplied by, (n,), not negative."""
    score = np.asarray(quality, dtype=np.float64)
    if scale == "unit":
        return (score - score.min()) / (np.ptp(score) or 1.0)
    if (low := np.flatnonzero(score < 0)).size:
        raise UserError(
            f"NovelSelect multiplies novelty by the score, and {len(low):,} of {len(score):,} scores are below 0; the "
            f"first is that of row {low[0] + 1}. Use scale=unit."
        )
    return score
