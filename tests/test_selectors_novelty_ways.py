"""The fast ways of NovelSelect's released form: each chooses as the formula, the authors' code and a loop do."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import pytest

from core.geometry import Space
from core.selectors import _novelty_few, _novelty_rule, select
from core.selectors._novelty_few import NoveltyAmongFew
from core.selectors._novelty_lazy import LazyNovelty
from tests import test_selectors_golden as golden
from tests.test_selectors_novelty_lazy import HARD, to_the_letter
from tests.test_selectors_slow import CLOUDS, SETTINGS, blobs, slow_novelselect


def among_few(space: Space, *given: Any, **how: Any) -> NoveltyAmongFew:
    return NoveltyAmongFew(space, *given, cosines=space.take_cosines(), **how)


WAYS: dict[str, Callable[..., Any]] = {"compiled": LazyNovelty, "cosines kept": among_few}


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    """In which every choice is made, and in no other."""
    monkeypatch.setattr(_novelty_rule, "NoveltyGreedy", None)
    monkeypatch.setattr(_novelty_rule, "COMPILED_FROM", 0)
    monkeypatch.setattr(_novelty_few, "_APART", -1)
    if request.param == "compiled":
        monkeypatch.setattr(_novelty_few, "FEW", 0)
    else:
        monkeypatch.setattr("core.selectors._novelty_lazy.LazyNovelty", None)
    return WAYS[request.param]


@pytest.mark.parametrize("setting", [s for s in SETTINGS if s["form"] == "released"], ids=lambda s: f"{s}")
@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_choice_is_the_formula_to_the_letter(cloud, setting, way):
    space = Space(CLOUDS[cloud])
    budget = min(len(space), 70)
    chosen, gains = slow_novelselect(space.unit64(), budget, 3, **setting)
    found = select("novelselect", space, budget, first=3, keep_copies=True, **setting)
    assert found.positions.tolist() == chosen
    assert np.allclose(found.gains[1:], gains[1:], rtol=1e-8, atol=1e-12)


@golden.cases("novelselect.fp64")
def test_the_choice_is_that_of_the_authors_code_in_double_precision(key, way):
    golden.test_novelselect_is_the_choice_of_the_authors_code_in_double_precision(key)


@pytest.mark.parametrize("strength", [0.5, 3.0])
def test_a_score_multiplies_and_rows_of_score_0_come_last(strength, way):
    rows, score = blobs(150, 4, near=10, seed=9), np.random.default_rng(4).integers(0, 6, 150).astype(float)
    setting = {"form": "released", "alpha": 1.0, "beta": 0.5}
    chosen, gains = slow_novelselect(Space(rows).unit64(), 150, 5, factors=score**strength, **setting)
    found = select("novelselect", Space(rows), 150, first=5, quality=score, strength=strength, keep_copies=True)
    assert found.positions.tolist() == chosen
    assert np.allclose(found.gains[1:], gains[1:], rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("alpha", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("unlike", ["nothing", "densities", "factors"])
@pytest.mark.parametrize("cloud", HARD)
def test_the_choice_is_that_of_a_loop_in_float64(cloud, unlike, alpha, way):
    space, rng = Space(HARD[cloud].astype(np.float32)), np.random.default_rng(2)
    own = 10.0 ** rng.uniform(-9, 9, 90) if unlike == "densities" else 1 + 1e-7 * rng.random(90)
    factors = 10.0 ** rng.uniform(-30, 30, 90) * (rng.random(90) < 0.9) if unlike == "factors" else np.ones(90)
    weights = np.arange(1, 91.0) ** -alpha
    rows, values = to_the_letter(space, own, weights, [4], 60, factors)
    found = list(islice(way(space, own, weights, [4], factors=factors), 60))
    assert [row for row, _ in found] == rows
    assert [value for _, value in found] == values
