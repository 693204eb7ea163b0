"""Whether two numbers of rows rise together: Spearman's correlation of their ranks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

GOES_WITH_LENGTH = 0.7  # the rank correlation from which a score is said to be length


def rank_correlation(left: NDArray[Any], right: NDArray[Any]) -> float | None:
    """Spearman's correlation over the rows that have both, (n,) each; None of fewer than 3, or where one is constant.

    >>> rank_correlation(np.array([1.0, 5.0, 2.0, np.nan]), np.array([10.0, 900.0, 20.0, 3.0]))
    1.0
    """
    from scipy.stats import rankdata

    both = np.isfinite(left) & np.isfinite(right)
    if both.sum() < 3:
        return None
    ranks = [rankdata(each[both]) for each in (left, right)]
    if any(np.ptp(each) == 0 for each in ranks):
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
