"""Vendi Score: the effective number of different rows."""

import math
from typing import Annotated

import numpy as np

from ..geometry import Space
from ..params import Help, Range
from . import Axiom, Only, metric

_NEAR_ONE = 1e-6  # from the order 1, where the sum is so near 1 that its logarithm has lost its digits


@metric(
    title="Vendi Score",
    formula=r"\Big(\sum_i\lambda_i^q\Big)^{1/(1-q)},\quad\lambda=\mathrm{eig}(XX^\top/n)",
    source="Friedman & Dieng 2023, arXiv 2210.02410; orders: Pasarkar & Dieng 2024, arXiv 2310.12952",
    matches="The package vendi-score from the similarities in float64; its score_X ignores the order q, and "
    "OpenDataArena's holds for q = 1 only.",
    says="How many perpendicular, equally frequent directions would be as diverse as these rows.",
    rewards="Rows that fill many directions evenly.",
    overlooks="Everything finer than the d directions: past n = d it no longer sees the number of rows.",
    size="At most the smaller of n and d; grows until it is full.",
    cost="n d d, then d d d for the spectrum",
    range="1 to min(n, d)",
    floor=1.0,
    least=1,
    unit="effective rows",
    obeys={Axiom.ORDER, Axiom.ROTATION, Axiom.REPLICATION, Axiom.APART},
    only={Axiom.APART: Only("above q = 0, where it is a number of directions", lambda _, q: q > 0)},
)
def vendi(
    space: Space,
    *,
    q: Annotated[float, Range(0, 100, infinite=True), Help("Order: small counts rare directions, inf the main.")] = 1.0,
) -> float:
    """The exponential of the Renyi entropy of order q of the spectrum of the cosine similarities over n.

    >>> round(vendi(Space([[1, 0], [0, 1], [-1, 0]])).value, 6)  # eigenvalues 2/3 and 1/3
    1.889882
    """
    shares = space.spectrum
    shares = shares[shares > shares[0] * max(len(space), space.dim) * np.finfo(np.float64).eps]  # the others are noise
    if math.isinf(q):
        return float(1 / shares[0])
    if abs(q - 1) < _NEAR_ONE:
        return float(np.exp(-(shares * np.log(shares)).sum()))
    return float(np.exp(np.log((shares**q).sum()) / (1 - q)))
