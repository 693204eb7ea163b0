"""The tokenizer keeps words whole in every script, and identifiers and operators of code."""

from threading import Event

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import core.cutting
import core.text_lengths
import core.tokens
from core.errors import Cancelled, UserError
from core.tokens import numbered, tokens_of, words_of
from tests.golden.inputs import texts as golden_texts
from tests.slow_tokens import words_by_expression

# Letters, digits, signs, marks, ideographs assigned and not, numbers that are no digits, and what lower() makes two of.
ODD = "ab1_'’.,-+=!:*~ \n\t\r\x00\u0085\u2028\ufeff\u00ad\u0301\u0308\u093f\u0bbe\u302a\u20e3\u0915\u0939\u0e01\u0e33"
ODD += "图\u3400\u4dbf\u3005\u3007\u3006\u9fff\ufa6e\U00020000\U0002fffe\U0003ffff\uac00ア²½Ⅷ①٣߀𝟙"
ODD += "İIıΣσςßéǅﬁＡ＿－＋😀🏽\u200d\ud800\udfff"
WAYS = [core.tokens._cut_as_arrays, core.tokens._cut_compiled]
both_ways = pytest.mark.parametrize("cut", WAYS, ids=["arrays", "compiled"])
odd_texts = st.lists(st.text(st.sampled_from(ODD) | st.characters(), max_size=40), max_size=8)


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
    assert words_by_expression(text) == expected


def same_tokens(cut, texts):
    found, words = cut(texts)
    expected = numbered(map(words_by_expression, texts))
    known = list(dict.fromkeys(word for text in texts for word in words_by_expression(text)))
    return (
        [word.decode("utf-8", "surrogatepass") for word in words.to_pylist()] == known
        and np.array_equal(found.ids, expected.ids)
        and np.array_equal(found.ends, expected.ends)
        and found.kinds == expected.kinds
    )


@both_ways
@settings(max_examples=500, deadline=None)
@given(texts=odd_texts)
@example(texts=["a'", "b", "1.", "2", "", "-", "x-", "y"])  # nothing reaches from one text to the next
@example(texts=["\u0301a", "'\u0301'a'b", "a\u0301'\u0301b", "1.\u03012"])  # marks before, between and after letters
@example(texts=["ΑΣ", "ΑΣ'Α", "ΑΣ\u0301", "ΑΣ.Α"])  # the sigma at the end of a word has a form of its own
def test_any_texts_are_cut_as_the_regular_expression_cuts_them(cut, texts):
    assert same_tokens(cut, texts)
    assert [words_of(text) for text in texts] == [words_by_expression(text) for text in texts]


@both_ways
@pytest.mark.parametrize(
    "pattern", ["a{0}b", "1{0}2", "图{0}图", "{0}", "{0}'{0}-{0}.{0}!{0}", "+{0}=", "a\u0301{0}\u0301"]
)
def test_every_character_is_cut_as_the_regular_expression_cuts_it(cut, pattern):
    codes = [*range(0x32400), *range(0xE0000, 0xE0200), 0x3FFFF, 0x40000, 0x10FFFF]
    assert same_tokens(cut, [pattern.format(chr(code)) for code in codes])


@both_ways
@pytest.mark.parametrize("chunk", [1, 100, 5000])
def test_where_texts_are_taken_together_does_not_matter(cut, chunk, monkeypatch):
    texts = [text for name in ("text_en", "text_code", "text_zh") for text in golden_texts(name)[:300]] + ["", " "]
    texts += [texts[5], "ÀÉ", *texts[10:20]]
    monkeypatch.setattr(core.tokens, "CHUNK", chunk)
    assert same_tokens(cut, texts)


@pytest.mark.parametrize("parts", [1, 2, 3, 8])
@settings(max_examples=60, deadline=None)
@given(texts=odd_texts, chunk=st.integers(1, 60))
@example(texts=["b a", "", "a c b", "c d"], chunk=1)  # the words of a later part are new ones and known ones
def test_how_many_cores_cut_does_not_matter(parts, texts, chunk):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core.tokens, "CHUNK", chunk)
        patch.setattr(core.cutting, "cores", lambda: parts)
        patch.setattr(core.cutting, "_MOST", parts)
        assert same_tokens(core.tokens._cut_compiled, texts)
        found, _ = core.tokens._cut_compiled(texts)
        assert found.counts.tolist() == np.bincount(found.ids, minlength=found.kinds).tolist()


@both_ways
def test_more_texts_than_are_looked_at_for_their_length_are_cut_whole(cut, monkeypatch):
    monkeypatch.setattr(core.text_lengths, "_ENOUGH", 4)
    monkeypatch.setattr(core.tokens, "CHUNK", 64)
    texts = ["", "Éa b " * 30, "c’d", "x", "", "y z", "É", "w " * 200, "v"]
    found, _ = cut(texts)
    assert np.array_equal(found.ids, numbered(map(words_by_expression, texts)).ids)
    assert found.ends.tolist() == np.cumsum([len(words_by_expression(text)) for text in texts]).tolist()


