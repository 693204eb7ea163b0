"""Where the gains of a selection stop falling fast: their knee, how far it can be trusted, and what that means.

Only of gains that fall and bend: those of selectors that gather a sum or keep a distance do, others go up and down.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .advice import knee
from .blocks import Floats, Indices

_FEWEST = 20  # gains below which nothing is said
_FALLS = -0.9  # the rank correlation of gain and order from which gains count as falling
_BENDS = 0.1  # how far below the line between its ends a curve lies at least that has a knee, of its fall
_LESS = 0.2  # by which share a row beyond the knee brings less on average, at least
_PARTS = 10


@dataclass(frozen=True)
class GainKnee:
    """The number of rows at which gains bend, and the range that it has when any tenth of the picks is left out."""

    rows: int
    low: int
    high: int
    before: float  # mean gain of the rows up to it
    after: float  # and of those beyond it

    def in_words(self) -> str:
        return (
            f"Gains fall fast up to {self.rows:,} rows ({self.low:,} to {self.high:,}) and slowly beyond: a row "
            f"brought {self.before:.3g} on average before, and {self.after:.3g} after."
        )


def gain_knee(gains: Floats) -> GainKnee | None:
    """The knee of gains in order of choice, (k,), after Satopaa et al. 2011; None where they have none that stands.

    Gains that are not finite, those of first rows, are left out. Ups and downs are evened out (isotonic regression). A
    knee stands if it moves by no more than half of the picks when any tenth of them is left out, and matters if rows
    beyond it bring a fifth less on average or still less.
    """
    from scipy.stats import spearmanr

    finite = np.isfinite(gains)
    sizes = np.flatnonzero(finite).astype(np.int64) + 1
    values = np.asarray(gains, dtype=np.float64)[finite]
    if len(values) < _FEWEST or np.ptp(values) == 0 or spearmanr(sizes, values).statistic > _FALLS:
        return None
    rows, bend = _bend(sizes, values)
    if bend < _BENDS:
        return None
    parts = np.array_split(np.arange(len(sizes)), _PARTS)
    others = [_bend(np.delete(sizes, part), np.delete(values, part))[0] for part in parts]
    low, high = min(rows, *others), max(rows, *others)
    if high - low > len(sizes) / 2 or rows >= sizes[-1]:
        return None
    early = sizes <= rows
    before, after = float(values[early].mean()), float(values[~early].mean())
    if before - after < _LESS * abs(before):
        return None
    return GainKnee(rows, low, high, before, after)


def _bend(sizes: Indices, values: NDArray[np.float64]) -> tuple[int, float]:
    """The knee of the evened-out curve, and how far it is there below the line between its ends, of its fall."""
    from sklearn.isotonic import IsotonicRegression

    even = IsotonicRegression(increasing=False).fit_transform(sizes, values)
    at = knee(sizes, -even)
    place = int(np.searchsorted(sizes, at))
    fall = float(even[0] - even[-1])
    if fall <= 0:
        return at, 0.0
    line = even[0] - fall * (at - sizes[0]) / (sizes[-1] - sizes[0])
    return at, float(line - even[place]) / fall
