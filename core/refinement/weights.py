"""How the weights of clusters move with what the feedback says of their rows (METHODS 4.2)."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError

Mode = Literal["shrunk", "literal"]
Floats = NDArray[np.float64]
LARGEST_GAP = 1e100  # beyond it, squares and sums are no numbers any more


def moved(
    weights: Floats, means: Floats, counts: NDArray[np.int64], *, mode: Mode, pull: float, eta: float, floor: float
) -> Floats:
    """The weights after a round, (k,), summing to 1.

    Args:
        weights: (k,) those before it.
        means: (k,) mean gap of the scored rows of each cluster; counts: (k,) how many there are. High gaps gain.
        mode: literal, as printed: w_j s_j / sum of s, then renormalised. A cluster without scored rows counts with the
            mean of the others' s_j. shrunk (ours): s_j is drawn towards the mean of all rows as if `pull` rows had
            that, w_j exp(eta z(s_j)); clusters without scored rows keep their weight.
        floor: shrunk: no weight falls below this share of the even one, 1 / k.

    Raises:
        UserError: no row was scored; gaps too large or too small to reckon with; in the literal mode, a cluster's mean
            that is not above 0.
    """
    scored = counts > 0
    if not scored.any():
        raise UserError("The feedback scores no row.")
    found = None
    if (np.abs(means[scored]) <= LARGEST_GAP).all():
        with np.errstate(invalid="ignore", divide="ignore"):
            if mode == "literal":
                found = _literal(weights, means, scored)
            else:
                found = _shrunk(weights, means, counts, scored, pull, eta, floor)
    if found is None or not np.isfinite(found).all():
        raise UserError("The gaps are too large or too small to move the weights by. Give them in another unit.")
    return found


def _shrunk(
    weights: Floats,
    means: Floats,
    counts: NDArray[np.int64],
    scored: NDArray[np.bool_],
    pull: float,
    eta: float,
    floor: float,
) -> Floats:
    total = float(means[scored] @ counts[scored]) / int(counts[scored].sum())
    drawn = (counts[scored] * means[scored] + pull * total) / (counts[scored] + pull)
    spread = float(drawn.std())
    even = spread <= 1e-12 * float(np.abs(drawn).max())  # nothing but rounding
    z = np.zeros(len(drawn)) if even else (drawn - drawn.mean()) / spread
    found = weights.copy()
    after = weights[scored] * np.exp(eta * (z - z.max()))  # less the largest: only ratios count, and none overflows
    found[scored] = _floored(weights[scored], after, floor / len(weights))
    return found


def _literal(weights: Floats, means: Floats, scored: NDArray[np.bool_]) -> Floats:
    if (low := np.flatnonzero(scored & ~(means > 0))).size:
        raise UserError(
            f"The printed formula needs mean gaps above 0, and {len(low):,} of {int(scored.sum()):,} clusters with "
            f"scored rows have none; the first is cluster {low[0] + 1} with {means[low[0]]:.4g}. Give gaps above "
            "0, or begin again in the mode 'shrunk', which is ours: round 1 draws the same rows and takes the same "
            "feedback."
        )
    share = np.where(scored, means, means[scored].mean())
    found: Floats = weights * share / share.sum()
    found /= found.sum()
    return found


def _floored(before: Floats, after: Floats, least: float) -> Floats:
    """`after` with the sum of `before`, none below `least` where the sum allows it."""
    total = float(before.sum())
    if total <= least * len(after):
        return np.full(len(after), total / len(after))
    low = np.zeros(len(after), dtype=bool)
    while True:
        found = np.where(low, least, after * ((total - least * low.sum()) / after[~low].sum()))
        if not (below := (found < least) & ~low).any():
            return found
        low |= below
