"""Log-determinant distance: the volume that the rows span."""

import math
from typing import Annotated

import numpy as np

from ..geometry import Space
from ..params import Help, Range
from . import Axiom, Measured, metric


@metric(
    title="Log-Determinant Distance",
    formula=r"\frac1n\log\det(XX^\top+\rho I)",
    source="Wang et al. 2024, arXiv 2402.02318; with a ridge, as in emb-diversity (whose default is 1e-6)",
    matches="emb-diversity's and OpenDataArena's sum at the same ridge, divided by n. Their ridges differ (1e-6 and "
    "1e-10), and past n = d so do their values by far; OpenDataArena in float32 loses its ridge altogether.",
    says="How much volume the rows span together, per row.",
    rewards="Rows in directions that the others do not have.",
    overlooks="Past n = d every further row adds about the logarithm of the ridge: the ridge decides the value.",
    size="Falls with n / d: compare at equal n and equal d only.",
    cost="n d d, then d d d for the spectrum",
    range="log(ridge) to log(1 + ridge)",
    least=1,
    unit="natural logarithm, per row",
    obeys={Axiom.ORDER, Axiom.ROTATION, Axiom.APART},
)
def log_det(
    space: Space,
    *,
    ridge: Annotated[float, Range(1e-10, 1), Help("Added to the diagonal; it dominates where n is above d.")] = 1e-6,
) -> Measured:
    """log det of (cosine Gram + ridge I) per row, from the spectrum; the whole is in `details["total"]`.

    >>> round(log_det(Space([[1, 0], [0, 1]]), ridge=1).value, 6)  # (log 2 + log 2) / 2
    0.693147
    """
    n = len(space)
    eigenvalues = n * space.spectrum
    total = float(np.log(eigenvalues + ridge).sum() + (n - len(eigenvalues)) * math.log(ridge))
    return Measured(total / n, details={"total": total})
