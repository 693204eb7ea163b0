"""Losses of rows that were held out: training on a group helps that group, and intervals are those over seeds."""

import json

import numpy as np
import pytest

from core.errors import Cancelled, UserError
from core.lm import Example, HeldOut, Training, held_out_losses, load_language_model, score_answers
from core.store import Store
from tests.tiny_language_model import make_tiny_language_model

ROWS = [
    *(Example((("user", f"first {n}"),), "abababab") for n in range(8)),
    *(Example((("user", f"other {n}"),), "zyxzyxzy") for n in range(8)),
    Example((("user", "nothing"),), ""),
]
HELD = [0, 1, 8, 9, 16]
ARMS = {"first": [[2, 3, 4, 5]], "other": [[10, 11, 12, 13], [12, 13, 14, 15]]}
HOW = Training(rate=1e-2, batch=2, epochs=2)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = make_tiny_language_model(tmp_path_factory.mktemp("lm") / "tiny", scale=2.0)
    return load_language_model(str(folder), device="cpu")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def found(base, store):
    return held_out_losses(ARMS, ROWS, HELD, base, store, how=HOW, seeds=[3, 4])


def test_training_on_a_group_helps_that_group_more_than_another(found):
    groups = ["first", "first", "other", "other", "none"]
    for arm, helped, not_helped in (("first", "first", "other"), ("other", "other", "first")):
        gains = found.by_group(arm, groups, other="base")
        assert gains[helped].value < -0.5
        assert gains[helped].value < gains[not_helped].value - 0.3
    assert list(gains) == ["first", "other", "none"]
    assert np.isnan(gains["none"].value)
    assert gains["none"].rows == 0
    with pytest.raises(ValueError, match="3 groups of 5 rows"):
        found.by_group("first", groups[:3])


def test_losses_are_those_of_the_model_trained_with_that_seed(found, base, store):
    from core.lm import fine_tune

    assert found.arms == ("base", "first", "other")
    assert found.losses["base"][0] == pytest.approx(score_answers([ROWS[i] for i in HELD], base).given, nan_ok=True)
    own = fine_tune([ROWS[i] for i in (12, 13, 14, 15)], base, store, how=Training(**{**HOW.as_json(), "seed": 4}))
    assert found.losses["other"][1] == pytest.approx(score_answers([ROWS[i] for i in HELD], own).given, nan_ok=True)
    assert found.losses["first"].shape == (2, 5)
    assert np.isnan(found.losses["first"][:, 4]).all()
    assert found.notes == ("Held out: 1 of 5 rows have no score: there is no answer.",)


def test_intervals_are_worked_out_by_hand():
    losses = {"base": np.array([[4.0, 6.0]]), "a": np.array([[1.0, 3.0], [2.0, 4.0], [3.0, 8.0]])}
    found = HeldOut((0, 1), (0, 1, 2), losses)
    mean = found.mean("a")  # means 2, 3, 5.5: 3.5, deviation 1.8028; t of 2 degrees 4.3027
    half = 4.302653 * 1.802776 / 3**0.5
    assert (mean.value, mean.rows, mean.seeds) == (3.5, 2, 3)
    assert [mean.low, mean.high] == pytest.approx([3.5 - half, 3.5 + half], rel=1e-5)
    away = found.difference("a", "base")  # -3, -2, 0.5: the base has no seeds of its own
    assert [away.value, away.low, away.high] == pytest.approx([-1.5, -1.5 - half, -1.5 + half], rel=1e-5)
    alone = found.mean("base")
    assert (alone.value, alone.low, alone.high, alone.seeds) == (5.0, None, None, 1)
    paired = found.difference("a", "a")
    assert (paired.value, paired.low, paired.high, paired.alike) == (0, None, None, True)
    group = found.by_group("a", ["x", "y"])["y"]  # 3, 4, 8
    assert [group.value, group.high] == pytest.approx([5.0, 5.0 + 4.302653 * 7**0.5 / 3**0.5], rel=1e-5)
    with pytest.raises(UserError, match=r"There is no arm .c.\. The arms: base, a"):
        found.mean("c")


