"""Cutting texts into words and numbering them, compiled: what `tokens` does with arrays, in half of the time.

Importing this costs what numba costs, so `tokens` does so late.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import characters as char
from .word_borders import PADDING, Bytes, find_borders, flags
from .word_numbers import number

if TYPE_CHECKING:
    from pyarrow import LargeBinaryArray


class Vocabulary:
    """The different words met so far, and the numbers that they have as they first appear."""

    def __init__(self) -> None:
        self.kinds = 0
        self._slots = np.full(1 << 16, -1, dtype=np.int32)  # a word's number, where its key leads or in the next free
        self._keys = np.empty(0, dtype=np.uint64)
        self._offsets = np.zeros(1, dtype=np.uint64)
        self._letters = np.empty(8, dtype=np.uint8)  # the words, one after the other
        self._borders = np.empty(0, dtype=np.uint32)

    def cut(self, texts: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The numbers of the words of the texts in a row, and where each text ends among them."""
        parts = [text.encode() if text.isascii() else _lowered(text) for text in texts]
        content = np.frombuffer(b"\n".join([b"", *parts, b"\n" * PADDING]), dtype=np.uint8)
        if len(self._borders) < 2 * len(content):
            self._borders = np.empty(2 * len(content), dtype=np.uint32)
        borders = self._borders[: find_borders(content, flags(), char.table(), self._borders)]
        self._make_room(len(borders) // 2, len(content))
        ids = np.empty(len(borders) // 2, dtype=np.int32)
        self._slots, self.kinds = number(
            _eights(content), borders, self._slots, self._keys, self._offsets, _eights(self._letters),
            self.kinds, ids,
        )  # fmt: skip
        ends = np.cumsum(np.fromiter((len(part) + 1 for part in parts), dtype=np.int64, count=len(parts)))
        return ids, np.searchsorted(borders[::2], ends.astype(np.uint32))

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


def _longer(array: NDArray[Any], used: int, more: int) -> NDArray[Any]:
    if used + more <= len(array):
        return array
    longer = np.empty(2 * (used + more), dtype=array.dtype)
    longer[:used] = array[:used]
    return longer


def _lowered(text: str) -> bytes:
    """The text in UTF-8, lower-cased but for its ASCII letters, and with plain apostrophes."""
    content = text.encode("utf-8", "surrogatepass")
    wide = content.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    if wide.lower() == wide and "\u2019" not in wide:
        return content
    return text.lower().replace("\u2019", "'").encode("utf-8", "surrogatepass")


_ASCII = bytes(range(0x80))


def _eights(content: Bytes) -> NDArray[np.uint64]:
    """The eight bytes that begin at each byte, as one number; a view."""
    return np.ndarray((len(content) - 7,), dtype=np.uint64, buffer=content.data, strides=(1,))
