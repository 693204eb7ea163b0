"""Texts as tokens: the one tokenizer of all lexical metrics, and tokens as numbers that numpy can count.

A token is a word of any script with its marks and inner apostrophes (don't), an identifier (parse_rows2), a number
(3.14), a single CJK ideograph, or an operator (==, ->, +), all lower-cased. Punctuation is no token, nor is the hyphen
inside a word.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import count

import numpy as np
from numpy.typing import NDArray

from .errors import UserError

_IDEOGRAPHS = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"


@dataclass(frozen=True, eq=False)
class Tokens:
    """Tokens of n texts in order, as numbers: equal tokens have equal numbers, counted from 0 as they first appear."""

    ids: NDArray[np.int64]  # (tokens,)
    ends: NDArray[np.int64]  # (n,) where each text ends in `ids`
    kinds: int  # number of different tokens

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each kind occurs, (kinds,)."""
        return np.bincount(self.ids, minlength=self.kinds).astype(np.int64)

    @property
    def sorted_by_count(self) -> NDArray[np.int64]:
        """The same tokens under numbers and in an order that do not depend on the order of the texts, (tokens,)."""
        return np.repeat(np.arange(self.kinds), np.sort(self.counts)[::-1])


def tokens_of(texts: Sequence[str]) -> Tokens:
    """The tokens of all texts; kept, so that metrics of the same texts share them.

    Raises:
        UserError: there is no token in any text.
    """
    found = _kept(tuple(texts))
    if not len(found):
        raise UserError("The texts hold no words, numbers or operators to count.")
    return found


def numbered(texts: Iterable[Iterable[str]]) -> Tokens:
    """Tokens from texts that are already cut into words."""
    number: defaultdict[str, int] = defaultdict(count().__next__)
    ids: list[int] = []
    ends: list[int] = []
    for words in texts:
        ids.extend(map(number.__getitem__, words))
        ends.append(len(ids))
    return Tokens(np.array(ids, dtype=np.int64), np.array(ends, dtype=np.int64), len(number))


def words_of(text: str) -> list[str]:
    """The tokens of one text, in order.

    >>> words_of("Don't print(x_1 == 3.14) in well-known 图书馆!")  # doctest: +NORMALIZE_WHITESPACE
    ["don't", 'print', 'x_1', '==', '3.14', 'in', 'well', 'known', '图', '书', '馆']
    """
    found: list[str] = _pattern().findall(text.lower().replace("\u2019", "'"))
    return found


@lru_cache(maxsize=2)
def _kept(texts: tuple[str, ...]) -> Tokens:
    return numbered(map(words_of, texts))


@cache
def _pattern() -> re.Pattern[str]:
    letter = rf"[^\W{_IDEOGRAPHS}]"
    # Python's \w lacks combining marks, without which the words of Hindi fall to pieces.
    inside = rf"[{_marks()}]+|'(?=[^\W\d_])|(?<=\d)[.,](?=\d)"
    word = rf"{letter}+(?:(?:{inside}){letter}*)*"
    hyphen = r"(?<=[^\W\d])-(?=[^\W\d])"
    operator = rf"(?=[!:]*[-+*/%=<>&|^~])(?!{hyphen})[-+*/%=<>&|^~!:]+"  # a lone ! or : is punctuation
    return re.compile(f"{word}|[{_IDEOGRAPHS}]|{operator}")


def _marks() -> str:
    """All combining marks below U+1F000, as the inside of a character class."""
    marks = [code for code in range(0x300, 0x1F000) if unicodedata.category(chr(code)).startswith("M")]
    starts = [code for code in marks if unicodedata.category(chr(code - 1))[0] != "M"]
    ends = [code for code in marks if unicodedata.category(chr(code + 1))[0] != "M"]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))
