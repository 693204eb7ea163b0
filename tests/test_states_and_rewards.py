"""What a model holds of texts, what it draws, and models that give rewards."""

import numpy as np
import pytest
import torch

from core.errors import Cancelled, UserError
from core.lm import Example, cut_texts, load_language_model, load_reward_model, mean_states, rewards
from core.store import Store
from tests.tiny_language_model import make_tiny_language_model

TEXTS = ["a", "Grüß dich", "", "a longer text of some words", "x" * 100]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = make_tiny_language_model(tmp_path_factory.mktemp("lm") / "tiny", scale=4.0)
    return load_language_model(str(folder), device="cpu")


# Mean states


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_mean_states_are_those_of_each_text_alone_without_padding(model, layer):
    found = mean_states(TEXTS, model, layer)
    assert (found.shape, found.dtype) == ((5, 16), np.float32)
    for text, state in zip(TEXTS, found, strict=True):
        tokens = model.text_tokens(text)[: model.context - 1]
        if not tokens:
            assert np.isnan(state).all()
            continue
        with torch.inference_mode():
            body = model._model.transformer
            held = body.wte(torch.tensor([model.start, *tokens])) + body.wpe(torch.arange(len(tokens) + 1))
            for block in body.h[:layer]:
                held = block(held[None])[0] if held.ndim == 2 else block(held)
                held = held[0] if isinstance(held, tuple) else held
            held = held.reshape(len(tokens) + 1, 16)
        slow = np.mean([held[place].numpy() for place in range(1, len(tokens) + 1)], axis=0)
        assert state == pytest.approx(slow, rel=1e-4, abs=1e-5)


def test_the_states_are_those_that_transformers_tells(model):
    batch = [[3, 4, 5], [9], [1, 2]]
    for layer in (0, 1):  # after the last block it tells the states behind a norm
        for row, state in zip(batch, model.states(batch, layer), strict=True):
            with torch.inference_mode():
                told = model._model(torch.tensor([row]), output_hidden_states=True).hidden_states[layer][0]
            assert state == pytest.approx(told.mean(0).numpy(), rel=1e-4, abs=1e-5)
    assert model.blocks == 2
    for layer in (-1, 3):
        with pytest.raises(UserError, match=rf"The layer is {layer}, and tiny has those from 0 to 2"):
            model.states(batch, layer)


def test_blocks_above_the_layer_are_not_computed_and_the_model_goes_on(model, monkeypatch):
    before = model.losses([([0], [1, 2])])
    monkeypatch.setattr(model._model.transformer.h[1], "forward", None)
    model.states([[3, 4]], 1)
    monkeypatch.undo()
    assert model.losses([([0], [1, 2])])[0] == pytest.approx(before[0])


def test_texts_that_are_cut_are_told(model):
    said = []
    mean_states(TEXTS, model, 0, progress=lambda share, message: said.append((share, message)))
    assert cut_texts(TEXTS, model).tolist() == [False, False, False, False, True]
    assert said[-1] == (1, "Read 4 texts; 1 of them were cut where the model's context ends")
    assert [share for share, _ in said] == sorted(share for share, _ in said)


def test_texts_that_were_read_before_a_cancel_are_not_read_again(model, tmp_path, monkeypatch):
    monkeypatch.setattr("core.lm.states._STRETCH", 2)
    store, asked, states = Store(tmp_path), [], model.states
    monkeypatch.setattr(model, "states", lambda batch, *a, **k: asked.append(len(batch)) or states(batch, *a, **k))

    def stop(share, message):
        if "Read 2 of" in message:
            raise Cancelled

    with pytest.raises(Cancelled):
        mean_states(TEXTS, model, 1, store=store, progress=stop)
    assert sum(asked) == 2
    found = mean_states(TEXTS, model, 1, store=store)
    assert sum(asked) == 4
    assert mean_states(TEXTS, model, 1, store=store) == pytest.approx(found, nan_ok=True)
    assert sum(asked) == 4


# Drawing


PROMPTS = [[0, 5, 9], [0, 7], [0, 7, 7, 7, 7]]


def test_what_is_drawn_is_fixed_by_the_seed(model):
    state = torch.random.get_rng_state()
    one = model.sampled(PROMPTS, 12, seed=1)
    assert one == model.sampled(PROMPTS, 12, seed=1)
    assert one != model.sampled(PROMPTS, 12, seed=2)
    assert torch.equal(torch.random.get_rng_state(), state), "nobody else's chance is touched"
    assert all(len(each) <= 12 for each in one)


def test_a_low_temperature_or_a_small_share_takes_the_likeliest(model):
    greedy = model.continued(PROMPTS, 12)
    assert model.sampled(PROMPTS, 12, temperature=0) == greedy
    assert model.sampled(PROMPTS, 12, temperature=1e-4, seed=3) == greedy
    assert model.sampled(PROMPTS, 12, top_p=1e-6, seed=3) == greedy
    assert model.sampled(PROMPTS, 12, temperature=3, seed=3) != greedy


