"""Rewording by rule: what changes in a text, how much of it, and what must stay."""

from collections import Counter

import numpy as np
import pytest

from core.near_synonyms import LIGHT, SYNONYMS
from core.rewording import ONE_IN, reword
from core.tokens import words_of
from tests.golden.inputs import texts

PLAIN = " ".join(f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(300))  # no word of the lists, none twice


def rng(seed=0):
    return np.random.default_rng(seed)


def changed(before, after):
    """The words that are new, and those that are gone, with their numbers."""
    old, new = Counter(words_of(before)), Counter(words_of(after))
    return new - old, old - new


def test_every_text_is_reworded_and_an_empty_one_is_not():
    rows = [text for name in ("text_en", "text_code", "text_zh") for text in texts(name)] + ["x", "!", "42", "好"]
    for number, text in enumerate(rows):
        assert reword(text, rng(number)) != text
        assert reword(text, rng(number)) == reword(text, rng(number))
    assert [reword(text, rng()) for text in ("", " \n")] == ["", " \n"]


def test_where_no_word_is_listed_one_in_ten_changes_places_with_its_neighbour_and_none_is_lost():
    before, after = words_of(PLAIN), words_of(reword(PLAIN, rng()))
    assert sorted(after) == sorted(before)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 2 * len(before) / ONE_IN


def test_new_words_stand_for_words_that_are_gone_and_light_words_come_and_go():
    text = " ".join(f"{word} large the answer" for word in PLAIN.split()[:100])
    new, gone = changed(text, reword(text, rng()))
    assert set(new) <= {*SYNONYMS["large"], *SYNONYMS["answer"], "the"}
    assert set(gone) <= {"large", "answer", "the"}
    synonyms, light = (sum(n for word, n in gone.items() if (word in LIGHT) == is_light) for is_light in (False, True))
    assert synonyms == new.total() - new["the"]
    assert synonyms == pytest.approx(400 / ONE_IN / 3, abs=10)
    assert abs(light - new["the"]) < 10, "as many are put in as are left out, by chance"


def test_the_capital_of_a_word_stays_and_names_in_code_do_too():
    seen = {reword("Explain it", rng(seed)).split()[0].rstrip(".") for seed in range(40)}
    assert {"Describe", "Clarify"} <= seen
    code = "x.list.make(use=build_large(y))"
    assert {reword(code, rng(seed)).lower().rstrip(".") for seed in range(40)} == {code}


@pytest.mark.parametrize(
    "text",
    [
        "https://a.org/the/list?use=also&also=the-list#the",
        "don't l'idea 'use' large-scale [list] use: also?",
        "the",
        "a the",
    ],
)
def test_addresses_marks_and_the_last_word_stay(text):
    found = {reword(text, rng(seed)) for seed in range(60)}
    if text == "a the":
        assert all(each.strip(" .") and set(each.lower().strip(" .").split()) <= {"a", "the"} for each in found)
    else:
        assert {each.rstrip(".?").lower() for each in found} == {text.rstrip("?")}
    assert not any("'a" in reword("Don't also", rng(seed)) for seed in range(60))


def test_chinese_is_reworded_without_spaces():
    found = {reword("请解释城市里的公园，适合老人阅读。", rng(seed)) for seed in range(60)}
    assert any("阐述" in text or "麻烦" in text for text in found)
    assert any("城市里公园" in text for text in found)
    assert any(text.startswith("适合老人阅读，请") for text in found)
    assert not any(" " in text for text in found)


def test_who_stands_for_a_word_has_that_word_among_its_own():
    for word, others in SYNONYMS.items():
        assert word not in others
        assert others