def test_texts_that_are_long_and_short_by_turns_are_cut_in_pieces_of_that_size_too():
    long = "w " * (core.tokens.CHUNK // 20)
    for texts in (["", long] * 4096, [long, ""] * 4096):
        sizes = [sum(map(len, some)) for _, some in core.tokens.chunks_of(texts)]
        assert sum(sizes) == 4096 * len(long) and max(sizes) < 4 * core.tokens.CHUNK


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_many_texts_are_cut_on_many_cores_as_on_one(parts, monkeypatch):
    texts = [text for name in ("text_en", "text_code", "text_zh") for text in golden_texts(name)[:300]]
    monkeypatch.setattr(core.tokens, "CHUNK", 3000)
    monkeypatch.setattr(core.cutting, "cores", lambda: parts)
    assert same_tokens(core.tokens._cut_compiled, [*texts, "", *texts[::-1]])


@settings(max_examples=60, deadline=None)
@given(texts=odd_texts, window=st.integers(1, 40))
def test_where_a_long_text_is_looked_at_anew_does_not_matter(texts, window):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core.cutting, "WINDOW", window)
        assert same_tokens(core.tokens._cut_compiled, [*texts, "".join(texts) * 3])


def test_cutting_on_many_cores_ends_when_it_is_cancelled(monkeypatch):
    monkeypatch.setattr(core.tokens, "CHUNK", 20)
    monkeypatch.setattr(core.cutting, "cores", lambda: 3)
    cut, texts = [], [f"one text, number {number}" for number in range(3000)]
    plain = core.cutting.Vocabulary.cut
    monkeypatch.setattr(core.cutting.Vocabulary, "cut", lambda self, some: cut.append(some) or plain(self, some))

    def cancel(share, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        core.tokens._cut_compiled(texts, cancel)
    assert len(cut) < 2000  # the others stop after the texts they are at


@both_ways
@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(st.sampled_from("abAB1'.,é図 "), min_size=1, max_size=40), max_size=30))
def test_words_that_begin_or_end_alike_are_kept_apart(cut, texts):
    long = [text * 5 for text in texts]  # of more than eight bytes, and of more than sixteen
    assert same_tokens(cut, [*texts, *long, *(f"{text}x" for text in long), *(f"x{text}" for text in long)])


@both_ways
def test_more_different_words_than_the_table_began_with_are_told_apart(cut):
    texts = [f"w{number} extraordinarily{number % 30_000}long" for number in range(60_000)]
    assert same_tokens(cut, texts)
    assert cut(texts)[0].kinds == 90_000


def test_what_a_long_text_takes_follows_its_different_words_not_its_bytes():
    words = core.cutting.Vocabulary()
    ids, _ = words.cut(["one text of few words " * 200_000])
    assert (len(ids), words.kinds) == (1_000_000, 5)
    assert words._keys.nbytes + words._offsets.nbytes < 2_000_000


def test_a_process_that_has_the_compiled_part_uses_it_and_no_other_loads_it_for_a_few_texts(monkeypatch):
    calls = []
    for way in WAYS:
        monkeypatch.setattr(core.tokens, way.__name__, lambda texts, progress, way=way: calls.append(way) or way(texts))
    monkeypatch.setattr(core.tokens, "_compiled", Event())
    tokens_of(["few words, met here only"])
    assert calls == [WAYS[0]]
    monkeypatch.setattr(core.tokens, "COMPILED_FROM", 20)
    tokens_of(["enough words to be worth it"])
    tokens_of(["and few"])
    assert calls == [*WAYS, WAYS[1]]


def test_cutting_can_be_cancelled_and_reports_how_far_it_is(monkeypatch):
    monkeypatch.setattr(core.tokens, "CHUNK", 20)
    texts, shares = [f"one text, number {number}" for number in range(10)], []
    tokens_of(texts, lambda share, message: shares.append(share))
    assert len(shares) > 5
    assert shares == sorted(shares)

    def cancel(share, message):
        if share:
            raise Cancelled

    changed = ["other", *texts]
    with pytest.raises(Cancelled):
        tokens_of(changed, cancel)
    assert len(tokens_of(changed)) == len(tokens_of(texts)) + 1


def test_equal_tokens_have_equal_numbers_in_order_of_appearance():
    tokens = tokens_of(["b a", "", "A c b"])
    assert tokens.ids.tolist() == [0, 1, 1, 2, 0]
    assert tokens.ends.tolist() == [2, 2, 5]
    assert (len(tokens), tokens.kinds, tokens.counts.tolist()) == (5, 3, [2, 2, 1])


def test_sorted_by_count_does_not_know_the_order_of_the_texts():
    texts = ["a a b", "c b d e", "a f a"]
    places = np.arange(10)
    found = tokens_of(texts).sorted_by_count(places)
    assert found.tolist() == [0, 0, 0, 0, 1, 1, 2, 3, 4, 5]
    assert np.array_equal(found, tokens_of(texts[::-1]).sorted_by_count(places))


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
