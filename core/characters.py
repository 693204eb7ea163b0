"""What every character is to the tokenizer: a table of all code points, made from Python's own regular expressions.

That of a byte of UTF-8 is that of the character it is part of, so that texts are cut as arrays of bytes.
"""

import re
import unicodedata
from functools import cache

import numpy as np
from numpy.typing import NDArray

IDEOGRAPHS = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

# Up to UNDERSCORE a character is a letter of a word; from MARK on it is one, or a token, by what stands beside it.
LETTER, DIGIT, UNDERSCORE, OTHER, MARK, APOSTROPHE, POINT, IDEOGRAPH, UNASSIGNED, HYPHEN, OPERATOR, BANG = range(12)
_SIGNS = {"'": APOSTROPHE, ".,": POINT, "_": UNDERSCORE, "-": HYPHEN, "+*/%=<>&|^~": OPERATOR, "!:": BANG}


def classes_of(text: bytes) -> NDArray[np.uint8]:
    """The class of every byte of a text in UTF-8, (bytes,)."""
    found = np.frombuffer(bytearray(text.translate(_ascii())), dtype=np.uint8)
    content = np.frombuffer(text, dtype=np.uint8)
    beyond = np.flatnonzero(content >= 0x80)
    if len(beyond):
        wide = content[beyond]
        characters = wide.tobytes().decode("utf-8", "surrogatepass").encode("utf-32-le", "surrogatepass")
        which = np.cumsum(leads(wide)) - 1
        found[beyond] = table()[np.frombuffer(characters, dtype="<u4")][which]
    return found


def leads(content: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which of these bytes, none of them ASCII, is the first of its character."""
    return content >= 0xC0


@cache
def table() -> NDArray[np.uint8]:
    """The class of every code point, (0x110000,)."""
    every = np.arange(0x110000, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")

    def are(pattern: str) -> NDArray[np.bool_]:
        found = np.zeros(len(every), dtype=bool)
        for run in re.finditer(f"(?:{pattern})+", every):
            found[run.start() : run.end()] = True
        return found

    found = np.full(len(every), OTHER, dtype=np.uint8)
    # Python's \w lacks combining marks, without which the words of Hindi fall to pieces.
    found[[code for code in range(0x300, 0x1F000) if unicodedata.category(every[code]).startswith("M")]] = MARK
    word, ideograph = are(r"\w"), are(f"[{IDEOGRAPHS}]")
    found[word] = LETTER
    found[are(r"\d")] = DIGIT
    found[ideograph] = np.where(word[ideograph], IDEOGRAPH, UNASSIGNED)
    for signs, which in _SIGNS.items():
        found[list(map(ord, signs))] = which
    return found


@cache
def _ascii() -> bytes:
    """The classes of the 128 ASCII characters, as `bytes.translate` takes them."""
    return table()[:128].tobytes() + bytes([OTHER]) * 128
