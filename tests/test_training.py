"""Fine-tuning: which tokens are learnt, that the same is trained once, and adapters."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import Cancelled, UserError
from core.lm import Example, Training, fine_tune, load_language_model, open_model, proxy_base, score_answers
from core.lm.optimising import Optimiser, schedule
from core.lm.proxy import ProxySize
from core.lm.training import _steps
from core.lm.training_rows import answer_loss, training_rows
from core.store import Store
from tests.tiny_language_model import make_tiny_language_model

ROWS = [
    Example((("user", f"say {word}"),), f"{word} {word}")
    for word in ("red", "blue", "green", "grey", "teal", "pink", "a", "umber")
]
ODD = [
    Example((("user", "why"),), ""),
    Example((("user", "x" * 200),), "no room for this"),
    Example((("user", "y" * 50),), "an answer that is cut where the context ends"),
    Example((), "a bare text"),
]
HOW = Training(rate=1e-2, batch=4)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return load_language_model(
        str(make_tiny_language_model(tmp_path_factory.mktemp("lm") / "tiny", scale=2.0)), device="cpu"
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("home"))


def weights(model):
    return {name: each.detach().clone() for name, each in model._model.named_parameters()}


def slow_loss(model, pairs):
    """One row after the other without padding, each answer token looked up; a tensor to go back from."""
    total = torch.zeros((), dtype=torch.float32)
    for before, answer in pairs:
        tokens = torch.tensor([[*before, *answer]])
        chances = torch.log_softmax(model._model(input_ids=tokens).logits[0], dim=-1)
        for place in range(max(1, len(before)), tokens.shape[1]):
            total = total - chances[place - 1, tokens[0, place]]
    return total


def gradient(model, loss):
    model._model.zero_grad(set_to_none=True)
    loss.backward()
    found = {name: each.grad.clone() for name, each in model._model.named_parameters()}
    model._model.zero_grad(set_to_none=True)
    return found


@pytest.mark.parametrize(("chat", "ends"), [(False, True), (True, True), (False, False)])
def test_the_loss_is_of_the_answers_tokens_and_the_end_alone(tmp_path, chat, ends):
    own = load_language_model(
        str(make_tiny_language_model(tmp_path / "m", chat=chat, ends=ends, scale=3.0)), device="cpu"
    )
    rows = training_rows([*ROWS[:3], *ODD], own)
    for (before, answer), each in zip(rows.pairs[:3], ROWS, strict=False):
        assert before == own.prompt_tokens(each), "the form in which it is scored"
        assert answer == own.answer_tokens(each) + ([own.tokenizer.eos_token_id] if ends else [])
    loss, slow = answer_loss(own._model, rows.pairs, "cpu"), slow_loss(own, rows.pairs)
    assert float(loss.detach()) == pytest.approx(float(slow.detach()), rel=1e-5)
    for found, wanted in zip(gradient(own, loss).values(), gradient(own, slow).values(), strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-4)


def test_a_prompt_has_no_part_in_the_loss_but_as_what_was_said(base):
    """The gradient of the loss with respect to each logit: zero wherever the next token is not an answer's."""
    pairs = training_rows(ROWS[:3], base).pairs
    held = []
    hook = base._model.lm_head.register_forward_hook(lambda _, __, found: held.append(found) or found.retain_grad())
    answer_loss(base._model, pairs, "cpu").backward()
    hook.remove()
    base._model.zero_grad(set_to_none=True)
    first = min(len(before) for before, _ in pairs) - 1
    for row, (before, answer) in enumerate(pairs):
        moved = np.flatnonzero(held[0].grad[row].abs().sum(-1).numpy()) + first
        assert moved.tolist() == list(range(len(before) - 1, len(before) + len(answer) - 1))


def test_what_is_cut_and_what_is_left_out_is_counted(base, tmp_path):
    rows = training_rows([*ROWS[:2], *ODD], base)
    assert len(rows.pairs) == 4
    assert sum(map(len, rows.pairs[2])) == base.context, "cut, and without an end token"
    assert rows.notes() == (
        "1 of 6 answers were cut where the model's context ends, and are trained on so far.",
        "1 of 6 rows were not trained on: there is no answer.",
        "1 of 6 rows were not trained on: what stands before the answer fills the model's context.",
    )
    bare = load_language_model(str(make_tiny_language_model(tmp_path / "m", ends=False)), device="cpu")
    assert training_rows([Example((), "z"), Example((), "zz")], bare).notes() == (
        "1 of 2 rows were not trained on: the answer is one token, and the tokenizer has none to stand before it.",
    )


