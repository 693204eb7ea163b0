"""Coverage radius: the farthest that any row of the reference is from the set."""

from ..coverage import coverage, coverage_wants
from ..farthest_row import farthest_row
from ..geometry import Space
from ..looking import Want
from ..progress import Progress, silent
from . import Axiom, metric

PRUNED_FROM = 10**10  # pairs of rows above which not all of them are looked at; others take part in the pass over all


def _wants(space: Space, reference: Space) -> list[Want]:
    return [] if _pruned(space, reference) else coverage_wants(space, reference)


def _pruned(space: Space, reference: Space) -> bool:
    return reference is not space and len(space) * len(reference) > PRUNED_FROM


@metric(
    title="Coverage radius",
    formula=r"\max_{y\in P}\min_{x\in X} d(x,y)",
    source="standard: the covering radius, the objective of k-center (Gonzalez 1985)",
    matches="The largest of the least distances that OpenDataArena sums up as facility location.",
    says="How far the worst-served row of the reference is from the nearest row of the set.",
    rewards="Sets that leave no row of the reference alone; lower is better.",
    overlooks="All rows of the reference but one.",
    size="Falls with n.",
    cost="n N d; of more than ten thousand million pairs only those that may matter",
    range="0 to 2",
    floor=0.0,
    least=1,
    unit="cosine distance; 0 when the set is its own reference",
    obeys={Axiom.ORDER, Axiom.ROTATION, Axiom.REPLICATION, Axiom.COPY},
    better="lower",
    pairs=_wants,
    extreme=True,
)
def coverage_radius(space: Space, reference: Space, progress: Progress = silent) -> float:
    """The largest cosine distance from a row of the reference to its nearest row of the set: exact at every size.

    Above ten thousand million pairs of rows, rows of the reference that have a row of the set nearer than the farthest
    one known are left out of further comparing [ours]: a maximum cannot be estimated from some of the rows.

    >>> pool = Space([[1, 0], [0, 1], [-1, 0]])
    >>> coverage_radius(Space([[1, 0], [0, 1]]), reference=pool).value
    1.0
    """
    if _pruned(space, reference):
        return farthest_row(space, reference, progress=progress) / 2
    similarity, _ = coverage(space, reference, progress=progress)
    return float(1.0 - similarity.min())
