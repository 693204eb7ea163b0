"""Where the tokens of texts are, compiled and on all cores, with only those numbered that are asked for.

To look up every token in a table of words is half of what cutting costs; a few hundred thousand draws need few of them.
Importing this costs what numba costs, so `token_draws` does so late.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from . import characters as char
from .compiled import compiled
from .cutting import WINDOW, Ends, parts_of
from .parallel import by_chunks
from .text_bytes import in_utf8, laid_out
from .text_keys import FIRST, SECOND, STEP
from .word_borders import PADDING, Bytes, Eights, eights_of, find_borders, flags

_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)  # of the first bytes of eight
uint64: Any = numba.uint64  # a call that numba knows how to compile, and mypy does not


@dataclass(frozen=True, eq=False)
class Places:
    """Tokens of n texts in order, by where they are in some pieces of content."""

    pieces: list[tuple[Bytes, NDArray[np.uint32]]]  # content, and where words begin and end in it, by turns
    lengths: NDArray[np.int64]  # (n,) tokens of each text
    keys: NDArray[np.uint64]  # (n,) `text_keys`

    def numbered(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of the tokens at those ascending places among all: equal for equal tokens, below 2^48.

        They are mixes of the tokens' bytes: of two different tokens equal about once in 2^48 pairs.
        """
        ends = np.cumsum([len(borders) // 2 for _, borders in self.pieces])
        bounds = [0, *np.searchsorted(places, ends).tolist()]
        found = np.empty(len(places), dtype=np.int64)

        def number(piece: int) -> None:
            content, borders = self.pieces[piece]
            here = slice(bounds[piece], bounds[piece + 1])
            _number(eights_of(content), borders, places[here], ends[piece] - len(borders) // 2, found[here])

        with ThreadPoolExecutor(parts_of(self.pieces)) as pool:  # each waits for memory, and not for the others
            list(pool.map(number, range(len(self.pieces))))
        return found


def places_of(chunks: Sequence[Sequence[str]], report: Callable[[int], None]) -> Places:
    """`report` is given the number of texts that are looked at, and may raise to cancel."""
    found = [one for part in by_chunks(chunks, [_borders] * parts_of(chunks), report) for one in part]
    lengths = [np.diff(stops, prepend=0) for _, _, stops, _ in found]
    return Places(
        [(content, borders) for content, borders, _, _ in found],
        np.concatenate([np.empty(0, dtype=np.int64), *lengths]),
        np.concatenate([np.empty(0, dtype=np.uint64), *(keys for *_, keys in found)]),
    )


def keys_of(chunks: Sequence[Sequence[str]], report: Callable[[int], None]) -> NDArray[np.uint64]:
    """The `text_keys` of all texts, (n,)."""
    found = by_chunks(chunks, [lambda texts: _keys(*in_utf8(texts))] * parts_of(chunks), report)
    return np.concatenate([np.empty(0, dtype=np.uint64), *(keys for part in found for keys in part)])


def _borders(texts: Sequence[str]) -> tuple[Bytes, NDArray[np.uint32], Ends, NDArray[np.uint64]]:
    """The content, where its words begin and end, how many words there are until each text's end, and its key."""
    utf8, starts = in_utf8(texts)
    content, ends = laid_out(texts, utf8, starts)
    kinds, marks = np.empty((2, WINDOW + 64), dtype=np.uint8)
    borders = np.empty(len(content) + WINDOW, dtype=np.uint32)  # one for each byte at most; untouched memory is free
    stops = np.empty(len(ends), dtype=np.int64)
    found = _find(content, ends, flags(), char.table(), kinds, marks, eights_of(marks), borders, stops, WINDOW)
    return content, borders[:found].copy(), stops, _keys(utf8, starts)


def _keys(content: Bytes, starts: Ends) -> NDArray[np.uint64]:
    found = np.empty(len(starts) - 1, dtype=np.uint64)
    _find_keys(content, eights_of(content), starts, found)
    return found


@compiled
def _find(
    content: Bytes,
    ends: Ends,
    flags: Bytes,
    classes: Bytes,
    kinds: Bytes,
    marks: Bytes,
    mark_eights: Eights,
    borders: NDArray[np.uint32],
    stops: Ends,
    window: int,
) -> int:
    """Fill `borders`, and `stops` with how many words there are until each text's end; returns how many borders."""
    last = len(content) - PADDING + 1
    state = (1, np.uint8(0), np.uint8(0))
    found = text = 0
    while state[0] < last:
        stop = min(state[0] + window, last)
        state, found = find_borders(content, state, stop, flags, classes, kinds, marks, mark_eights, borders, found)
    for word in range(found // 2):
        while text < len(ends) and ends[text] <= borders[2 * word]:
            stops[text] = word
            text += 1
    stops[text:] = found // 2
    return found


@compiled
def _find_keys(content: Bytes, eights: Eights, starts: Ends, keys: NDArray[np.uint64]) -> None:
    for text in range(len(keys)):
        place, end = uint64(starts[text]), uint64(starts[text + 1])
        key, step = _mixed(end - place), uint64(STEP)
        while place + uint64(8) <= end:
            key += _mixed(eights[place] + step)
            step += uint64(STEP)
            place += uint64(8)
        rest, shift = uint64(0), uint64(0)
        while place < end:
            rest |= uint64(content[place]) << shift
            shift += uint64(8)
            place += uint64(1)
        keys[text] = key + _mixed(rest + step)


@compiled
def _number(
    eights: Eights, borders: NDArray[np.uint32], places: NDArray[np.int64], first: int, found: NDArray[np.int64]
) -> None:
    for number in range(len(found)):
        word = 2 * (places[number] - first)
        place, end = uint64(borders[word]), uint64(borders[word + 1])
        key = end - place
        while place < end:
            key = _mixed(key ^ (eights[place] & _MASKS[min(end - place, uint64(8))]))
            place += uint64(8)
        found[number] = key >> uint64(16)


@compiled
def _mixed(eight: Any) -> Any:
    first = (eight ^ (eight >> uint64(32))) * uint64(FIRST)
    return (first ^ (first >> uint64(29))) * uint64(SECOND)
