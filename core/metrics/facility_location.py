"""Facility location: how well the rows represent the reference."""

from dataclasses import replace

import numpy as np

from ..coverage import coverage, coverage_wants
from ..geometry import Space
from ..progress import Progress, silent
from . import Axiom, Measured, from_rows, metric


@metric(
    title="Facility Location",
    formula=r"\frac{1}{|P|}\sum_{y\in P}\max_{x\in X}\cos(x,y)",
    source="standard; Yang et al. 2025 (NovelSum), table of compared metrics, there as a sum over the reference",
    matches="submodlib's sum of highest similarities, divided by the size of the reference. What OpenDataArena calls "
    "facility location is the sum of least distances, where lower is better: see Mean coverage distance.",
    says="How similar the nearest chosen row is to a row of the reference, on average.",
    rewards="A representative near every row of the reference.",
    overlooks="Redundancy: rows that represent nothing new cost nothing.",
    size="Grows with n until every row of the reference is met.",
    cost="n N d",
    range="-1 to 1",
    floor=1.0,
    least=1,
    unit="cosine similarity; 1 when the set is its own reference",
    obeys={Axiom.ORDER, Axiom.ROTATION, Axiom.REPLICATION, Axiom.COPY},
    row_title="share of the reference that it represents",
    row_name="represents",
    pairs=coverage_wants,
    anchored="reference",
)
def facility_location(space: Space, reference: Space, progress: Progress = silent) -> Measured:
    """Mean over the reference of the highest cosine similarity to a row; the sum is in `details["total"]`.

    A set that is its own reference has 1, whatever it holds: choose another reference.

    >>> pool = Space([[1, 0], [0, 1], [-1, 0]])
    >>> round(facility_location(Space([[1, 0]]), reference=pool).value, 6)  # similarities 1, 0 and -1
    0.0
    """
    similarity, nearest = coverage(space, reference, progress=progress)
    found = from_rows(similarity, reference, total=float(similarity.mean()) * len(reference))
    served = None if found.estimated else np.bincount(nearest, minlength=len(space)) / len(reference)
    return replace(found, rows=served)
