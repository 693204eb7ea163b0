"""Facility location: the rows that together lie closest to all others."""

from typing import Annotated, Literal

from ..blocks import Indices
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress
from . import Picks, Report, selector
from ._cover import Cover
from ._filling import Closed
from ._sparse_cover import SparseCover

EXACT_UP_TO = 1e10  # pairs of rows up to which every one is looked at


@selector(
    title="Facility location",
    source="Nemhauser et al. 1978; lazy greedy of Minoux 1978; negative cosines count as 0, as in submodlib",
    says="Always adds the row that brings the pool closest to the chosen rows.",
    rewards="Typical rows of every crowded region, the most crowded first.",
    overlooks="Rare rows, until all crowds are served.",
    cost="n^2 d for the first values, then few products a pick; n d with the nearest rows alone",
    gain="by how much the pool's highest cosines to the chosen rows grow, in sum",
    guarantee="At least 1 - 1/e, 63 %, of the best covering that as many rows can give; of the sparse sum, if sparse.",
)
def facility_location(
    space: Space,
    reference: Space,
    progress: Progress,
    report: Report,
    chosen: Indices | None = None,
    closed: Closed | None = None,
    *,
    pairs: Annotated[
        Literal["auto", "all", "nearest"],
        Help("all: exact; nearest: a row is covered by its nearest rows alone; auto: all up to 100,000 rows."),
    ] = "auto",
    neighbors: Annotated[int, Range(1, 1000), Help("How many nearest rows can cover a row, if not all can.")] = 64,
) -> Picks:
    """Greedy maximum of sum over the reference of max(0, highest cosine to the chosen), ties to the lowest index.

    Exact in float64 over all pairs. With the nearest rows alone it is the greedy choice for the sparse sum.
    """
    if pairs == "nearest" or (pairs == "auto" and len(space) * len(reference) > EXACT_UP_TO):
        sparse = SparseCover(space, reference, neighbors, progress, before=chosen, closed=closed)
        report.note(
            f"Approximate: each row is covered by its {min(neighbors, len(space)):,} nearest rows alone"
            + ("." if sparse.searched_all else f", searched for in the cells around it. {sparse.found}")
        )
        yield from sparse
    else:
        cover = Cover(space, reference, before=chosen, closed=closed)
        cover.look(progress)
        yield from cover
