"""The stretches of MTLD, counted by numba: the loop over words in order that Python takes thirty times as long for."""

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled


@compiled
def count_stretches(
    ids: NDArray[np.int32], threshold: float, last: NDArray[np.int32], stretch: int, kinds: int, tokens: int
) -> tuple[int, int, int]:
    """Read on: the number of the stretch that is being read after those words, its kinds and its tokens so far.

    Args:
        last: (all kinds,) the stretch in which each kind was last met, counted from 1; written to.
    """
    for kind in ids:
        tokens += 1
        if last[kind] != stretch:
            last[kind] = stretch
            kinds += 1
        if kinds / tokens <= threshold:
            stretch, kinds, tokens = stretch + 1, 0, 0
    return stretch, kinds, tokens
