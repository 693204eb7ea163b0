"""The letters that every match of a regular expression holds, so that texts without them need not be looked through."""

import re
import warnings
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray


def may_match(texts: Sequence[str], folded: Callable[[], Sequence[str]], pattern: str) -> NDArray[np.bool_]:
    """False for texts in which the pattern finds nothing for sure, (n,): quick, where a search takes long.

    Args:
        folded: the same texts by `fold`, asked for where the pattern sets letter case aside.
    """
    letters, any_case = letters_of(pattern)
    if not letters:
        return np.ones(len(texts), dtype=bool)
    if not any_case:
        return np.fromiter((letters in text for text in texts), np.bool_, len(texts))
    small = letters.lower()  # outside ASCII a pattern's idea of case is not that of `fold`: such texts are looked at
    return np.fromiter(
        (small in low or not text.isascii() for text, low in zip(texts, folded(), strict=True)), np.bool_, len(texts)
    )


def letters_of(pattern: str) -> tuple[str, bool]:
    """The longest run of letters that every match holds, "" where none is sure, and whether in any letter case.

    >>> letters_of(r"\\bsort(ed|ing)?\\b"), letters_of("(?i)colou?rs"), letters_of("one|two")
    (('sort', False), ('colo', True), ('', False))
    """
    from re import _constants, _parser  # type: ignore[attr-defined]  # what Python compiles patterns with

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError, MemoryError):
        return "", False  # what is wrong with it, the search says
    runs = [""]
    for kind, value in parsed:
        if kind is _constants.LITERAL:
            runs[-1] += chr(value)
        elif kind is not _constants.AT:  # a border between two letters takes no room
            runs.append("")
    longest = max(runs, key=len)
    any_case = bool(parsed.state.flags & re.IGNORECASE)
    return ("", any_case) if any_case and not longest.isascii() else (longest, any_case)
