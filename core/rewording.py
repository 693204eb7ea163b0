"""Rewording a text by rule, as a paraphrase does: other words here and there, another order, another look [ours].

One change for every ten words, at least one: of near-synonyms, of light words (left out, or put in once more) and of
neighbours that change places, in equal shares. What a text has no room for is made up by the next. The case of the
first letter or the mark at the end changes in half of the texts, and where nothing else could.
"""

import re
from collections.abc import Container

import numpy as np

from .near_synonyms import LIGHT, SYNONYMS

ONE_IN = 10  # words for each change
_HAN = "\u3400-\u9fff"
_WORDS = re.compile(rf"[^\W{_HAN}]+|[{_HAN}]{{1,2}}")  # two signs of Chinese are a word on average
# What may be a word of the lists: whole words, not names in code; signs of Chinese wherever they stand.
_CHINESE = "|".join(
    sorted((word for word in SYNONYMS | dict.fromkeys(LIGHT) if word > "\u3400"), key=len, reverse=True)
)
# Neither beside signs of addresses and code, nor a part of a word such as "don't" or "well-known".
_BEFORE, _AFTER = r"(?<![\w.=#@/'’\[?&:-])", r"(?![\w(=/'’\[\]?&:-]|\.\w)"
_CANDIDATE = re.compile(rf"{_BEFORE}[^\W\d_{_HAN}]+{_AFTER}|{_CHINESE}")
_GAP = re.compile(rf"(?<=\w )(?=\w)|(?<=[{_HAN}])(?=[{_HAN}])")
_NEIGHBOURS = re.compile(rf"{_BEFORE}([^\W{_HAN}]+)( )([^\W{_HAN}]+){_AFTER}|(?<!\w)([{_HAN}]+)(，)([{_HAN}]+)(?!\w)")
_ENDS = ".!?。！？"

Edit = tuple[int, int, str]  # from, to, and what stands there instead


def reword(text: str, rng: np.random.Generator) -> str:
    """The text reworded; only an empty one stays as it is.

    >>> reword("Explain how the engine of a car works.", np.random.default_rng(9))
    'Clarify how the engine of a car works.'
    """
    if not text.strip():
        return text
    changes = max(1, round(len(_WORDS.findall(text)) / ONE_IN))
    found, left = text, 0
    for change, share in zip(
        (_other_words, _light_words, _other_order), rng.multinomial(changes, [1 / 3] * 3).tolist(), strict=True
    ):
        edits = change(found, share + left, rng)
        left += share - len(edits)
        found = _edited(found, edits)
    return found if found != text and rng.integers(2) else _surface(found, rng)


def _some(found: list[re.Match[str]], count: int, rng: np.random.Generator) -> list[re.Match[str]]:
    return [found[i] for i in rng.permutation(len(found))[:count].tolist()]


def _listed(text: str, words: Container[str]) -> list[re.Match[str]]:
    return [match for match in _CANDIDATE.finditer(text) if match[0].lower() in words]


def _other_words(text: str, count: int, rng: np.random.Generator) -> list[Edit]:
    edits = []
    for match in _some(_listed(text, SYNONYMS), count, rng):
        others = SYNONYMS[match[0].lower()]
        other = others[rng.integers(len(others))]
        edits.append((*match.span(), other.capitalize() if match[0][0].isupper() else other))
    return edits


def _light_words(text: str, count: int, rng: np.random.Generator) -> list[Edit]:
    gaps = [match.start() for match in _GAP.finditer(text)]
    edits, words = [], len(_WORDS.findall(text))
    for match in _some(_listed(text, LIGHT), count, rng):
        start, end = match.span()
        space = "" if match[0] > "\u3400" else text[end : end + 1].strip("\n") and " "
        if gaps and rng.integers(2):
            place = gaps[rng.integers(len(gaps))]
            edits.append((place, place, match[0].lower() + ("" if match[0] > "\u3400" else " ")))
        elif words > 1:  # the last word of a text stays
            edits.append((start, end + len(space), ""))
            words -= 1
    return edits


def _other_order(text: str, count: int, rng: np.random.Generator) -> list[Edit]:
    first = _WORDS.match(text)
    start = first.end() if first and rng.integers(2) else 0  # so that every two neighbours may be met
    edits = []
    for match in _some(list(_NEIGHBOURS.finditer(text, start)), count, rng):
        left, between, right = (part for part in match.groups() if part is not None)
        edits.append((*match.span(), right + between + left))
    return edits


def _edited(text: str, edits: list[Edit]) -> str:
    parts, done = [], 0
    for start, end, new in sorted(edits):
        if start >= done:
            parts += [text[done:start], new]
            done = end
    return "".join([*parts, text[done:]])


def _surface(text: str, rng: np.random.Generator) -> str:
    """The text with the case of its first letter turned, or without the mark at its end, or with one."""
    if rng.integers(2) and text[:1] != text[:1].swapcase() and len(text[:1].swapcase()) == 1:
        return text[:1].swapcase() + text[1:]
    bare = text.rstrip()
    return bare[:-1] if len(bare) > 1 and bare[-1] in _ENDS else f"{bare}."
