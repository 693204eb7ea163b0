"""The tokenizer keeps words whole in every script, and identifiers and operators of code."""

import numpy as np
import pytest

from core.errors import UserError
from core.tokens import numbered, tokens_of, words_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World! Hello?", ["hello", "world", "hello"]),
        ("Don’t or don't, rock'n'roll", ["don't", "or", "don't", "rock'n'roll"]),
        ("'quoted' it's.", ["quoted", "it's"]),
        ("well-known e-mail", ["well", "known", "e", "mail"]),
        ("3.14 and 1,000.5, v1.2 in 2026.", ["3.14", "and", "1,000.5", "v1.2", "in", "2026"]),
        ("x_1 = parse_rows2(y) != n-1", ["x_1", "=", "parse_rows2", "y", "!=", "n", "-", "1"]),
        (
            "f(a) -> b; c**2 // 3 == d|e & ~g",
            ["f", "a", "->", "b", "c", "**", "2", "//", "3", "==", "d", "|", "e", "&", "~", "g"],
        ),
        ("wait: what!! no...", ["wait", "what", "no"]),
        ("请帮我写3首诗。", ["请", "帮", "我", "写", "3", "首", "诗"]),
        ("東京タワー и Москва", ["東", "京", "タワー", "и", "москва"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("Straße naïve cafe\u0301", ["straße", "naïve", "cafe\u0301"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("", []),
        (" \n\t. , ; ", []),
    ],
)
def test_a_text_is_cut_into(text, expected):
    assert words_of(text) == expected


def test_equal_tokens_have_equal_numbers_in_order_of_appearance():
    tokens = tokens_of(["b a", "", "A c b"])
    assert tokens.ids.tolist() == [0, 1, 1, 2, 0]
    assert tokens.ends.tolist() == [2, 2, 5]
    assert (len(tokens), tokens.kinds, tokens.counts.tolist()) == (5, 3, [2, 2, 1])


def test_sorted_by_count_does_not_know_the_order_of_the_texts():
    texts = ["a a b", "c b d e", "a f"]
    assert np.array_equal(tokens_of(texts).sorted_by_count, tokens_of(texts[::-1]).sorted_by_count)


def test_texts_that_change_are_cut_again():
    texts = ["one two"]
    assert len(tokens_of(texts)) == 2
    texts[0] = "one two three"
    assert len(tokens_of(texts)) == 3


def test_texts_without_any_token_are_refused():
    with pytest.raises(UserError, match="no words"):
        tokens_of(["...", ""])


def test_words_that_are_cut_already_are_taken_as_they_are():
    assert numbered([["A", "a"], ["a"]]).ids.tolist() == [0, 1, 1]


@pytest.mark.parametrize("name", ["hdd", "vocd_d", "distinct_n"])
def test_too_short_texts_are_refused_with_a_remedy(name):
    from core.metrics import METRICS

    with pytest.raises(UserError, match=r"Use (more text|a smaller n)"):
        METRICS[name](texts=["one"])
