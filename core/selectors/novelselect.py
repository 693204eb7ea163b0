"""NovelSelect: the greedy choice that raises NovelSum."""

import math
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress
from . import Picks, Report, selector
from ._filling import Closed
from ._novelty_rule import Alpha, Beta, Form, IncludeSelf, Neighbors, NoveltyRule, Scale, Strength, factors_of


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
    report: Report,
    quality: NDArray[np.float64] | None = None,
    chosen: Indices | None = None,
    closed: Closed | None = None,
    *,
    form: Form = "released",
    alpha: Alpha = 1.0,
    beta: Beta = 0.5,
    neighbors: Neighbors = 10,
    include_self: IncludeSelf = False,
    scale: Scale = "auto",
    strength: Strength = 1.0,
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
    factors = factors_of(quality, scale, strength, report)
    before = [] if chosen is None else chosen.tolist()
    if not before:
        before = [int(rng.integers(len(space))) if first is None else first]
        yield before[0], math.nan
    if len(space) == len(before):
        return
    rule = NoveltyRule(form, alpha, beta, neighbors, include_self)
    dense = rule.dense(space, reference, progress, chosen_next=True)
    greedy = rule.greedy(space, dense, factors, before, closed)
    for count, (index, value) in enumerate(greedy, start=len(before)):
        yield index, value / count
