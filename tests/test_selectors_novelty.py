"""What makes NovelSelect fast: bounds that are never too low, and lists that may be forgotten."""

from functools import partial

import numpy as np
import pytest

from core.geometry import Space
from core.selectors import _novelty, _novelty_few, select
from core.selectors._novelty import NoveltyGreedy
from core.selectors._row_lists import RowLists
from core.selectors._thresholds import Thresholds
from tests.golden.inputs import array


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, 3.0])
def test_what_the_farther_distances_lose_is_never_said_too_high_and_mostly_found(alpha):
    rng = np.random.default_rng(0)
    weights = np.arange(1, 201.0) ** -alpha
    lists = [list(row) for row in np.sort(rng.choice([0.1, 0.5, 1.0], (40, 60)) + rng.random((40, 60)), axis=1)]
    known = Thresholds(40, weights)
    known.remember(np.arange(40), np.array(lists)[:, known.places(60)], 60)
    said_all, true_all = 0.0, 0.0
    for m in range(60, 160):
        new = rng.random(40) * rng.choice([0.05, 1.0, 3.0], 40)
        said = known.add(*(new + noise for noise in np.float32([[-1e-6], [1e-6]])), m)
        before = [np.sort(row) @ weights[:m] for row in lists]
        for row, distance in zip(lists, new, strict=True):
            row.append(distance)
        after = [np.sort(row) @ weights[: m + 1] for row in lists]
        true = weights[m] * new - (np.array(after) - before)
        assert (said >= 0).all()
        assert (said <= true + 1e-5).all()
        said_all, true_all = said_all + said.sum(), true_all + true.sum()
    assert said_all >= 0.5 * true_all


def test_where_nothing_is_remembered_nothing_is_taken_off():
    assert (Thresholds(3, np.ones(9)).add(np.zeros(3, np.float32), np.ones(3, np.float32), 4) == 0).all()


def test_lists_beyond_the_limit_are_forgotten_those_unused_longest_first():
    lists = RowLists(10_000, limit=256 * 8 * 1024)
    for rows in (np.arange(600), np.arange(600, 1000), np.arange(500, 600)):
        slots, known = lists.slots(rows, 100)
        assert known.tolist() == ([100] * 100 if rows[0] == 500 else [0] * len(rows))
        lists.table[slots, :100] = rows[:, None]
    slots, known = lists.slots(np.arange(1000, 1100), 100)
    lists.table[slots, :100] = np.arange(1000, 1100)[:, None]
    assert not known.any()
    assert len(lists.table) <= 1024
    slots, known = lists.slots(np.arange(500, 600), 101)
    assert known.tolist() == [100] * 100
    assert (lists.table[slots, :100] == np.arange(500, 600)[:, None]).all()
    assert not lists.slots(np.arange(20, 100), 101)[1].any()


def test_longer_lists_keep_what_they_hold():
    lists = RowLists(50)
    slots, _ = lists.slots(np.arange(50), 200)
    lists.table[slots, :200] = np.arange(50)[:, None]
    slots, known = lists.slots(np.arange(50)[::-1], 300)
    assert (known == 200).all()
    assert (lists.table[slots, :200] == np.arange(50)[::-1, None]).all()


@pytest.mark.parametrize("form", ["released", "paper"])
def test_forgetting_changes_nothing(form, monkeypatch):
    monkeypatch.setattr(_novelty_few, "FEW", 0)
    pool = Space(array("P[:800]"))
    free = select("novelselect", pool, 300, form=form)
    monkeypatch.setattr(_novelty, "RowLists", partial(RowLists, limit=256 * 8 * 100))
    tight = select("novelselect", pool, 300, form=form)
    assert np.array_equal(free.positions, tight.positions)
    assert np.allclose(free.gains[1:], tight.gains[1:], rtol=1e-12)


def test_few_values_are_found_in_full():
    pool = Space(array("P"))
    greedy = NoveltyGreedy(pool, np.ones(3000), np.ones(3000), 1 / np.arange(1, 3001), [0], by_distance=False)
    for _ in zip(range(300), greedy, strict=False):
        pass
    assert greedy.evaluated < 0.05 * 300 * 3000