def test_tokens_are_drawn_by_their_chances_within_the_share(model):
    prompt = [0, 9, 4]
    with torch.inference_mode():
        logits = model._model(torch.tensor([prompt])).logits[0, -1].double()
    for temperature, share in ((1.0, 1.0), (0.5, 0.6)):
        chance = torch.softmax(logits / temperature, -1).numpy()
        order = np.argsort(-chance)
        kept = order[: int(np.searchsorted(np.cumsum(chance[order]), share) + 1)]
        wanted = np.zeros(257)
        wanted[kept] = chance[kept] / chance[kept].sum()
        drawn = model.sampled([prompt] * 4000, 1, temperature=temperature, top_p=share, seed=5)
        counts = np.bincount([each[0] if each else model.tokenizer.eos_token_id for each in drawn], minlength=257)
        assert set(np.flatnonzero(counts)) <= set(kept.tolist()) or share == 1
        away = np.abs(counts / 4000 - wanted)
        assert (away < 5 * np.sqrt(wanted / 4000) + 2 / 4000).all()


@pytest.mark.parametrize("how", [{"temperature": -1}, {"temperature": np.nan}, {"top_p": 0}, {"top_p": 1.1}])
def test_a_chance_that_there_cannot_be_is_refused(model, how):
    with pytest.raises(UserError, match=r"temperature|top_p"):
        model.sampled(PROMPTS, 3, **how)


# Rewards


ROWS = [Example((("user", "two and two?"),), ""), Example((), ""), Example((("user", "why"),), "")]
ANSWERS = ["four", "a bare text", "x" * 90]


def make_reward_model(folder, *, outputs=1, chat=False, pad=0):
    from transformers import GPT2Config, GPT2ForSequenceClassification

    make_tiny_language_model(folder, chat=chat)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = GPT2Config(
            vocab_size=257, n_positions=64, n_embd=16, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0
        )
        config.num_labels, config.pad_token_id = outputs, pad
        GPT2ForSequenceClassification(config).save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize("chat", [False, True])
@pytest.mark.parametrize("pad", [0, None])
def test_a_reward_is_the_output_of_the_text_alone(tmp_path, chat, pad):
    judge = load_reward_model(make_reward_model(tmp_path / "judge", chat=chat, pad=pad), device="cpu")
    found = rewards([*ROWS, *ROWS], [*ANSWERS, "five", "", "because"], judge)
    texts = (
        ["<user>two and two?<assistant>four", "<assistant>a bare text"]
        if chat
        else ["two and two?\n\nfour", "a bare text"]
    )
    for text, reward in zip(texts, found, strict=False):
        tokens = judge.tokenizer(text, add_special_tokens=False)["input_ids"]
        with torch.inference_mode():
            state = judge._model.transformer(torch.tensor([tokens])).last_hidden_state[0, -1]
            slow = float(state @ judge._model.score.weight[0])
        assert reward == pytest.approx(slow, rel=1e-4)
    assert np.isnan(found[2]), "cut, it would be another answer"
    assert np.isfinite(found[[3, 5]]).all()
    judge.close()


def test_a_pair_is_set_apart_where_the_tokenizer_does(tmp_path):
    from tokenizers import processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    folder = make_tiny_language_model(tmp_path / "m")
    raw = load_language_model(str(folder), device="cpu").tokenizer.backend_tokenizer
    raw.post_processor = processors.BertProcessing(("<e>", 0), ("<e>", 0))
    PreTrainedTokenizerFast(tokenizer_object=raw, sep_token="<e>", cls_token="<e>", pad_token="<e>").save_pretrained(
        tmp_path / "bert"
    )
    config = BertConfig(
        vocab_size=257, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, num_labels=1
    )
    BertForSequenceClassification(config).save_pretrained(tmp_path / "bert")
    judge = load_reward_model(str(tmp_path / "bert"), device="cpu")
    found = rewards(ROWS[:2], ANSWERS[:2], judge)
    first = judge.tokenizer(
        "two and two?", "four", return_tensors="pt", return_token_type_ids=True, return_attention_mask=True
    )
    assert first["token_type_ids"].sum() == 5, "four letters and the end"
    with torch.inference_mode():
        assert found[0] == pytest.approx(float(judge._model(**first).logits[0, 0]), rel=1e-4, abs=1e-6)


def test_rewards_are_kept(tmp_path, monkeypatch):
    judge, store = load_reward_model(make_reward_model(tmp_path / "judge"), device="cpu"), Store(tmp_path / "home")
    said = []
    found = rewards(ROWS, ANSWERS, judge, store, lambda share, message: said.append((share, message)))
    assert said[-1] == (1, "Rewarded 2 answers")
    assert [share for share, _ in said] == sorted(share for share, _ in said)
    monkeypatch.setattr(judge, "rewards", None)
    assert rewards(ROWS, ANSWERS, judge, store) == pytest.approx(found, nan_ok=True)


def test_a_model_that_gives_no_rewards_is_refused(tmp_path):
    with pytest.raises(UserError, match="judge has 3 outputs, and a reward model has one"):
        load_reward_model(make_reward_model(tmp_path / "judge", outputs=3))
    folder = make_tiny_language_model(tmp_path / "plain")
    with pytest.raises(UserError, match="plain has 2 outputs"):
        load_reward_model(str(folder))
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace("{", '{"id2label": {"0": "good"},', 1))
    with pytest.raises(UserError, match=r"plain has no weights for its output \(score\.weight\)"):
        load_reward_model(str(folder))
    with pytest.raises(UserError, match=r"There is no folder \./nowhere"):
        load_reward_model("./nowhere")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{}")
    with pytest.raises(UserError, match="cannot be loaded as a reward model"):
        load_reward_model(str(tmp_path / "broken"))
