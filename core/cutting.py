"""Cutting texts into words and numbering them, compiled and on all cores: what `tokens` does with arrays, much faster.

Importing this costs what numba costs, so `tokens` does so late.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import characters as char
from .compiled import compiled
from .parallel import by_chunks, cores
from .text_bytes import in_utf8, laid_out
from .word_borders import PADDING, Bytes, eights_of, find_borders, flags
from .word_numbers import number

if TYPE_CHECKING:
    from pyarrow import LargeBinaryArray

WINDOW = 1 << 14  # bytes whose borders are found before their words are looked up: both stay in the fastest cache
_MOST = 8  # parts: the words of all are put together in the end
Numbers = NDArray[np.int32]
Ends = NDArray[np.int64]


class Vocabulary:
    """The different words met so far, and the numbers that they have as they first appear."""

    def __init__(self) -> None:
        self.kinds = 0
        self._slots = np.full(1 << 16, -1, dtype=np.int32)  # a word's number, where its key leads or in the next free
        self._keys = np.empty((0, 4), dtype=np.uint64)  # two halves of a key, how often it was met, and nothing
        self._offsets = np.zeros(1, dtype=np.uint64)
        self._letters = np.empty(8, dtype=np.uint8)  # the words, one after the other
        self._borders = np.empty(2 * WINDOW + 64, dtype=np.uint32)
        self._kinds, self._marks = np.empty((2, WINDOW + 64), dtype=np.uint8)

    def cut(self, texts: Sequence[str]) -> tuple[Numbers, Ends]:
        """The numbers of the words of the texts in a row, and where each text ends among them."""
        content, ends = laid_out(texts, *in_utf8(texts))
        self._make_room(0, len(content))  # for words it is made as they come
        ids, stops = np.empty(len(content), dtype=np.int32), np.empty(len(ends), dtype=np.int64)
        words, self._slots, self._keys, self._offsets, self.kinds = _cut(
            content, eights_of(content), ends, flags(), char.table(), self._kinds, self._marks,
            eights_of(self._marks), self._borders, self._slots, self._keys, self._offsets, eights_of(self._letters),
            self.kinds, ids, stops, WINDOW,
        )  # fmt: skip
        return ids[:words].copy(), stops

    def number(self, content: Bytes, borders: NDArray[np.uint32]) -> Numbers:
        """The numbers of words that begin and end in the content at those borders, by turns."""
        words = len(borders) // 2
        self._make_room(words, int(borders[1::2].sum(dtype=np.int64) - borders[::2].sum(dtype=np.int64)))
        ids = np.empty(words, dtype=np.int32)
        self._slots, self.kinds = number(
            eights_of(content), borders, words, self._slots, self._keys, self._offsets,
            eights_of(self._letters), self.kinds, ids,
        )  # fmt: skip
        return ids

    def add(self, other: "Vocabulary") -> Numbers:
        """The numbers here of all words of another, which come after all that are here where they are not."""
        size = int(other._offsets[other.kinds])
        borders = np.repeat(other._offsets[: other.kinds + 1].astype(np.uint32), 2)[1:-1]
        content = np.concatenate([other._letters[:size], np.zeros(PADDING, np.uint8)])
        before = self.counts
        ids = self.number(content, borders)
        counts = self._keys[: self.kinds, 2]
        counts[: len(before)], counts[len(before) :] = before, 0
        counts[ids] += other._keys[: other.kinds, 2]  # no two of its words are the same
        return ids

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each word was met, (kinds,)."""
        return self._keys[: self.kinds, 2].astype(np.int64)

    def words(self) -> "LargeBinaryArray":
        """The words by their numbers, in UTF-8."""
        import pyarrow as pa

        offsets = self._offsets[: self.kinds + 1].astype(np.int64)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self._letters[: offsets[-1]].tobytes())]
        return pa.Array.from_buffers(pa.large_binary(), self.kinds, buffers)

    def _make_room(self, words: int, size: int) -> None:
        """For so many more words of so many bytes in all, were they all new."""
        self._keys = _longer(self._keys, self.kinds, words)
        self._offsets = _longer(self._offsets, self.kinds + 1, words)
        self._letters = _longer(self._letters, int(self._offsets[self.kinds]), size + 8)