def test_training_lowers_the_loss_and_leaves_the_base_as_it_was(base, store):
    before, old = score_answers(ROWS, base).given.mean(), weights(base)
    tuned = fine_tune([*ROWS, ODD[0]], base, store, how=HOW)
    assert score_answers(ROWS, tuned).given.mean() < before - 0.5
    assert all(torch.equal(each, old[name]) for name, each in base._model.named_parameters())
    assert tuned.name == "tiny, trained on 8 rows"
    assert tuned.notes == ("1 of 9 rows were not trained on: there is no answer.",)
    assert not tuned.proxy
    assert tuned.key != base.key


def test_a_step_is_adamw_along_the_clipped_gradient_of_the_mean_token_loss(base, store):
    """Worked by hand: in Adam's first step every weight moves by the rate times the sign of its gradient, nearly."""
    how = Training(epochs=1, batch=8, rate=1e-3)
    tuned = fine_tune(ROWS, base, store, how=how)
    pairs = training_rows(ROWS, base).pairs
    slope = gradient(base, slow_loss(base, pairs) / sum(len(answer) for _, answer in pairs))
    norm = torch.sqrt(sum((each**2).sum() for each in slope.values()))
    for name, new in weights(tuned).items():
        old, g = weights(base)[name], slope[name] * min(1.0, 1 / float(norm))
        hand = old * (1 - 1e-3 * 0.01) - 1e-3 * g / (g.abs() + 1e-8)
        sure = g.abs() > 1e-5  # elsewhere rounding tells the sign
        torch.testing.assert_close(new[sure], hand[sure], rtol=1e-4, atol=2e-6)


def test_a_step_in_parts_is_the_step_at_once(base, tmp_path, monkeypatch):
    how = Training(epochs=1, batch=8, rate=1e-3)
    whole = weights(fine_tune(ROWS, base, Store(tmp_path / "a"), how=how))
    calls = []
    monkeypatch.setattr("core.lm.training.answer_loss", lambda *args: calls.append(len(args[1])) or answer_loss(*args))
    monkeypatch.setattr("core.lm.language_model._TOKENS", {"cpu": 50})
    parts = weights(fine_tune(ROWS, base, Store(tmp_path / "b"), how=how))
    assert len(calls) > 2
    assert sum(calls) == 8
    far = max(float((parts[name] - whole[name]).abs().max()) for name in whole)
    assert far < 1e-4, "of steps of a thousandth"


def test_the_same_is_trained_once_and_the_same_each_time(base, tmp_path, monkeypatch):
    one = fine_tune(ROWS, base, Store(tmp_path / "a"), how=HOW)
    two = fine_tune(ROWS, base, Store(tmp_path / "b"), how=HOW)
    assert one.key == two.key, "a digest of the weights"
    assert fine_tune(ROWS, base, Store(tmp_path / "b"), how=replace(HOW, seed=1)).key != one.key
    monkeypatch.setattr("core.lm.training._train", None)
    said = []
    again = fine_tune(ROWS, base, Store(tmp_path / "a"), how=HOW, progress=lambda *each: said.append(each))
    assert (again.key, again.name, again.notes) == (one.key, one.name, one.notes)
    assert not said


@pytest.mark.parametrize("lora", [0, 2])
def test_a_cancelled_training_leaves_nothing_behind(base, tmp_path, lora):
    store, shares = Store(tmp_path), []

    def stop(share, message):
        shares.append(share)
        if "step 3 of 6" in message:
            raise Cancelled

    with pytest.raises(Cancelled):
        fine_tune(ROWS, base, store, how=replace(HOW, lora=lora), progress=stop)
    assert list((tmp_path / "models").iterdir()) == []
    assert shares == sorted(shares)


def test_every_row_has_its_turn_once_an_epoch_and_of_many_beside_rows_of_its_length():
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 500, 1003).tolist()
    steps = _steps(lengths, Training(epochs=2, batch=10))
    assert len(steps) == 202
    for epoch in (steps[:101], steps[101:]):
        assert sorted(row for step in epoch for row in step) == list(range(1003))
    widths = [max(lengths[row] for row in step) - min(lengths[row] for row in step) for step in steps]
    assert np.mean(widths) < 80, "of 500"
    assert steps[:101] != steps[101:]
    assert steps == _steps(lengths, Training(epochs=2, batch=10))
    assert len(_steps(lengths, Training(epochs=0.5, batch=10))) == 50
    assert len(_steps(lengths, Training(epochs=0.01, batch=10))) == 1


