"""A number for each text by its content alone, so that texts have an order that their rows know nothing of.

The numbers are a mix of the text's length and of its bytes, eight at a time, each eight mixed with where it stands. Two
different texts share a number about once in 2^64 pairs.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

FIRST, SECOND, STEP = 0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53, 0x9E3779B97F4A7C15  # odd, half of their bits set
_AT_ONCE = 1 << 20  # bytes, about: their arrays stay in the processor's cache


def text_keys(texts: Sequence[str]) -> NDArray[np.uint64]:
    """The key of each text, (n,); `token_places` has the same in compiled form."""
    return np.concatenate([np.empty(0, dtype=np.uint64), *map(_keys, _in_utf8(texts))])


def _in_utf8(texts: Sequence[str]) -> Iterator[list[bytes]]:
    some: list[bytes] = []
    size = 0
    for text in texts:
        some.append(text.encode("utf-8", "surrogatepass"))
        size += len(some[-1])
        if size >= _AT_ONCE:
            yield some
            some, size = [], 0
    if some:
        yield some


def _keys(contents: Sequence[bytes]) -> NDArray[np.uint64]:
    lengths = np.fromiter(map(len, contents), dtype=np.uint64, count=len(contents))
    sizes = (lengths // 8).astype(np.int64) + 1  # each has one to eight zeros in the end
    starts = np.cumsum(sizes) - sizes
    padded = b"".join(text.ljust(8 * size, b"\0") for text, size in zip(contents, sizes.tolist(), strict=True))
    place = np.arange(sizes.sum()) - np.repeat(starts, sizes)
    eights = np.frombuffer(padded, dtype="<u8") + (place + 1).astype(np.uint64) * np.uint64(STEP)
    return _mixed(lengths) + np.add.reduceat(_mixed(eights), starts)


def _mixed(eights: NDArray[np.uint64]) -> NDArray[np.uint64]:
    first = (eights ^ (eights >> np.uint64(32))) * np.uint64(FIRST)
    return (first ^ (first >> np.uint64(29))) * np.uint64(SECOND)
