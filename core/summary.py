"""What a person wants to know of texts before embedding them: empties, copies, lengths, scripts."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SAMPLE = 2000  # texts looked at for their scripts
_SCRIPTS = {
    "LATIN": "Latin",
    "CJK": "Chinese characters",
    "HIRAGANA": "Japanese kana",
    "KATAKANA": "Japanese kana",
    "HANGUL": "Korean",
    "CYRILLIC": "Cyrillic",
    "ARABIC": "Arabic",
    "HEBREW": "Hebrew",
    "GREEK": "Greek",
    "DEVANAGARI": "Devanagari",
    "THAI": "Thai",
    "ARMENIAN": "Armenian",
}


@dataclass(frozen=True)
class Summary:
    """Facts about a list of texts."""

    rows: int
    empty: int
    copies: int  # rows whose text stands in an earlier row too, empties not counted
    lengths: NDArray[np.int64]  # characters of each text, (n,)
    scripts: tuple[tuple[str, float], ...]  # share of texts by their main script, falling, of a sample


def summarise(texts: Sequence[str]) -> Summary:
    """The facts about those texts; scripts come from an evenly spaced sample."""
    filled = [text for text in texts if text.strip()]
    step = max(1, len(filled) // _SAMPLE)
    scripts = Counter(_script(text) for text in filled[::step])
    total = scripts.total() or 1
    return Summary(
        rows=len(texts),
        empty=len(texts) - len(filled),
        copies=len(filled) - len(set(filled)),
        lengths=np.fromiter((len(text) for text in texts), dtype=np.int64, count=len(texts)),
        scripts=tuple((name, number / total) for name, number in scripts.most_common()),
    )


def _script(text: str) -> str:
    found: Counter[str] = Counter()
    for character in text[:300]:
        if character.isalpha():
            found[_SCRIPTS.get(unicodedata.name(character, "").split(" ")[0].split("-")[0], "other scripts")] += 1
    return found.most_common(1)[0][0] if found else "no letters"
