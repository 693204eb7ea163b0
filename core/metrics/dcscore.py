"""DCScore: how well each row can be told apart from all others."""

from typing import Annotated

import numpy as np

from ..geometry import Space
from ..parallel import by_rows
from ..params import Help, Range
from ..progress import Progress, silent
from . import Axiom, Measured, metric


@metric(
    title="DCScore",
    formula=r"\sum_i\frac{e^{1/\tau}}{\sum_j e^{\cos(x_i,x_j)/\tau}}",
    source="Zhu et al. 2025, arXiv 2502.08512: the trace of the row-softmax of the cosine similarities",
    says="How many rows a classifier by similarity could tell apart.",
    rewards="Rows unlike all others; at a low temperature, unlike their nearest.",
    overlooks="At temperature 1 far and very far are nearly the same, and the value stays near n over e^-1.",
    size="At most n; grows ever more slowly.",
    cost="n n d",
    floor=1.0,
    least=1,
    unit="effective rows",
    obeys={Axiom.ORDER, Axiom.ROTATION, Axiom.REPLICATION, Axiom.FAR_POINT, Axiom.APART},
    row_title="chance to be told apart",
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
    rows = np.empty(len(space))
    for part, similar in space.blocks(progress=progress, what="Comparing pairs"):

        def to_weights(some: slice, block: np.ndarray = similar) -> None:
            piece = block[some]
            piece -= 1
            piece /= tau
            np.exp(piece, out=piece)

        similar[np.arange(len(similar)), np.arange(part.start, part.stop)] = 1
        by_rows(to_weights, len(similar))
        rows[part] = 1.0 / similar.sum(axis=1)
    return Measured(float(rows.sum()), rows)
