"""Numbers for words as they first appear, compiled: words are looked up by their bytes in a table.

A word of up to sixteen bytes is its own key, in two halves; of longer ones key, length and bytes are compared. Keys
stand in the order of numbers, so that those of frequent words, which appear early, are close together; beside a key is
how often the word was met.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from .compiled import compiled

uint64: Any = numba.uint64  # a call that numba knows how to compile, and mypy does not
SHORT = 16  # bytes of words that are their own keys
_TOP = np.uint64(0xFF00000000000000)  # no byte of UTF-8 is 0xff: the keys of short words are below it
_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)  # of the first bytes of eight
_LOW = _MASKS[np.minimum(np.arange(SHORT + 1), 8)]  # by the length of a word: what of its first eight bytes is its own
_HIGH = _MASKS[np.maximum(np.arange(SHORT + 1) - 8, 0)]  # and of its second eight
_AT_ONCE = 512  # words whose keys are made before they are looked up


@compiled
def mixed(key: Any) -> Any:
    return (key ^ (key >> uint64(29))) * uint64(0xFF51AFD7ED558CCD)


@compiled
def slot_of(low: Any, high: Any, slots: int) -> Any:
    """Where that key is looked for first, of so many rows, a power of two."""
    key = low ^ (high * uint64(0xFF51AFD7ED558CCD))
    return (((key ^ (key >> uint64(32))) * uint64(0x9E3779B97F4A7C15)) >> uint64(32)) & uint64(slots - 1)


@compiled
def more_slots(slots: NDArray[np.int32], keys: NDArray[np.uint64], kinds: int) -> NDArray[np.int32]:
    more = np.full(2 * len(slots), np.int32(-1), dtype=np.int32)
    for known in range(kinds):
        slot = slot_of(keys[known, 0], keys[known, 1], len(more))
        while more[slot] >= 0:
            slot = (slot + uint64(1)) & uint64(len(more) - 1)
        more[slot] = known
    return more


@compiled
def same_letters(eights: NDArray[np.uint64], begin: Any, length: Any, letters: NDArray[np.uint64], first: Any) -> bool:
    done = uint64(0)
    while done < length:
        if (eights[begin + done] ^ letters[first + done]) & _MASKS[min(length - done, uint64(8))]:
            return False
        done += uint64(8)
    return True


@compiled
def number(
    eights: NDArray[np.uint64],
    borders: NDArray[np.uint32],
    words: int,
    slots: NDArray[np.int32],
    keys: NDArray[np.uint64],
    offsets: NDArray[np.uint64],
    letters: NDArray[np.uint64],
    kinds: int,
    ids: NDArray[np.int32],
) -> tuple[NDArray[np.int32], int]:
    """Fill `ids` with the number of each word between borders; returns the slots and the kinds from now on."""
    one, eight, short = uint64(1), uint64(8), uint64(SHORT)  # unsigned throughout: a signed place is looked at twice
    lows, highs = np.empty(_AT_ONCE, dtype=np.uint64), np.empty(_AT_ONCE, dtype=np.uint64)
    for start in range(0, words, _AT_ONCE):  # keys first: then many lookups wait for memory at the same time
        some = min(_AT_ONCE, words - start)
        if 2 * (kinds + some) > len(slots):
            slots = more_slots(slots, keys, kinds)
        for place in range(some):
            begin = uint64(borders[2 * (start + place)])
            length = uint64(borders[2 * (start + place) + 1]) - begin
            low, high = eights[begin], eights[begin + eight]
            if length <= short:
                low &= _LOW[length]
                high &= _HIGH[length]
            else:
                done = eight
                while done < length:
                    low = mixed(low) ^ (eights[begin + done] & _MASKS[min(length - done, eight)])
                    done += eight
                low, high = mixed(low) | _TOP, length
            lows[place], highs[place] = low, high
        for place in range(some):
            low, high = lows[place], highs[place]
            slot = slot_of(low, high, len(slots))
            while slots[slot] >= 0:
                known = uint64(slots[slot])
                if keys[known, 0] == low and keys[known, 1] == high:
                    if low < _TOP:
                        break
                    begin = uint64(borders[2 * (start + place)])
                    if same_letters(eights, begin, high, letters, offsets[known]):
                        break
                slot = (slot + one) & uint64(len(slots) - 1)
            if slots[slot] < 0:
                known = uint64(kinds)
                slots[slot], keys[known, 0], keys[known, 1], keys[known, 2] = kinds, low, high, uint64(0)
                begin = uint64(borders[2 * (start + place)])
                length = uint64(borders[2 * (start + place) + 1]) - begin
                first = offsets[known]
                offsets[known + one] = first + length
                for done in range(uint64(0), length, eight):
                    letters[first + done] = eights[begin + done]
                kinds += 1
            keys[known, 2] += one
            ids[start + place] = known
    return slots, kinds
