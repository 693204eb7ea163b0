"""KNN distance: how far the k-th nearest other row is."""

from typing import Annotated

from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress, silent
from ..wishes import Nearest
from . import Axiom, Measured, Only, from_rows, metric


@metric(
    title="KNN distance",
    formula=r"\frac1n\sum_i d(x_i,N_k(x_i))",
    source="Stasaski & Hearst 2022; as compared in Yang et al. 2025 (NovelSum)",
    matches="The k-th neighbour alone, as emb-diversity; OpenDataArena takes the mean of the k nearest. At k = 1 both "
    "agree.",
    says="How far the nearest other row is on average, as one minus the cosine similarity.",
    rewards="Rows that keep their distance from each other.",
    overlooks="Everything beyond the nearest row: pairs of twins scattered everywhere score nothing.",
    size="Falls with n: compare at equal n only.",
    cost="n n d, one neighbour search",
    range="0 to 2",
    floor=0.0,
    unit="cosine distance",
    obeys={Axiom.ORDER, Axiom.ROTATION, Axiom.COPY, Axiom.FAR_POINT, Axiom.APART},
    only={Axiom.COPY: Only("at k = 1", lambda _, k: k == 1)},
    row_title="distance to the nearest other row",
    row_name="nearest",
    pairs=lambda space, _, k: [(space.directions, Nearest(k, itself=False), None)],
    anchored="space",
)
def knn_distance(
    space: Space,
    progress: Progress = silent,
    *,
    k: Annotated[int, Range(1, 1000), Help("Which neighbour: 1 is the nearest other row.")] = 1,
) -> Measured:
    """Mean cosine distance to the k-th nearest other row (only that one, not the mean of the k nearest).

    >>> knn_distance(Space([[1, 0], [0, 1], [-1, 0]])).value
    1.0

    Raises:
        UserError: there are not more than k rows.
    """
    squared, _ = space.directions.neighbours(k, progress=progress)
    return from_rows(squared[:, k - 1] / 2, space)
