"""Rows whose turns a chat template refuses: they are counted and named, and the others go on."""

import numpy as np
import pytest

from core.errors import UserError
from core.lm import Example, Training, fine_tune, generate, load_language_model, score_answers
from core.store import Store
from tests.tiny_language_model import TEMPLATE, make_tiny_language_model

REFUSING = (
    "{% for message in messages %}{% if message['role'] == 'system' %}{{ raise_exception('no system') }}"
    "{% endif %}{% endfor %}" + TEMPLATE
)
ROWS = [
    Example((("user", "a"),), "ab"),
    Example((("system", "s"), ("user", "b")), "cd"),
    Example((("user", "c"),), "ef"),
    Example((("system", "s"), ("user", "d")), "gh"),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    found = load_language_model(
        str(make_tiny_language_model(tmp_path_factory.mktemp("lm") / "tiny", chat=True)), device="cpu"
    )
    found.tokenizer.chat_template = REFUSING
    return found


def test_the_others_are_scored_and_generated(model):
    found = score_answers(ROWS, model, scores=["log_perplexity", "generation_gap"], most=4)
    assert np.isfinite(found.given).tolist() == [True, False, True, False]
    assert found.given[[0, 2]] == pytest.approx(score_answers(ROWS[::2], model).given, rel=1e-5)
    assert found.notes() == [
        "2 of 4 rows have no score: the chat template refuses their turns (the first is row 2 of these 4)."
    ]
    assert [each is None for each in generate(ROWS, model, most=4)] == [False, True, False, True]


def test_the_others_are_trained_on(model, tmp_path):
    tuned = fine_tune(ROWS, model, Store(tmp_path), how=Training(epochs=1))
    assert tuned.name == "tiny, trained on 2 rows"
    assert tuned.notes == (
        "2 of 4 rows were not trained on: the chat template refuses their turns (the first is row 2 of these 4).",
    )


def test_where_there_are_no_others_it_is_said(model, tmp_path):
    with pytest.raises(UserError, match=r"tiny refuses the turns system, user \(no system\)"):
        score_answers(ROWS[1::2], model)
    with pytest.raises(UserError, match=r"nothing to train tiny on\. 2 of 2 rows .* refuses their turns"):
        fine_tune(ROWS[1::2], model, Store(tmp_path))
