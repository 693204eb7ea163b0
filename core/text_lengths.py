"""About how long texts are, told by every so many of them: to look up the length of each is a wait for memory."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_ENOUGH = 4096  # texts of which the length of each is looked up


def about_how_long(texts: Sequence[str]) -> NDArray[np.int64]:
    """Characters of each text, (n,); of many texts those of the nearest one looked at, before it or at its place.

    >>> about_how_long(["ab", "", "c"]).tolist()
    [2, 0, 1]
    """
    step = max(1, -(-len(texts) // _ENOUGH))
    looked_at = texts[::step]
    found = np.fromiter(map(len, looked_at), dtype=np.int64, count=len(looked_at))
    return np.repeat(found, step)[: len(texts)]
