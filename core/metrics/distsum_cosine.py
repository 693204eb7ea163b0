"""Mean pairwise cosine distance."""

from ..geometry import Space
from . import Axiom, metric


@metric(
    title="DistSum (cosine)",
    formula=r"\frac{1}{n(n-1)}\sum_{i\neq j} d(x_i,x_j)",
    source="Yang et al. 2025 (NovelSum), table of compared metrics; standard definition",
    matches="Pairs of different rows, as emb-diversity; the cosine distance in the authors' code and the remote clique "
    "of Shaib et al. count each row with itself, which is (n - 1) / n of it. OpenDataArena's APS is a "
    "similarity, 1 minus it.",
    says="How far apart two rows are on average, as one minus their cosine similarity.",
    rewards="Sets that fall into far-apart groups, however few.",
    overlooks="Redundancy inside the groups: two tight, distant clumps score high.",
    size="Does not move with the number of rows.",
    cost="n d, in closed form",
    range="0 to 2; at most n / (n - 1), so about 1 for many rows",
    floor=0.0,
    unit="cosine distance",
    obeys={Axiom.ORDER, Axiom.ROTATION, Axiom.FAR_POINT, Axiom.APART},
)
def distsum_cosine(space: Space) -> float:
    """Mean of 1 - cos over all ordered pairs of different rows; the sum over pairs is n(n-1) times it.

    >>> round(distsum_cosine(Space([[1, 0], [0, 1]])).value, 6)
    1.0
    """
    n = len(space)
    length = float(space.mean @ space.mean)  # sum over all pairs of cos = n^2 |mean|^2, its diagonal is n
    return max(0.0, 1.0 - (n * length - 1.0) / (n - 1))
