"""Whether two numbers of rows rise together: Spearman's correlation of their ranks."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

GOES_WITH_LENGTH = 0.7  # the rank correlation from which a score is said to be length


def rank_correlation(scores: NDArray[Any], lengths: NDArray[Any]) -> float:
    """Spearman's correlation over the rows that have both, (n,) each; NaN where one of them is all alike.

    >>> rank_correlation(np.array([1.0, 5.0, 2.0, np.nan]), np.array([10.0, 900.0, 20.0, 3.0]))
    1.0
    """
    from scipy.stats import rankdata

    both = np.isfinite(scores) & np.isfinite(lengths)
    if both.sum() < 3:
        return math.nan
    ranks = [rankdata(each[both]) for each in (scores, lengths)]
    if any(np.ptp(each) == 0 for each in ranks):
        return math.nan
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
