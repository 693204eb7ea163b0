"""Where a turn ends: models with several end tokens, as those for chats have."""

import json

import pytest
import torch

from core.lm import Example, Training, fine_tune, generate, load_language_model
from core.lm.training_rows import training_rows
from core.store import Store
from tests.tiny_language_model import TEMPLATE, make_tiny_language_model

ROW = Example((("user", "ab"),), "cd")
TURN = 5  # a token that the folder alone names as an end


def model_with_ends(folder, ends, template=None):
    make_tiny_language_model(folder, scale=4.0)
    told = {} if ends is None else {"eos_token_id": ends}
    (folder / "generation_config.json").write_text(json.dumps(told))
    found = load_language_model(str(folder), device="cpu")
    if template is not None:
        found.tokenizer.chat_template = template
        found.tokenizer.save_pretrained(folder)
        found = load_language_model(str(folder), device="cpu")
    return found


def likeliest(model, tokens, most):
    """One token after the other, whatever it is."""
    tokens = list(tokens)
    for _ in range(most):
        with torch.inference_mode():
            tokens.append(int(model._model(input_ids=torch.tensor([tokens])).logits[0, -1].argmax()))
    return tokens[-most:]


@pytest.mark.parametrize("several", [False, True])
def test_an_answer_ends_at_the_first_of_any_end_token(tmp_path, several):
    plain = model_with_ends(tmp_path / "plain", None)
    whole = likeliest(plain, plain.prompt_tokens(ROW), 12)
    turn = whole[4]
    own = model_with_ends(tmp_path / "own", [0, 200, turn] if several else turn)
    assert own.ends == ((0, 200, turn) if several else (0, turn))
    assert generate([ROW], own, most=12) == [whole[: whole.index(turn)]]
    with torch.random.fork_rng(devices=[]):
        drawn = own.sampled([own.prompt_tokens(ROW)] * 8, 40, temperature=2.0)
    assert all(token not in own.ends for each in drawn for token in each)


@pytest.mark.parametrize(
    ("template", "end"),
    [
        (TEMPLATE + "{{ 'END' if not add_generation_prompt else '' }}\n", TURN),  # and a line end behind it
        (TEMPLATE, 0),  # the last of an assistant turn is a letter
        ("{{ raise_exception('users alone') }}", 0),
        (None, 0),
    ],
)
def test_the_end_of_a_turn_of_the_chat_template_is_learnt(tmp_path, template, end):
    own = model_with_ends(tmp_path / "m", [0, TURN])
    if template is not None:
        template = template.replace("END", own.tokenizer.decode([TURN]))
    own = model_with_ends(tmp_path / "n", [0, TURN], template)
    assert own.end == end
    if template is None or "raise" not in template:
        ((_, answer),) = training_rows([ROW], own).pairs
        assert answer == [*own.answer_tokens(ROW), end]


def test_a_trained_model_has_the_end_tokens_of_its_base(tmp_path):
    base = model_with_ends(tmp_path / "m", [7, TURN])
    assert base.ends == (0, 7, TURN)
    for lora in (0, 2):
        tuned = fine_tune([ROW], base, Store(tmp_path / "home"), how=Training(epochs=1, lora=lora))
        assert tuned.ends == base.ends
