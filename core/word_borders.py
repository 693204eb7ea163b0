"""Where words begin and end in texts, compiled: the borders that `tokens` finds with arrays, in one pass.

What each byte is, is found for many of them in one step. Where that and its neighbours settle it, borders are read off
eight bytes at a time; where there are other than ASCII characters or operators, a byte at a time.
"""

from functools import cache
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from . import characters as char
from .compiled import compiled

Bytes = NDArray[np.uint8]
Eights = NDArray[np.uint64]  # the eight bytes that begin at each byte, as one number
State = tuple[Any, Any, Any]  # the next byte to look at; whether the one before is in a word; whether it is a digit
uint8: Any = numba.uint8  # calls that numba knows how to compile, and mypy does not
uint64: Any = numba.uint64
PADDING = 17  # lines after the last text: sixteen bytes are read at a time

# What an ASCII byte is to the quick way through a text; SLOW is whatever cannot be told by the byte after it.
_WORD, _DIGIT, _LETTER, _POINT, _APOSTROPHE, _SLOW = (np.uint8(bit) for bit in (1, 2, 8, 16, 32, 64))
_FLAGS = {
    char.LETTER: _WORD | _LETTER,
    char.DIGIT: _WORD | _DIGIT,
    char.UNDERSCORE: _WORD,
    char.OTHER: np.uint8(0),
    char.APOSTROPHE: _APOSTROPHE,
    char.POINT: _POINT,
}
_SHIFT_OF_DIGIT, _SHIFT_OF_LETTER, _SHIFT_OF_POINT, _SHIFT_OF_APOSTROPHE = 1, 3, 4, 5
_TOPS = np.uint64(0x8080808080808080)
_BITS = (np.arange(256)[:, None] >> np.arange(8)) & 1
_COUNTS = _BITS.sum(axis=1).astype(np.uint8)  # how many bits each byte has, and which, one in each of eight bytes
_SET_BITS = np.array(
    [sum(bit << (8 * k) for k, bit in enumerate(np.flatnonzero(bits).tolist())) for bits in _BITS], dtype=np.uint64
)


@cache
def flags() -> Bytes:
    """What each byte is to `find_borders`, (256,)."""
    found = np.full(256, _SLOW, dtype=np.uint8)
    found[:128] = [_FLAGS.get(int(which), _SLOW) for which in char.table()[:128]]
    return found


def eights_of(content: Bytes) -> Eights:
    """The eight bytes that begin at each byte, as one number; a view, empty of fewer than eight bytes."""
    size = max(0, len(content) - 7)
    return np.ndarray((size,), dtype=np.uint64, buffer=content.data if size else None, strides=(1,))


@compiled
def code_at(content: Bytes, place: int) -> tuple[Any, int]:
    """The code of the character that begins at that byte, and how many bytes it has."""
    lead: Any = np.int64(content[place])
    if lead < 0x80:
        return lead, 1
    code, size = lead & 0x1F, 2
    if lead >= 0xF0:
        code, size = lead & 0x07, 4
    elif lead >= 0xE0:
        code, size = lead & 0x0F, 3
    for more in range(1, size):
        code = (code << 6) | np.int64(content[place + more] & 0x3F)
    return code, size


@compiled
def class_at(content: Bytes, place: int, table: Bytes) -> tuple[int, int]:
    """The class of the character that begins at that byte, and how many bytes it has."""
    code, size = code_at(content, place)
    return table[code], size


@compiled
def _kinds(content: Bytes, kinds: Bytes) -> None:
    """What each byte is, a bit each: a letter, a digit, a point or comma, an apostrophe, a hyphen, ! or :, or slow.

    Many are looked at in one step. Every number is made one of eight bits, as the compiler would look at fewer of wider
    ones in a step.
    """
    for i in range(len(kinds)):
        byte = content[i]
        folded = byte | uint8(0x20)
        letter = uint8(uint8(folded - uint8(0x61)) < uint8(26))
        digit = uint8(uint8(byte - uint8(0x30)) < uint8(10))
        point = uint8(uint8(byte | uint8(0x02)) == uint8(0x2E))
        apostrophe = uint8(byte == uint8(0x27))
        hyphen = uint8(byte == uint8(0x2D))
        bang = uint8(byte == uint8(0x21)) | uint8(byte == uint8(0x3A))
        slow = uint8(folded >= uint8(0x7B))  # what is not ASCII, and {|}~ with [\]^_
        slow |= uint8(uint8(byte - uint8(0x25)) < uint8(2)) | uint8(uint8(byte - uint8(0x3B)) < uint8(4))
        slow |= uint8(uint8(byte - uint8(0x2A)) < uint8(6)) & uint8((point | hyphen) ^ uint8(1))
        kinds[i] = letter | (digit << uint8(1)) | (point << uint8(2)) | (apostrophe << uint8(3))
        kinds[i] |= (hyphen << uint8(4)) | (bang << uint8(5)) | (slow << uint8(7))


