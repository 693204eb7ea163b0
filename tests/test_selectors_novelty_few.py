"""NovelSelect among few rows, with the cosines of all pairs kept: when, for how long, and to the last bit."""

from itertools import islice

import numpy as np
import pytest

from core.geometry import Space
from core.selectors import _novelty_few, _novelty_rule, select
from core.selectors._filling import Closed
from core.selectors._novelty import NoveltyGreedy
from core.selectors._novelty_few import few_and_apart
from core.wishes import Cosines
from tests.golden.inputs import array
from tests.test_selectors_novelty_ways import among_few
from tests.test_selectors_slow import blobs


@pytest.fixture(autouse=True)
def chosen_in_no_other_way(monkeypatch):
    monkeypatch.setattr(_novelty_few, "_APART", -1)
    monkeypatch.setattr(_novelty_rule, "NoveltyGreedy", None)


@pytest.mark.parametrize("at_once", [4 << 20, 5000])
def test_a_long_choice_beside_rows_chosen_before_and_closed_ones(at_once, monkeypatch):
    monkeypatch.setattr(_novelty_few, "_AT_ONCE", at_once)
    space, rng = Space(array("P[:700]")), np.random.default_rng(1)
    closed, own = rng.choice(np.arange(3, 700), 90, replace=False), 0.5 + rng.random(700)
    found = []
    for way in (among_few, lambda *given: NoveltyGreedy(*given[:2], own, *given[2:], by_distance=False)):
        shut = Closed()
        shut.add(closed)
        picks, later = [], iter(way(space, own, 1 / np.arange(1, 701), [2, 0, 1], shut))
        for pick in islice(later, 606):
            picks.append(pick)
            if len(picks) == 100:
                shut.add(np.array([row for row in range(600, 700) if row not in dict(picks)][:1]))
        assert next(later, None) is None
        found.append(picks)
    assert found[0] == found[1]  # values to the last bit: a page and a command say the same
    assert not np.isin(closed, [row for row, _ in found[0]]).any()
    assert len(found[0]) == 606


@pytest.mark.parametrize("spread", [1.0, 1e45])
def test_every_row_is_yielded_once_and_then_none(spread):
    space, own = Space(blobs(60, 5)), np.linspace(1, spread, 60)
    greedy = among_few(space, own, 1 / np.arange(1, 61), [7])
    assert sorted(row for row, _ in greedy) == [row for row in range(60) if row != 7]


@pytest.mark.parametrize("name", ["novelselect", "novelselect_parts"])
def test_the_cosines_do_not_stay_after_the_choice(name):
    space = Space(blobs(90, 5))
    select(name, space, 20)
    assert space.neighbours(5)[0].shape == (90, 5)
    assert Cosines() not in [wish for _, wish in space._seen]


def test_rows_that_float32_can_hardly_tell_apart_are_chosen_from_in_another_way(monkeypatch):
    monkeypatch.undo()
    rows = blobs(80, 5)
    assert few_and_apart(Space(rows))
    assert few_and_apart(Space(1000 * rows, normalize=False))
    assert not few_and_apart(Space(rows + 1000))
    monkeypatch.setattr(_novelty_few, "FEW", 79)
    assert not few_and_apart(Space(rows))


@pytest.mark.parametrize("few", [0, 8192])
def test_lengths_that_are_not_taken_away_change_densities_and_nothing_else(few, monkeypatch):
    """Of rows that are not at unit length a pass does not find cosines."""
    monkeypatch.undo()
    monkeypatch.setattr(_novelty_few, "FEW", few)
    monkeypatch.setattr(_novelty_rule, "COMPILED_FROM", 0)
    rows = blobs(120, 5, seed=4) * np.linspace(1, 9, 120)[:, None]
    kept = select("novelselect", Space(rows, normalize=False), 60, first=3, beta=0.0, keep_copies=True)
    taken = select("novelselect", Space(rows), 60, first=3, beta=0.0, keep_copies=True)
    assert kept.positions.tolist() == taken.positions.tolist()
    longest = select("novelselect", Space(rows, normalize=False), 60, first=3, keep_copies=True)
    squared = np.square(rows[:, None] - rows[None]).sum(axis=2)
    dense = (np.sort(squared, axis=1)[:, 1:11].mean(axis=1) + 1e-9) ** -0.5
    picks = NoveltyGreedy(Space(rows), dense, dense, 1 / np.arange(1, 121), [3], by_distance=False)
    assert longest.positions.tolist() == [3, *(row for row, _ in islice(picks, 59))]
