"""About how long texts are, told by every so many of them: to look up the length of each is a wait for memory."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_ENOUGH = 4096  # texts of which the length of each is looked up


def about_how_long(texts: Sequence[str]) -> NDArray[np.int64]:
    """Characters of each text, (n,); of many texts those of one among as many neighbours, drawn with a fixed seed.

    It is drawn, as texts may be long and short by turns: every second of them would be all long or all short.

    >>> about_how_long(["ab", "", "c"]).tolist()
    [2, 0, 1]
    """
    step = max(1, -(-len(texts) // _ENOUGH))
    starts = np.arange(0, len(texts), step)
    within = np.minimum(step, len(texts) - starts)
    looked_at = (starts + np.random.default_rng(0).integers(0, within)).tolist() if step > 1 else range(len(texts))
    found = np.fromiter((len(texts[place]) for place in looked_at), dtype=np.int64, count=len(starts))
    return np.repeat(found, step)[: len(texts)]
