"""How far the mean of repeated random draws may be off."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def interval_of_draws(values: NDArray[np.float64], what: str) -> dict[str, Any]:
    """`interval` and `interval_kind` of the mean of those values: where it would be with draws without end (Student).

    >>> ends = interval_of_draws(np.array([4.0, 6.0]), "draws")["interval"]  # sd 1.414, and t of one degree is 12.7
    >>> [round(end, 6) for end in ends]
    [-7.706205, 17.706205]

    Nothing where there is one value only.
    """
    from scipy.stats import t

    if len(values) < 2:
        return {}
    mean = float(values.mean())
    half = float(t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    kind = f"95 %: where the mean of draws without end would fall; {len(values):,} {what} of the words that were read"
    return {"interval": (mean - half, mean + half), "interval_kind": kind}
