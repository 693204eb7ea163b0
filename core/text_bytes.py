"""Texts as the bytes that are cut into words: in UTF-8, one after the other, a line between them.

ASCII letters keep their case, which costs nothing to lower later; of the others it is looked up whether there are any.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .compiled import compiled
from .word_borders import PADDING, Bytes, code_at


def laid_out(texts: Sequence[str]) -> tuple[Bytes, NDArray[np.int64]]:
    """The texts with a line before each and `PADDING` more after the last, and where the line after each text is."""
    parts = list(texts)
    wide = [number for number, text in enumerate(texts) if not text.isascii()]
    for number, content in zip(wide, _encoded([texts[number] for number in wide]), strict=True):
        parts[number] = content.decode("latin-1")  # a character for each byte: joined at once with those in ASCII
    content = "\n".join(["", *parts, "\n" * PADDING]).encode("latin-1")
    lengths = np.fromiter(map(len, parts), dtype=np.int64, count=len(parts))
    return np.frombuffer(content, dtype=np.uint8), np.cumsum(lengths + 1)


def _encoded(texts: Sequence[str]) -> list[bytes]:
    """The texts in UTF-8, lower-cased but for their ASCII letters, and with plain apostrophes."""
    found = [text.replace("\u2019", "'").encode("utf-8", "surrogatepass") for text in texts]
    if not found:
        return []
    ends = np.cumsum(np.fromiter(map(len, found), dtype=np.int64, count=len(found)))
    changes = np.zeros(len(found), dtype=np.bool_)
    find_changing(np.frombuffer(b"".join([*found, b"\n"]), dtype=np.uint8), ends, changing(), changes)
    for number in np.flatnonzero(changes).tolist():
        found[number] = texts[number].lower().replace("\u2019", "'").encode("utf-8", "surrogatepass")
    return found


@compiled
def find_changing(
    content: Bytes, ends: NDArray[np.int64], table: NDArray[np.bool_], changes: NDArray[np.bool_]
) -> None:
    """Mark the texts that hold a character of the table; each ends where `ends` says, and a byte follows the last."""
    place = 0
    for text in range(len(ends)):
        while place < ends[text]:
            if content[place] < 0x80:
                place += 1
            else:
                code, size = code_at(content, place)
                place += size
                if table[code]:
                    changes[text] = True
                    place = ends[text]


@cache
def changing() -> NDArray[np.bool_]:
    """Which characters beyond ASCII have another in lower case, (0x110000,)."""
    found = np.zeros(0x110000, dtype=np.bool_)
    for start in range(0x80, len(found), 0x80):
        some = "".join(map(chr, range(start, start + 0x80)))
        if some.lower() != some:
            found[start : start + 0x80] = [character.lower() != character for character in some]
    return found