def test_seeds_that_differ_by_rounding_alone_have_no_interval():
    nearly = np.array([[2.0, 4.0], [2.0 + 2e-6, 4.0], [2.0, 4.0 - 2e-6]])
    found = HeldOut((0, 1), (0, 1, 2), {"base": np.array([[3.0, 3.0]]), "a": nearly, "b": nearly + 1e-4})
    apart = HeldOut((0, 1), (0, 1, 2), {"base": np.array([[3.0, 3.0]]), "a": 2 + (nearly - 2) * 50})
    for mean in (found.mean("a"), found.difference("b", "a"), found.by_group("a", "xy", other="base")["x"]):
        assert (mean.low, mean.high, mean.alike) == (None, None, True)
    assert apart.mean("a").low is not None
    assert not apart.mean("a").alike
    assert not found.mean("base").alike, "it has one line"


def test_that_the_seeds_trained_alike_is_said(base, tmp_path):
    arms = {"all at once": [[2, 3, 4]], "in steps": [[2, 3, 4, 5, 10, 11, 12, 13]]}
    how = Training(rate=1e-2, batch=4, epochs=2)
    found = held_out_losses(arms, ROWS, HELD, base, Store(tmp_path), how=how, seeds=[0, 1])
    assert found.mean("all at once").alike
    assert not found.mean("in steps").alike
    assert [note for note in found.notes if "alike" in note] == [
        "all at once: the seeds trained alike, as where a step holds all rows, so they say nothing of chance."
    ]


@pytest.mark.parametrize("lora", [0, 2])
def test_models_are_gone_once_they_have_told_their_losses_but_those_of_before(base, tmp_path, lora):
    from core.lm import fine_tune

    store, how = Store(tmp_path), Training(rate=1e-2, batch=4, epochs=1, lora=lora)
    rounds = fine_tune([ROWS[row] for row in (2, 3)], base, store, how=how)
    before = list((tmp_path / "models").iterdir())
    found = held_out_losses({"round": [[2, 3]], "other": [[4, 5]]}, ROWS, HELD, base, store, how=how)
    assert list((tmp_path / "models").iterdir()) == before
    assert (rounds.adapters or (rounds.folder,))[-1] == before[0]
    again = held_out_losses({"round": [[2, 3]], "other": [[4, 5]]}, ROWS, HELD, base, store, how=how)
    assert np.array_equal(again.losses["other"], found.losses["other"], equal_nan=True)


def test_they_come_back_from_json(found):
    again = HeldOut.from_json(json.loads(json.dumps(found.as_json(), allow_nan=False)))
    assert (again.rows, again.seeds, again.notes, again.arms) == (found.rows, found.seeds, found.notes, found.arms)
    assert all(np.array_equal(again.losses[arm], found.losses[arm], equal_nan=True) for arm in found.arms)


def test_what_was_worked_out_before_a_cancel_is_not_again(base, tmp_path, monkeypatch):
    from core.lm import held_out as module

    store, trained, fine_tune = Store(tmp_path), [], module.fine_tune
    monkeypatch.setattr(module, "fine_tune", lambda *args, **how: trained.append(1) or fine_tune(*args, **how))
    shares = []

    def stop(share, message):
        shares.append(share)
        if message.startswith("other, seed 1 of 2. Training"):
            raise Cancelled

    quick = Training(rate=1e-2, batch=4, epochs=1)
    with pytest.raises(Cancelled):
        held_out_losses(ARMS, ROWS, HELD, base, store, how=quick, seeds=[3, 4], progress=stop)
    assert shares == sorted(shares)
    assert len(trained) == 3, "the third was cancelled"
    held_out_losses(ARMS, ROWS, HELD, base, store, how=quick, seeds=[3, 4])
    assert len(trained) == 5
    held_out_losses(ARMS, ROWS, HELD, base, store, how=quick, seeds=[3, 4])
    assert len(trained) == 5


@pytest.mark.parametrize(
    ("arms", "held", "seeds", "message"),
    [
        ({"a": [[1]]}, [0], [], "at least one seed"),
        ({"a": [[1]]}, [0], [2, 2], "each seed once"),
        ({"base": [[1]]}, [0], [0], "No arm can be named 'base'"),
        ({"a": [[1], [2]]}, [0], [0, 1, 2], "a has 2 lists of rows for 3 seeds"),
        ({"a": [[1, 0]]}, [0], [0], "Row 1 is held out and trained on in a"),
        ({"a": [[1]]}, [16], [0], "None of the held-out rows can be scored"),
        ({"a": [[16]]}, [0], [0], "nothing to train tiny on"),
    ],
)
def test_what_cannot_be_compared_is_said(base, store, arms, held, seeds, message):
    with pytest.raises(UserError, match=message):
        held_out_losses(arms, ROWS, held, base, store, how=HOW, seeds=seeds)
