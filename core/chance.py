"""Whether a selector does better than chance: its runs beside those of random subsets."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

Chance = Literal["above", "within", "below"]

ROUNDING = 1e-9  # relative differences below this are rounding


def against_chance(values: Sequence[float], random: Sequence[float], better: str = "higher") -> Chance | None:
    """Where the runs of a selector stand beside the band of random subsets.

    above: every run is more diverse than every random subset. below: every run is less diverse than every one of them.
    within: anything else, one run inside the band included. None where either has no finite value.

    >>> against_chance([3.0, 3.1], [1.0, 2.0]), against_chance([3.0, 1.5], [1.0, 2.0])
    ('above', 'within')
    """
    sign = -1.0 if better == "lower" else 1.0
    runs = [sign * value for value in values if math.isfinite(value)]
    band = [sign * value for value in random if math.isfinite(value)]
    if not runs or not band:
        return None
    margin = ROUNDING * max(abs(value) for value in (*runs, *band))
    if min(runs) > max(band) + margin:
        return "above"
    if max(runs) < min(band) - margin:
        return "below"
    return "within"


def luck(runs: int, random: int) -> float:
    """The probability that as many runs of random choice stand above as many random subsets by luck alone.

    One of all equally likely orders of the two together has every run on top.

    >>> round(luck(1, 10), 4), round(luck(3, 10), 4)
    (0.0909, 0.0035)
    """
    return 1 / math.comb(runs + random, runs)


def overlap(first: Sequence[np.ndarray], second: Sequence[np.ndarray], rows: int, *, same: bool = False) -> float:
    """The share of rows that two choices have in common, as a mean over every run of one with every run of the other.

    Of sizes a and b with c rows in common it is 2 c / (a + b): c / a where both have the same size.

    Args:
        first, second: the chosen rows of each run, numbers from 0 to below `rows`.
        same: they are the runs of one selector, of which no run is laid beside itself; a single run gives 1.

    >>> overlap([np.array([0, 1, 2, 3])], [np.array([2, 3, 4, 5])], 6)
    0.5
    """
    if not first or not second:
        return math.nan
    if same and len(first) == 1:
        return 1.0
    shares = []
    inside = np.zeros(rows, dtype=bool)
    for number, run in enumerate(first):
        inside[run] = True
        for other in second[number + 1 :] if same else second:
            size = len(run) + len(other)
            shares.append(2 * int(inside[other].sum()) / size if size else 1.0)
        inside[run] = False
    return float(np.mean(shares))
