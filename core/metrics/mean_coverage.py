"""Mean coverage distance: how far rows of the reference are from the set."""

from dataclasses import replace

from ..coverage import coverage, coverage_wants
from ..geometry import Space
from ..progress import Progress, silent
from . import Axiom, Measured, from_rows, metric


@metric(
    title="Mean coverage distance",
    formula=r"\frac{1}{|P|}\sum_{y\in P}\min_{x\in X} d(x,y)",
    source="standard: the objective of k-medians; one minus facility location",
    matches="What OpenDataArena calls facility location (the sum of least distances), divided by the size of the "
    "reference.",
    says="How far a row of the reference is from the nearest row of the set, on average.",
    rewards="A representative near every row of the reference; lower is better.",
    overlooks="Redundancy: rows that represent nothing new cost nothing.",
    size="Falls with n.",
    cost="n N d",
    range="0 to 2",
    floor=0.0,
    least=1,
    unit="cosine distance; 0 when the set is its own reference",
    obeys={Axiom.ORDER, Axiom.ROTATION, Axiom.REPLICATION, Axiom.COPY},
    better="lower",
    pairs=coverage_wants,
    anchored="reference",
)
def mean_coverage(space: Space, reference: Space, progress: Progress = silent) -> Measured:
    """The mean cosine distance from a row of the reference to its nearest row of the set.

    >>> pool = Space([[1, 0], [0, 1], [-1, 0]])
    >>> round(mean_coverage(Space([[1, 0], [0, 1]]), reference=pool).value, 6)  # 0, 0 and 1
    0.333333
    """
    similarity, _ = coverage(space, reference, progress=progress)
    return replace(from_rows(1.0 - similarity, reference), rows=None)
