"""Texts as the bytes that are cut into words: in UTF-8, one after the other, a line between them.

All are lower-cased: ASCII letters where they are copied; of the others it is looked up whether there are any.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from .compiled import compiled
from .word_borders import PADDING, Bytes, Eights, code_at, eights_of

uint8: Any = numba.uint8  # calls that numba knows how to compile, and mypy does not
uint64: Any = numba.uint64
_BEYOND_ASCII = np.uint64(0x8080808080808080)  # the bits that only other characters have, of eight bytes
_LINE = 0x0A


def laid_out(texts: Sequence[str], content: Bytes, borders: NDArray[np.int64]) -> tuple[Bytes, NDArray[np.int64]]:
    """A line before each text and `PADDING` more in the end; and where the line after each text is.

    `content` and `borders` are the texts as `in_utf8` gives them.
    """
    changes = np.zeros(len(texts), dtype=np.bool_)
    find_changing(content, eights_of(content), borders, changing(), changes)
    lowered, lowered_borders = in_utf8([texts[number].lower() for number in np.flatnonzero(changes).tolist()])
    laid = np.empty(len(content) + len(lowered) + len(texts) + 1 + PADDING, dtype=np.uint8)
    ends = np.empty(len(texts), dtype=np.int64)
    size = lay(
        content, eights_of(content), borders, changes, lowered, eights_of(lowered), lowered_borders, laid,
        eights_of(laid), ends,
    )  # fmt: skip
    laid[size : size + 1 + PADDING] = _LINE
    return laid[: size + 1 + PADDING], ends


def in_utf8(texts: Sequence[str]) -> tuple[Bytes, NDArray[np.int64]]:
    """The texts one after the other, and where each begins and the last ends."""
    import pyarrow as pa

    try:
        found = pa.array(texts, pa.large_binary(), size=len(texts))
    except UnicodeEncodeError:  # half a pair of surrogates is no character, and is cut all the same
        encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
        found = pa.array(encoded, pa.large_binary(), size=len(texts))
    _, offsets, content = found.buffers()
    borders = np.frombuffer(offsets, dtype=np.int64, count=len(texts) + 1)
    return np.frombuffer(content or b"", dtype=np.uint8)[: borders[-1]], borders


@compiled
def lower(eight: Any) -> Any:
    """Eight bytes with their ASCII letters lower-cased."""
    low = eight & uint64(0x7F7F7F7F7F7F7F7F)
    capital = (low + uint64(0x3F3F3F3F3F3F3F3F)) ^ (low + uint64(0x2525252525252525))  # from A on, and beyond Z
    return eight | ((capital & ~eight & uint64(0x8080808080808080)) >> uint64(2))


@compiled
def ascii_until(content: Bytes, eights: Eights, begin: Any, end: Any) -> Any:
    """From `begin` on, a byte that is not ASCII or less than eight bytes before it, or else `end`."""
    place = begin
    while place + uint64(8) <= end:
        if eights[place] & _BEYOND_ASCII:
            return place
        place += uint64(8)
    while place < end and content[place] < 0x80:
        place += uint64(1)
    return place


@compiled
def find_changing(
    content: Bytes, eights: Eights, borders: NDArray[np.int64], table: NDArray[np.bool_], changes: NDArray[np.bool_]
) -> None:
    """Mark the texts that hold a character of the table."""
    for text in range(len(changes)):
        end = uint64(borders[text + 1])
        place = ascii_until(content, eights, uint64(borders[text]), end)
        while place < end:
            if content[place] < 0x80:
                place += uint64(1)
            else:
                code, size = code_at(content, place)
                place += uint64(size)
                if table[code]:
                    changes[text] = True
                    break


@compiled
def lay(
    content: Bytes,
    eights: Eights,
    borders: NDArray[np.int64],
    changes: NDArray[np.bool_],
    lowered: Bytes,
    lowered_eights: Eights,
    lowered_borders: NDArray[np.int64],
    laid: Bytes,
    laid_eights: Eights,
    ends: NDArray[np.int64],
) -> int:
    """Put the texts into `laid`, a line before each, those that are marked as they are lowered; where the last ends."""
    size, other = uint64(0), 0
    for text in range(len(ends)):
        laid[size] = _LINE
        size += uint64(1)
        if changes[text]:
            begin, end = uint64(lowered_borders[other]), uint64(lowered_borders[other + 1])
            size = _copy(lowered, lowered_eights, begin, end, laid, laid_eights, size)
            other += 1
        else:
            begin, end = uint64(borders[text]), uint64(borders[text + 1])
            size = _copy(content, eights, begin, end, laid, laid_eights, size)
        ends[text] = size
    return int(size)


@compiled
def _copy(content: Bytes, eights: Eights, place: Any, end: Any, laid: Bytes, laid_eights: Eights, size: Any) -> Any:
    """Copy a part of the content into `laid` from `size` on, lower-cased, plain apostrophes; where it ends."""
    one, eight = uint64(1), uint64(8)
    while place < end:
        if place + eight <= end and not eights[place] & _BEYOND_ASCII:
            laid_eights[size] = lower(eights[place])
            place += eight
            size += eight
            continue
        byte = content[place]
        if byte == 0xE2 and content[place + one] == 0x80 and content[place + uint64(2)] == 0x99:
            byte = uint8(0x27)
            place += uint64(2)
        elif uint8(byte - uint8(0x41)) < uint8(26):
            byte |= uint8(0x20)
        laid[size] = byte
        place += one
        size += one
    return size


@cache
def changing() -> NDArray[np.bool_]:
    """Which characters beyond ASCII have another in lower case, (0x110000,)."""
    found = np.zeros(0x110000, dtype=np.bool_)
    for start in range(0x80, len(found), 0x80):
        some = "".join(map(chr, range(start, start + 0x80)))
        if some.lower() != some:
            found[start : start + 0x80] = [character.lower() != character for character in some]
    return found