def test_seeds_differ_in_which_rows_a_step_holds_and_are_the_same_where_it_holds_all():
    lengths = list(range(1, 33))
    sets = [{frozenset(step) for step in _steps(lengths, Training(epochs=1, seed=seed))} for seed in (0, 1)]
    assert not sets[0] & sets[1], "of two steps of 16 rows"
    few = [_steps(lengths[:9], Training(epochs=3, seed=seed)) for seed in (0, 1)]
    assert few[0] == few[1] == [[8, 7, 6, 5, 4, 3, 2, 1, 0]] * 3


def test_the_copy_that_was_trained_is_let_go_of(base, tmp_path, monkeypatch):
    import gc
    import weakref

    from core.lm import training

    copies, freed, read = [], [], training.read_weights

    def watched(*args):
        found = read(*args)
        copies.append(weakref.ref(found))
        return found

    monkeypatch.setattr(training, "read_weights", watched)
    monkeypatch.setattr("core.lm.training.let_go", lambda device: freed.append((device, gc.collect())))
    for lora in (0, 2):
        fine_tune(ROWS[:2], base, Store(tmp_path), how=Training(epochs=1, lora=lora))
    assert [device for device, _ in freed] == ["cpu", "cpu"]
    assert [copy() for copy in copies] == [None, None]


def test_the_rate_rises_and_falls():
    assert [schedule(step, 40) for step in (0, 1, 2, 21)] == pytest.approx([0.5, 1, 1, 0.55])
    assert schedule(39, 40) == pytest.approx(0.1, abs=0.01)
    weight = torch.nn.Parameter(torch.tensor([1.0]))
    moving = Optimiser([weight], 0.1, 2)
    weight.grad = torch.tensor([50.0])
    moving.step()
    assert float(weight.detach()) == pytest.approx(1 - 0.1 * 0.01 - 0.1, abs=1e-5)
    assert weight.grad is None


# LoRA


def test_an_adapter_is_put_on_a_base_that_stays(base, store):
    old, before = weights(base), score_answers(ROWS, base).given
    tuned = fine_tune(ROWS, base, store, how=Training(rate=5e-2, batch=4, epochs=10, lora=4))
    after = score_answers(ROWS, tuned).given
    assert after.mean() < before.mean() - 0.02
    assert score_answers(ROWS, base).given == pytest.approx(before)
    new = weights(tuned)
    moved = [name for name in new if "lora" in name]
    assert moved
    assert {name.replace(".base_layer", "") for name in new if "lora" not in name} == set(old), "and nothing else"
    assert all(
        torch.equal(each, old[name.replace(".base_layer", "")]) for name, each in new.items() if name not in moved
    )
    (folder,) = tuned.adapters
    assert sorted(path.name for path in folder.iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
        "training.json",
    ]
    layer, at = tuned._model.transformer.h[0].attn.c_attn, "transformer.h.0.attn.c_attn"
    x = torch.randn(3, 16)
    low, high = new[f"{at}.lora_A.default.weight"], new[f"{at}.lora_B.default.weight"]
    by_hand = x @ old[f"{at}.weight"] + old[f"{at}.bias"] + 2 * (x @ low.T) @ high.T  # Conv1D keeps its weights turned
    torch.testing.assert_close(layer(x), by_hand, rtol=1e-4, atol=1e-5)


def test_an_adapter_is_the_same_each_time_and_another_with_another_seed(base, tmp_path):
    how = replace(HOW, lora=2, epochs=1)
    keys = [fine_tune(ROWS, base, Store(tmp_path / place), how=how).key for place in "ab"]
    assert keys[0] == keys[1]
    assert fine_tune(ROWS, base, Store(tmp_path / "a"), how=replace(how, seed=1)).key != keys[0]


def test_what_was_trained_can_be_trained_on(base, store):
    first = fine_tune(ROWS[:4], base, store, how=replace(HOW, lora=2))
    second = fine_tune(ROWS[4:], first, store, how=replace(HOW, lora=2))
    assert len(second.adapters) == 2
    assert second.name == "tiny, trained on 4 rows, trained on 4 rows"
    third = fine_tune(ROWS, second, store, how=HOW)
    assert third.adapters == ()
    losses = [score_answers(ROWS, each).given.mean() for each in (base, third)]
    assert losses[1] < losses[0] - 0.5


