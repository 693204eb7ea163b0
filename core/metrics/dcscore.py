"""DCScore: how well each row can be told apart from all others."""

from typing import Annotated

from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress, silent
from ..wishes import Crowding
from . import Axiom, Measured, from_rows, metric


@metric(
    title="DCScore",
    formula=r"\sum_i\frac{e^{1/\tau}}{\sum_j e^{\cos(x_i,x_j)/\tau}}",
    source="Zhu et al. 2025, arXiv 2502.08512: the trace of the row-softmax of the cosine similarities",
    matches="emb-diversity's, on the same similarities.",
    says="How many rows a classifier by similarity could tell apart.",
    rewards="Rows unlike all others; at a low temperature, unlike their nearest.",
    overlooks="At temperature 1 far and very far are nearly the same, and the value stays near n over e^-1.",
    size="At most n; grows ever more slowly.",
    cost="n n d",
    range="1 to n",
    floor=1.0,
    least=1,
    unit="effective rows",
    obeys={Axiom.ORDER, Axiom.ROTATION, Axiom.REPLICATION, Axiom.FAR_POINT, Axiom.APART},
    row_title="chance to be told apart",
    row_name="told_apart",
    pairs=lambda space, _, tau: [(space.directions, Crowding(tau), None)],
    anchored="space",
)
def dcscore(
    space: Space,
    progress: Progress = silent,
    *,
    tau: Annotated[float, Range(0.01, 100), Help("Temperature: lower looks at near rows only.")] = 1.0,
) -> Measured:
    """Sum over rows of the softmax of their similarities at themselves.

    >>> round(dcscore(Space([[1, 0], [0, 1]])).value, 6)  # 2 e / (e + 1)
    1.462117
    """
    rows = 1 / space.directions.crowding(tau, progress=progress)
    return from_rows(rows, space, times=len(space))