def cut_all(chunks: Sequence[Sequence[str]], report: Callable[[int], None]) -> tuple[Numbers, Ends, Vocabulary]:
    """The numbers of the words of all texts, where each text ends, and the words with how often each occurs.

    The chunks are cut in as many parts as there are cores, each with a vocabulary of its own, in which words have
    their numbers as they first appear; that is the order, too, in which those of one part after the other are put
    together. `report` is given the number of texts that are cut, and may raise to cancel.
    """
    vocabularies = [Vocabulary() for _ in range(parts_of(chunks))]
    parts = by_chunks(chunks, [vocabulary.cut for vocabulary in vocabularies], report)
    return _together(vocabularies, parts)


def parts_of(chunks: Sequence[Any]) -> int:
    """In how many parts they are cut."""
    return max(1, min(cores(), _MOST, len(chunks)))


def _together(
    vocabularies: Sequence[Vocabulary], parts: Sequence[Sequence[tuple[Numbers, Ends]]]
) -> tuple[Numbers, Ends, Vocabulary]:
    same = [None, *(vocabularies[0].add(vocabulary) for vocabulary in vocabularies[1:])]
    pieces = [(of, numbers, stops) for of, part in zip(same, parts, strict=True) for numbers, stops in part]
    starts = np.cumsum([0, *(len(numbers) for _, numbers, _ in pieces)])
    ids = np.empty(starts[-1], dtype=np.int32)

    def fill(piece: int) -> None:
        of, numbers, _ = pieces[piece]
        here = ids[starts[piece] : starts[piece + 1]]
        if of is None:
            here[:] = numbers
        else:
            np.take(of, numbers, out=here, mode="clip")  # as with "raise", which makes a copy

    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(fill, range(len(pieces))))
    ends = [start + stops for start, (_, _, stops) in zip(starts, pieces, strict=False)]
    return ids, np.concatenate([np.empty(0, dtype=np.int64), *ends]), vocabularies[0]


@compiled
def _cut(
    content: Bytes,
    eights: NDArray[np.uint64],
    ends: Ends,
    flags: Bytes,
    classes: Bytes,
    byte_kinds: Bytes,
    marks: Bytes,
    mark_eights: NDArray[np.uint64],
    borders: NDArray[np.uint32],
    slots: NDArray[np.int32],
    keys: NDArray[np.uint64],
    offsets: NDArray[np.uint64],
    letters: NDArray[np.uint64],
    kinds: int,
    ids: Numbers,
    stops: Ends,
    window: int,
) -> tuple[int, NDArray[np.int32], NDArray[np.uint64], NDArray[np.uint64], int]:
    """Fill `ids` with the numbers of all words and `stops` with where texts end.

    Returns:
        The words, and what may have grown: slots, keys, offsets and kinds.
    """
    last = len(content) - PADDING + 1
    state = (1, np.uint8(0), np.uint8(0))
    found = words = text = 0
    while state[0] < last:
        stop = min(state[0] + window, last)
        state, found = find_borders(
            content, state, stop, flags, classes, byte_kinds, marks, mark_eights, borders, found
        )
        if kinds + found // 2 >= min(len(keys), len(offsets)):
            more = 2 * (kinds + found // 2) + 1
            longer_keys, longer_offsets = np.empty((more, 4), dtype=np.uint64), np.empty(more, dtype=np.uint64)
            longer_keys[:kinds], longer_offsets[: kinds + 1] = keys[:kinds], offsets[: kinds + 1]
            keys, offsets = longer_keys, longer_offsets
        slots, kinds = number(eights, borders, found // 2, slots, keys, offsets, letters, kinds, ids[words:])
        for word in range(found // 2):
            while text < len(ends) and ends[text] <= borders[2 * word]:
                stops[text] = words + word
                text += 1
        words += found // 2
        borders[0] = borders[found - 1]  # of a word that goes on
        found &= 1
    stops[text:] = words
    return words, slots, keys, offsets, kinds


def _longer(array: NDArray[Any], used: int, more: int) -> NDArray[Any]:
    if used + more <= len(array):
        return array
    longer = np.empty((2 * (used + more), *array.shape[1:]), dtype=array.dtype)
    longer[:used] = array[:used]
    return longer
