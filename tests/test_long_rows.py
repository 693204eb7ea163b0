"""Long rows: the logits are worked out stretch by stretch, and memory that does not suffice is told."""

import pytest
import torch

from core.errors import UserError
from core.lm import Example, Training, fine_tune, load_language_model
from core.lm.training_rows import answer_loss, training_rows
from core.store import Store
from tests.tiny_language_model import make_tiny_language_model

ROWS = [Example((("user", "a"),), "bcdefghijklmnopqrstuvw" * 2), Example((("user", "ab"),), "cd")]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_language_model(
        str(make_tiny_language_model(tmp_path_factory.mktemp("lm") / "tiny", scale=3.0)), device="cpu"
    )


def widest(model, do):
    """What that gives, and the most places of a row whose logits were worked out at once."""
    seen = []
    hook = model._model.lm_head.register_forward_hook(lambda _, __, found: seen.append(found.shape[1]))
    try:
        return do(), max(seen)
    finally:
        hook.remove()


def test_a_long_row_is_scored_in_stretches_as_it_is_at_once(model, monkeypatch):
    pairs = [(model.prompt_tokens(each), model.answer_tokens(each)) for each in ROWS]
    whole, width = widest(model, lambda: model.losses(pairs))
    assert width == 44
    monkeypatch.setattr("core.lm.language_model._TOKENS", {"cpu": 10})
    parts, width = widest(model, lambda: model.losses(pairs))
    assert width == 5, "of two rows"
    for one, two in zip(whole, parts, strict=True):
        assert two == pytest.approx(one, rel=1e-5)


def test_a_long_row_is_learnt_in_stretches_as_it_is_at_once(model):
    pairs = training_rows(ROWS, model).pairs

    def slope(room):
        model._model.zero_grad(set_to_none=True)
        loss = answer_loss(model._model, pairs, "cpu", room)
        loss.backward()
        return float(loss.detach()), [each.grad.clone() for each in model._model.parameters()]

    (whole, slopes), _ = widest(model, lambda: slope(10_000))
    (loss, others), width = widest(model, lambda: slope(14))
    model._model.zero_grad(set_to_none=True)
    assert width == 7
    assert loss == pytest.approx(whole, rel=1e-5)
    for one, two in zip(slopes, others, strict=True):
        torch.testing.assert_close(two, one, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory: you tried to allocate 9"),
        MemoryError(),
    ],
)
def test_memory_that_does_not_suffice_is_told(model, tmp_path, monkeypatch, error):
    def full(*_, **__):
        raise error

    monkeypatch.setattr("core.lm.language_model.token_losses", full)
    monkeypatch.setattr("core.lm.training_rows.token_losses", full)
    with pytest.raises(UserError, match=r"tiny needs more memory on cpu than is free\. Leave out the longest rows"):
        model.losses([([0], [1, 2])])
    with pytest.raises(UserError, match=r"Training tiny needs more memory on cpu"):
        fine_tune(ROWS, model, Store(tmp_path), how=Training(epochs=1))
    monkeypatch.setattr("core.lm.language_model.token_losses", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        model.losses([([0], [1, 2])])
