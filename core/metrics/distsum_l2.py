"""Mean pairwise Euclidean distance."""

from ..geometry import Space
from ..progress import Progress, silent
from ..wishes import MeanLength
from . import Axiom, Measured, from_rows, metric


@metric(
    title="DistSum (Euclidean)",
    formula=r"\frac{1}{n(n-1)}\sum_{i\neq j}\lVert x_i-x_j\rVert",
    source="Yang et al. 2025 (NovelSum), table of compared metrics; standard definition",
    matches="The mean over pairs of different rows, as emb-diversity; its sum counts each pair once, the paper's "
    "twice.",
    says="How far apart two rows are on average, as the straight line between them.",
    rewards="Sets that fall into far-apart groups, however few.",
    overlooks="Redundancy inside the groups: two tight, distant clumps score high.",
    size="Does not move with the number of rows.",
    cost="n n d",
    range="0 to 2; at most sqrt(2 n / (n - 1)), so about 1.414 for many rows",
    floor=0.0,
    unit="Euclidean distance",
    obeys={Axiom.ORDER, Axiom.ROTATION, Axiom.FAR_POINT, Axiom.APART},
    row_title="mean distance to the other rows",
    row_name="mean_distance",
    pairs=lambda space, _: [(space, MeanLength(), None)],
    anchored="space",
)
def distsum_l2(space: Space, progress: Progress = silent) -> Measured:
    """Mean of the Euclidean distance over all pairs of different rows; the sum over ordered pairs is n(n-1) times it.

    >>> round(distsum_l2(Space([[1, 0], [0, 1]])).value, 6)
    1.414214
    """
    return from_rows(space.mean_lengths(progress=progress), space)
