"""Texts that are passed over for lack of a pattern's letters are texts in which it finds nothing."""

import re

import pytest

from core.pattern_letters import letters_of, may_match
from core.words_in_texts import fold

TEXTS = [
    "sort a list",
    "SORTED",
    "resort",
    "ſort",
    "STRASSE",
    "straße",
    "Kelvin \u212a",
    "k",
    "colour",
    "color",
    "İs",
    "is",
    "",
]
PATTERNS = [
    r"\bsort(ed|ing)?\b", r"(?i)sort", r"(?i)straße", r"(?i)k", r"\u212a", r"colou?r", r"sort|is", r"(?i:SORT)ed",
    r"so{1}rt", r"(?x) s o r t", r"(sort)", r"(?=so)rt", r"^is$", r"(?i)is", r"s.rt", r"s\brt", "(", "", r"(?!sort)is",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_text_that_a_pattern_finds_is_passed_over(pattern):
    looked = may_match(TEXTS, lambda: list(map(fold, TEXTS)), pattern)
    if pattern == "(":
        assert looked.all()
        return
    found = [re.search(pattern, text) is not None for text in TEXTS]
    assert all(may for may, does in zip(looked, found, strict=True) if does)


def test_letters_pass_texts_over():
    assert letters_of(r"\bsort(ed|ing)?\b") == ("sort", False)
    assert may_match(TEXTS, list, r"\bsort\b").tolist() == [each in ("sort a list", "resort") for each in TEXTS]
    assert letters_of("(?i)straße") == ("", True)
