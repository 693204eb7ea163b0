"""Coverage radius: the farthest that any row of the reference is from the set."""

from ..coverage import coverage, coverage_wants
from ..geometry import Space
from ..progress import Progress, silent
from . import Axiom, metric


@metric(
    title="Coverage radius",
    formula=r"\max_{y\in P}\min_{x\in X} d(x,y)",
    source="standard: the covering radius, the objective of k-center (Gonzalez 1985)",
    matches="The largest of the least distances that OpenDataArena sums up as facility location.",
    says="How far the worst-served row of the reference is from the nearest row of the set.",
    rewards="Sets that leave no row of the reference alone; lower is better.",
    overlooks="All rows of the reference but one.",
    size="Falls with n.",
    cost="n N d",
    range="0 to 2",
    floor=0.0,
    least=1,
    unit="cosine distance; 0 when the set is its own reference",
    obeys={Axiom.ORDER, Axiom.ROTATION, Axiom.REPLICATION, Axiom.COPY},
    better="lower",
    pairs=coverage_wants,
    extreme=True,
)
def coverage_radius(space: Space, reference: Space, progress: Progress = silent) -> float:
    """The largest cosine distance from a row of the reference to its nearest row of the set.

    >>> pool = Space([[1, 0], [0, 1], [-1, 0]])
    >>> coverage_radius(Space([[1, 0], [0, 1]]), reference=pool).value
    1.0
    """
    similarity, _ = coverage(space, reference, progress=progress)
    return float(1.0 - similarity.min())