@compiled
def _marks(before: Bytes, kinds: Bytes, after: Bytes, marks: Bytes) -> None:
    """Whether each byte is in a word, by its kind and those of its neighbours; the top bit where it takes more.

    A hyphen between letters is in no word, nor is a ! or : that no other sign may stand beside.
    """
    for i in range(len(marks)):
        left, kind, right = before[i], kinds[i], after[i]
        either = left | right
        joins = (kind >> uint8(3)) & right & (left | (left >> uint8(1)))
        joins |= (kind >> uint8(2)) & (left >> uint8(1)) & (right >> uint8(1))
        unclear = ((kind << uint8(4)) | (kind << uint8(5))) & either  # a point or apostrophe beside what is slow
        unclear |= (kind << uint8(3)) & ~((left & right) << uint8(7))  # a hyphen that is not between letters
        unclear |= (kind << uint8(2)) & (either | (either << uint8(2)) | (either << uint8(3)))  # ! or : beside a sign
        marks[i] = ((kind | (kind >> uint8(1)) | joins) & uint8(1)) | ((kind | unclear) & uint8(0x80))


@compiled
def find_borders(
    content: Bytes,
    state: State,
    stop: int,
    flags: Bytes,
    table: Bytes,
    kinds: Bytes,
    marks: Bytes,
    eights: Eights,
    borders: NDArray[np.uint32],
    found: int,
) -> tuple[State, int]:
    """Add to the `found` borders where each word begins and ends, by turns, up to `stop` or a little beyond it.

    The content begins with a line and ends with `PADDING` of them. `kinds` and `marks` have room for ten bytes more
    than are looked at, and `eights` are those of `marks`.
    """
    place, inside, digit = state
    first = place
    size = stop - first + 8
    _kinds(content[first - 1 : stop + 9], kinds[: size + 2])
    _marks(kinds[:size], kinds[1 : size + 1], kinds[2 : size + 2], marks[:size])
    while place < stop:
        eight = eights[place - first]
        if eight & _TOPS:
            (place, inside, digit), found = by_bytes(
                content, (place, inside, digit), place + 8, flags, table, borders, found
            )
            continue
        edges = eight ^ ((eight << uint64(8)) | uint64(inside))
        which = (edges * uint64(0x0102040810204080)) >> uint64(56)  # a bit for each byte
        places = _SET_BITS[which]
        for k in range(8):  # written without looking whether there are as many
            borders[found + k] = place + int((places >> uint64(8 * k)) & uint64(0xFF))
        found += int(_COUNTS[which])
        inside, digit = uint8(eight >> uint64(56)), uint8(uint8(content[place + 7] - uint8(0x30)) < uint8(10))
        place += 8
    return (place, inside, digit), found


@compiled
def by_bytes(
    content: Bytes, state: State, stop: int, flags: Bytes, table: Bytes, borders: NDArray[np.uint32], found: int
) -> tuple[State, int]:
    """What `find_borders` does, a byte at a time.

    ASCII goes by flags and without branches, since where words end cannot be foreseen: a border is written at every
    byte and counted where there is one.
    """
    place, inside, digit = state
    flag = flags[content[place]]
    while place < stop:
        after = flags[content[place + 1]]
        if (flag | (after & ((flag << 1) | (flag << 2)))) & _SLOW:  # so is a point or apostrophe before what is slow
            which, size = class_at(content, place, table)
            borders[found] = place
            stays = False
            if which < char.OTHER:
                found += 0 if inside else 1
                stays = True
            elif which == char.MARK:
                stays = inside != 0
            elif which == char.APOSTROPHE:
                following, _ = class_at(content, place + 1, table)
                stays = inside != 0 and (following == char.LETTER or following == char.IDEOGRAPH)
            elif which == char.POINT:
                following, _ = class_at(content, place + 1, table)
                stays = inside != 0 and digit != 0 and following == char.DIGIT
            if inside and not stays:
                found += 1
            if which == char.IDEOGRAPH or which == char.UNASSIGNED:
                borders[found], borders[found + 1] = place, place + size
                found += 2
            elif which >= char.HYPHEN:
                size, is_operator = signs_at(content, place, table)
                if is_operator:
                    borders[found], borders[found + 1] = place, place + size
                    found += 2
            inside, digit = uint8(stays), uint8(which == char.DIGIT)
            place += size
            flag = flags[content[place]]
        else:
            joins = (flag >> _SHIFT_OF_APOSTROPHE) & (after >> _SHIFT_OF_LETTER)
            joins |= (flag >> _SHIFT_OF_POINT) & (after >> _SHIFT_OF_DIGIT) & digit
            now = (flag | (joins & inside)) & _WORD
            borders[found] = place
            found += int(now ^ inside)
            inside, digit = now, (flag >> _SHIFT_OF_DIGIT) & uint8(1)
            flag = after
            place += 1
    return (place, inside, digit), found


@compiled
def signs_at(content: Bytes, place: int, table: Bytes) -> tuple[int, bool]:
    """How many signs there are in a row, and whether they are an operator: no ! or : alone, no hyphen in a word."""
    end, is_operator = place, False
    while content[end] < 0x80 and table[content[end]] >= char.HYPHEN:
        is_operator |= table[content[end]] != char.BANG
        end += 1
    if end == place + 1 and table[content[place]] == char.HYPHEN:
        begin = place - 1
        while content[begin] & 0xC0 == 0x80:
            begin -= 1
        left, _ = class_at(content, begin, table)
        right, _ = class_at(content, end, table)
        named = left == char.LETTER or left == char.UNDERSCORE or left == char.IDEOGRAPH
        is_operator = not (named and (right == char.LETTER or right == char.UNDERSCORE or right == char.IDEOGRAPH))
    return end - place, is_operator
