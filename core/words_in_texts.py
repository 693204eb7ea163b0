"""Which texts hold all the words and phrases of a search, letter case aside."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .errors import UserError

LONGEST = 10_000  # characters of what is searched for
_PARTS = re.compile(r'"([^"]*)"?|([^\s"]+)')  # a quote that is never closed reaches to the end


def fold(text: str) -> str:
    """A text with letter case set aside, and accents written one way.

    >>> fold("STRASSE") == fold("Straße"), fold("E\u0301") == fold("é")
    (True, True)
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def wanted(words: str) -> list[str]:
    """The folded words and quoted phrases in what was searched for, each once; in a phrase any space is one space.

    >>> wanted('Sort "a  List" sort')
    ['sort', 'a list']

    Raises:
        UserError: more than 10,000 characters.
    """
    if len(words) > LONGEST:
        raise UserError(f"The search has {len(words):,} characters, and may have {LONGEST:,}. Shorten it.")
    parts = (" ".join((phrase or word).split()) for phrase, word in _PARTS.findall(words))
    return list(dict.fromkeys(fold(part) for part in parts if part))


def hold_all(folded: Sequence[str], parts: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each folded text holds every part, (n,). A space in a phrase stands for any run of spaces and breaks."""
    found = np.ones(len(folded), dtype=bool)
    for part in sorted(parts, key=len, reverse=True):  # the rarest first, most likely
        rows = np.flatnonzero(found).tolist()
        if " " in part:
            words = part.split(" ")
            holds = re.compile(r"\s+".join(map(re.escape, words))).search
            words.sort(key=len, reverse=True)  # most texts lack the longest word, which is seen much sooner
            found[rows] = np.fromiter(
                (all(map(folded[row].__contains__, words)) and holds(folded[row]) is not None for row in rows),
                np.bool_,
                len(rows),
            )
        else:
            found[rows] = np.fromiter((part in folded[row] for row in rows), np.bool_, len(rows))
    return found
