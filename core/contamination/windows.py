"""Texts as numbers of words one after the other, and the windows of n words that lie inside one text."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Words = Sequence[str]
Ints = NDArray[np.int64]

_BASE = np.uint64(0x9E3779B97F4A7C15)


def one_after_the_other(rows: Sequence[Words], numbers: Mapping[str, int]) -> tuple[Ints, Ints]:
    """The words of all rows as their numbers, 0 for one that has none, and where each row starts, with the end."""
    starts = np.concatenate([[0], np.cumsum([len(words) for words in rows], dtype=np.int64)]).astype(np.int64)
    every = (numbers.get(word, 0) for words in rows for word in words)
    return np.fromiter(every, dtype=np.int64, count=int(starts[-1])), starts


def inside(starts: Ints, n: int) -> tuple[Ints, Ints]:
    """Where a window of n words stands that lies inside one row, and which row that is."""
    sizes = np.maximum(np.diff(starts) - n + 1, 0)
    homes = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    return starts[homes] + np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes), homes


def hashes_of(ids: Ints, n: int) -> NDArray[np.uint64]:
    """A 64-bit hash of the n words from each place on, (words - n + 1,)."""
    count = max(len(ids) - n + 1, 0)
    values = _mixed(ids)
    found = np.zeros(count, dtype=np.uint64)
    for step in range(n if count else 0):
        found = found * _BASE + values[step : step + count]
    return found


def _mixed(ids: Ints) -> NDArray[np.uint64]:
    """Numbers spread over 64 bits (the finaliser of splitmix64)."""
    found = ids.astype(np.uint64) * _BASE
    found = (found ^ (found >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint64] = found ^ (found >> np.uint64(31))
    return mixed
