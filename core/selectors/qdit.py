"""QDIT: a mixture of covering the pool and of a score."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress
from . import Picks, selector
from ._cover import Cover
from ._filling import Closed


@selector(
    title="QDIT",
    source="Bukharin and Zhao 2023 (QDIT); negative cosines count as 0",
    says="Always adds the row of the best mixture of a score and of bringing the pool closest to the chosen rows.",
    rewards="Good rows that stand for many others.",
    overlooks="Rare rows, unless their score is high; at its usual weight nearly everything but the score.",
    cost="as facility location over all pairs: n^2 d for the first values, then few products a pick",
    gain="(1 - a) growth of the pool's mean highest cosine + a score",
    guarantee="At least 1 - 1/e, 63 %, of the best mixture that as many rows can give, where no score counts below 0.",
    weight=("quality_weight", "quality"),
)
def qdit(
    space: Space,
    reference: Space,
    quality: NDArray[np.float64],
    progress: Progress,
    chosen: Indices | None = None,
    closed: Closed | None = None,
    *,
    quality_weight: Annotated[
        float,
        Range(0, 1),
        Help(
            "a. 0: covering alone; 1: the score alone. One row adds little to the covering of a whole pool, so that "
            "0.5 is nearly the score alone: for a balance try 0.001 to 0.05."
        ),
    ] = 0.5,
    scale: Annotated[
        Literal["unit", "as given"], Help("unit: the lowest score counts as 0 and the highest as 1.")
    ] = "unit",
) -> Picks:
    """Greedy maximum of (1 - a) facility location / N + a sum of scores, exact, ties to the lowest index."""
    score = np.asarray(quality, dtype=np.float64)
    if scale == "unit":
        score = (score - score.min()) / (np.ptp(score) or 1.0)
    scale_of_gain = (1 - quality_weight) / len(reference)
    cover = Cover(space, reference, scale=scale_of_gain, extra=quality_weight * score, before=chosen, closed=closed)
    cover.look(progress)
    yield from cover