def test_without_peft_there_is_no_adapter(base, store, monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(UserError, match=r"pip install gamut\[lora\]"):
        fine_tune(ROWS, base, store, how=Training(lora=2, seed=77))


# What cannot be trained


def test_what_cannot_be_trained_on_is_said(base, store, monkeypatch):
    with pytest.raises(UserError, match=r"nothing to train tiny on\. There are no rows"):
        fine_tune([], base, store)
    with pytest.raises(UserError, match=r"1 of 1 rows were not trained on: there is no answer\. Choose rows"):
        fine_tune(ODD[:1], base, store)
    with pytest.raises(UserError, match=r"a loss that is no number, at step \d of 6\. Use a lower rate"):
        monkeypatch.setattr("core.lm.training.Optimiser.step", lambda self: self._weights[0].data.fill_(np.nan))
        fine_tune(ROWS, base, store, how=replace(HOW, seed=5))


def test_a_training_too_large_for_the_memory_is_refused(base, store, monkeypatch):
    monkeypatch.setattr("core.lm.room.available", lambda: 15 * base.weights)
    with pytest.raises(UserError, match=r"Training tiny needs about .* of memory on cpu .* or train it with LoRA\."):
        fine_tune(ROWS, base, store, how=replace(HOW, seed=6))
    fine_tune(ROWS, base, store, how=replace(HOW, seed=6, lora=2, epochs=0.1))
    monkeypatch.setattr("core.lm.room.available", lambda: 4 * base.weights)
    with pytest.raises(UserError, match=r"\(a copy beside it\), and .* are free\. Choose a smaller model\."):
        fine_tune(ROWS, base, store, how=replace(HOW, seed=7, lora=2))


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"epochs": 0}, "epochs is 0, and must be a number from 0.01 to 100"),
        ({"batch": 1.5}, "batch is 1.5, and must be a whole number from 1"),
        ({"rate": -1.0}, "rate is -1.0"),
        ({"lora": -1}, "lora is -1"),
        ({"seed": -1}, "The seed is -1, and must be a whole number from 0"),
        ({"seed": "a"}, "The seed is a"),
        ({"depth": 3}, "has no parameter 'depth'"),
    ],
)
def test_a_training_that_there_cannot_be_is_refused(told, message):
    with pytest.raises(UserError, match=message):
        Training.from_json(told)


def test_a_training_comes_back_from_json():
    for how in (Training(), Training(epochs=1.5, batch=3, rate=1e-4, lora=8, seed=(1 << 62) + 1)):
        assert Training.from_json(how.as_json()) == how
    assert [Training(lora=lora).rate_for(proxy) for proxy in (True, False) for lora in (0, 8)] == [
        1e-3,
        1e-3,
        2e-5,
        2e-4,
    ]


# The proxy that has read no answer

SMALL = ProxySize(words=300, layers=1, heads=1, width=16, context=48, least_steps=30, most_steps=30, batch=4, rate=3e-3)


def test_the_base_proxy_has_words_for_the_answers_and_has_not_read_them(tmp_path):
    rows = [Example((("user", "say it"),), "zebra zebra zebra") for _ in range(40)]
    store = Store(tmp_path)
    base = proxy_base(rows, store, size=SMALL, device="cpu")
    assert (base.name, base.proxy) == ("proxy", True)
    assert len(base.text_tokens("zebra")) < 5, "a word of its own or two"
    said = score_answers([Example((), "say it")], base, scores=["log_perplexity"]).given
    unread = score_answers(rows[:1], base, scores=["log_perplexity"]).given
    assert said[0] < unread[0] - 1
    tuned = fine_tune(rows, base, store, how=Training(epochs=20, batch=8, rate=3e-3))
    assert (tuned.name, tuned.proxy) == ("proxy, trained on 40 rows", True)
    assert score_answers(rows[:1], tuned, scores=["log_perplexity"]).given[0] < unread[0] - 1


def test_the_base_proxy_of_bare_texts_is_random_and_seeded(tmp_path):
    rows = [Example((), "a bare text that is all answer")] * 20
    one, two = (proxy_base(rows, Store(tmp_path / place), size=SMALL, device="cpu") for place in "ab")
    assert one.key == two.key
    loss = score_answers(rows[:1], one, scores=["log_perplexity"]).given[0]
    assert loss == pytest.approx(np.log(one.vocabulary), abs=0.3), "every token is as likely"
    assert proxy_base(rows, Store(tmp_path / "a"), size=SMALL, seed=1, device="cpu").key != one.key
    with pytest.raises(UserError, match="no text to train the proxy on"):
        proxy_base([Example((), "")], Store(tmp_path / "a"))


def test_a_model_is_opened_by_its_name(base, tmp_path, monkeypatch):
    monkeypatch.setattr("core.lm.proxy.BASE_SIZE", SMALL)
    assert open_model("proxy", ROWS, Store(tmp_path), device="cpu").proxy
    own = open_model(str(base.folder), ROWS, Store(tmp_path), device="cpu")
    assert (own.key, own.proxy) == (base.key, False)
