"""Numbers for words as they first appear, compiled: words are looked up by their bytes in a table.

A word of up to eight bytes is its own key; of longer ones key, length and bytes are compared.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from .compiled import compiled

uint64: Any = numba.uint64  # a call that numba knows how to compile, and mypy does not
_TOP = np.uint64(0xFF00000000000000)  # no byte of UTF-8 is 0xff: the keys of short words are below it
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)  # of the first bytes of eight


@compiled
def lower(eight: Any) -> Any:
    """Eight bytes with their ASCII letters lower-cased."""
    low = eight & uint64(0x7F7F7F7F7F7F7F7F)
    capital = (low + uint64(0x3F3F3F3F3F3F3F3F)) ^ (low + uint64(0x2525252525252525))  # from A on, and beyond Z
    return eight | ((capital & ~eight & uint64(0x8080808080808080)) >> uint64(2))


@compiled
def slot_of(key: Any, slots: int) -> Any:
    """Where that key is looked for first, of so many slots, a power of two."""
    return (((key ^ (key >> uint64(32))) * uint64(0x9E3779B97F4A7C15)) >> uint64(32)) & uint64(slots - 1)


@compiled
def number(
    eights: NDArray[np.uint64],
    borders: NDArray[np.uint32],
    slots: NDArray[np.int32],
    keys: NDArray[np.uint64],
    offsets: NDArray[np.uint64],
    letters: NDArray[np.uint64],
    kinds: int,
    ids: NDArray[np.int32],
) -> tuple[NDArray[np.int32], int]:
    """Fill `ids` with the number of each word between borders; returns the slots and the kinds from now on."""
    one, eight = uint64(1), uint64(8)  # unsigned throughout: a signed place is looked at twice
    for word in range(len(ids)):
        begin = uint64(borders[2 * word])
        length = uint64(borders[2 * word + 1]) - begin
        key = lower(eights[begin])
        if length <= eight:
            key &= _MASKS[length]
        else:
            done = eight
            while done < length:
                key = (key ^ (key >> uint64(29))) * uint64(0xFF51AFD7ED558CCD)
                key ^= lower(eights[begin + done]) & _MASKS[min(length - done, eight)]
                done += eight
            key = ((key ^ length) * uint64(0xFF51AFD7ED558CCD)) | _TOP
        slot = slot_of(key, len(slots))
        while slots[slot] >= 0:
            known = uint64(slots[slot])
            if keys[known] == key:
                if length <= eight:
                    break
                first = offsets[known]
                if offsets[known + one] - first == length:
                    done = uint64(0)
                    while done < length and not (
                        (lower(eights[begin + done]) ^ letters[first + done]) & _MASKS[min(length - done, eight)]
                    ):
                        done += eight
                    if done >= length:
                        break
            slot = (slot + one) & uint64(len(slots) - 1)
        if slots[slot] < 0:
            known = uint64(kinds)
            slots[slot], keys[known] = kinds, key
            first = offsets[known]
            offsets[known + one] = first + length
            for done in range(uint64(0), length, eight):
                letters[first + done] = lower(eights[begin + done])
            kinds += 1
            if 2 * kinds > len(slots):
                slots = np.full(4 * len(slots), np.int32(-1), dtype=np.int32)
                for other in range(kinds):
                    slot = slot_of(keys[other], len(slots))
                    while slots[slot] >= 0:
                        slot = (slot + one) & uint64(len(slots) - 1)
                    slots[slot] = other
        ids[word] = known
    return slots, kinds
