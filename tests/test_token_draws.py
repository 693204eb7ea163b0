"""Draws of tokens are the same however the texts were cut, and do not know the order of the rows."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import core.token_draws
import core.token_places
import core.tokens
from core.errors import Cancelled, UserError
from core.measuring import measure
from core.metrics.vocd_d import _mean_of_draws
from core.text_keys import text_keys
from core.token_draws import drawable, of_tokens
from core.tokens import numbered
from tests.golden.inputs import texts as golden_texts
from tests.slow_tokens import words_by_expression
from tests.test_tokens import odd_texts

TEXTS = [text for name in ("text_en", "text_code", "text_zh") for text in golden_texts(name)[:200]]


@pytest.fixture(params=["arrays", "cut before", "looked up", "cut, as it is too much to keep"])
def way(request, monkeypatch):
    """Each of the ways in which tokens are drawn; texts are cut anew for each test."""
    monkeypatch.setattr(core.tokens, "_kept", [])
    monkeypatch.setattr(core.tokens, "CHUNK", 2000)
    monkeypatch.setattr(core.token_draws, "CHUNK", 2000)
    if request.param == "arrays":
        monkeypatch.setattr(core.tokens._compiled, "is_set", lambda: False)
    else:
        core.tokens.warm_up()
    if request.param == "cut, as it is too much to keep":
        monkeypatch.setattr(core.token_draws, "COMPILED_FROM", 0)
    return request.param


def cut_if_so(way, texts):
    if way == "cut before":
        core.tokens.tokens_of(texts)
    return drawable(texts)


def test_every_token_is_at_one_place(way):
    found = cut_if_so(way, TEXTS)
    cut = [words_by_expression(text) for text in TEXTS]
    assert found.lengths.tolist() == list(map(len, cut))
    by_keys = [word for row in np.argsort(text_keys(TEXTS)) for word in cut[row]]
    every = np.arange(len(found))
    rows = found.by_rows(every)
    order = np.argsort(rows)
    numbers = np.empty(len(every), dtype=np.int64)
    numbers[order] = found.numbered(rows[order])
    pairs = set(zip(by_keys, numbers.tolist(), strict=True))
    assert len(pairs) == len(set(by_keys)) == len(set(numbers.tolist()))  # equal numbers for equal words alone


def test_of_some_rows_they_are_those_of_these_texts(way):
    rows = np.array([3, 4, 77, 250])
    some = cut_if_so(way, TEXTS).of_rows(rows)
    alone = drawable([TEXTS[row] for row in rows])
    every = np.arange(len(alone))
    assert some.keys.tolist() == alone.keys.tolist() and len(some) == len(alone)
    assert np.array_equal(some.by_rows(every), alone.by_rows(every))
    first, second = some.numbered(every), alone.numbered(every)
    assert (
        len(set(zip(first.tolist(), second.tolist(), strict=True))) == len(np.unique(first)) == len(np.unique(second))
    )


def test_the_value_is_the_same_in_every_way_and_order(way):
    cut_if_so(way, TEXTS)
    cut = numbered(map(words_by_expression, TEXTS))
    slow = of_tokens(cut, text_keys(TEXTS))
    assert measure("vocd_d", texts=TEXTS).value == _mean_of_draws(slow, 3, 0).value
    assert measure("vocd_d", texts=TEXTS[::-1]).value == measure("vocd_d", texts=TEXTS).value


@settings(max_examples=200, deadline=None)
@given(texts=odd_texts | st.lists(st.text(max_size=30), max_size=6))
@example(texts=["", "\0", "\0" * 8, "a", "a\0", "12345678", "12345678\0", "\ud800"])
def test_keys_are_by_content_and_the_same_compiled(texts):
    core.tokens.warm_up()
    keys = text_keys(texts)
    assert core.token_places.keys_of([texts, texts[::-1]], lambda done: None).tolist() == [*keys, *keys[::-1]]
    assert len({*keys.tolist()}) == len({*texts})


def test_texts_without_words_and_a_cancelled_look(way):
    with pytest.raises(UserError, match="no words"):
        cut_if_so(way, [" . , "] * 3)

    def cancel(share, message):
        if share > 0:
            raise Cancelled

    if way != "cut before":
        with pytest.raises(Cancelled):
            drawable(TEXTS * 4, cancel)
