"""What selectors say is proven of their choice, beside the best of all choices of a few rows."""

import math
from itertools import combinations

import numpy as np
import pytest

from core.geometry import Space
from core.selectors import SELECTORS, select

ROWS, CHOSEN = 11, 4
EVERY = list(combinations(range(ROWS), CHOSEN))
TESTED = {
    *("k_center", "facility_location", "facility_location_parts", "facility_location_stochastic"),
    *("qdit", "repr_filter", "semdedup"),
}


def clouds():
    """Small clouds, some of them with near-copies and with rows far off, on which a greedy choice is not the best."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        centres = rng.normal(size=(4, 3))
        yield Space(centres[rng.integers(0, 4, ROWS)] + rng.choice([0.05, 0.5]) * rng.normal(size=(ROWS, 3)))


def distances(space):
    rows = space.unit64()
    return np.linalg.norm(rows[:, None] - rows, axis=2)


def radius(apart, chosen):
    return apart[:, list(chosen)].min(axis=1).max()


def spread(apart, chosen):
    return min(apart[one, other] for one, other in combinations(chosen, 2))


def cover(space, chosen):
    return np.maximum(space.unit64() @ space.unit64(list(chosen)).T, 0).max(axis=1).sum()


def test_every_guarantee_is_tested():
    assert {name for name, selector in SELECTORS.items() if selector.guarantee} == TESTED


@pytest.mark.parametrize("power", [1, 2], ids=["Euclidean", "cosine"])
def test_k_center_is_at_most_twice_as_far_and_at_least_half_as_spread_as_the_best(power):
    worst = 0.0
    for space in clouds():
        apart = distances(space) ** power / power  # for unit rows 1 - cosine is half the square
        if power == 2:
            assert np.allclose(apart, 1 - space.unit64() @ space.unit64().T, atol=1e-12)
        best, widest = min(radius(apart, some) for some in EVERY), max(spread(apart, some) for some in EVERY)
        for first in range(ROWS):
            found = select("k_center", space, CHOSEN, first=first).positions
            assert radius(apart, found) <= 2**power * best + 1e-12
            assert spread(apart, found) >= widest / 2**power - 1e-12
            worst = max(worst, radius(apart, found) / best)
    assert worst > 1.2, "the best choice is not met by chance everywhere"


def test_facility_location_has_its_share_of_the_best_cover():
    for space in clouds():
        best = max(cover(space, some) for some in EVERY)
        assert cover(space, select("facility_location", space, CHOSEN).positions) >= (1 - 1 / math.e) * best


def test_stochastic_facility_location_has_its_share_on_average():
    for space in clouds():
        best = max(cover(space, some) for some in EVERY)
        found = [
            cover(space, select("facility_location_stochastic", space, CHOSEN, seed=seed, epsilon=0.2).positions)
            for seed in range(20)
        ]
        assert np.mean(found) >= (1 - 1 / math.e - 0.2) * best


def test_facility_location_in_two_rounds_has_its_share_on_average():
    for space in clouds():
        best = max(cover(space, some) for some in EVERY)
        found = [
            cover(space, select("facility_location_parts", space, CHOSEN, seed=seed, parts=4).positions)
            for seed in range(20)
        ]
        assert np.mean(found) >= (1 - 1 / math.e) / 2 * best


def test_facility_location_in_two_rounds_is_close_to_the_greedy_choice():
    """What the note says of practice: 40 of 600 rows in groups, in 6 parts."""
    rng = np.random.default_rng(0)
    space = Space(rng.normal(size=(30, 16))[rng.integers(30, size=600)] + 0.7 * rng.normal(size=(600, 16)))
    greedy = cover(space, select("facility_location", space, 40).positions)
    for seed in range(3):
        found = select("facility_location_parts", space, 40, seed=seed, parts=6)
        assert 0.97 * greedy <= cover(space, found.positions)
        assert cover(space, found.positions) == pytest.approx(found.gains.sum(), rel=1e-9)


@pytest.mark.parametrize("weight", [0.0, 0.05, 0.5])
def test_qdit_has_its_share_of_the_best_mixture(weight):
    for seed, space in enumerate(clouds()):
        score = np.random.default_rng(seed).random(ROWS)
        unit = (score - score.min()) / np.ptp(score)

        def mixture(chosen, space=space, unit=unit):
            return (1 - weight) * cover(space, chosen) / ROWS + weight * unit[list(chosen)].sum()

        found = select("qdit", space, CHOSEN, quality=score, quality_weight=weight).positions
        assert mixture(found) >= (1 - 1 / math.e) * max(map(mixture, EVERY))


def test_repr_filter_and_semdedup_keep_apart_what_they_keep():
    for seed, space in enumerate(clouds()):
        cosine = space.unit64() @ space.unit64().T - 2 * np.eye(ROWS)
        score = np.random.default_rng(seed).random(ROWS)
        found = select("repr_filter", space, ROWS, quality=score, tau=0.8).positions
        assert cosine[np.ix_(found, found)].max() < 0.8
        cells = np.arange(ROWS) % 2
        found = select("semdedup", space, ROWS, labels=cells, cells="labels", eps=0.2).positions
        for cell in (0, 1):
            own = found[cells[found] == cell]
            assert cosine[np.ix_(own, own)].max() <= 0.8


@pytest.mark.parametrize("parts", [2, 5, 12])
def test_facility_location_in_two_rounds_fills_the_budget_among_copies(parts):
    """A small part that has all there is to cover is as good as the second round, and has fewer rows."""
    rng = np.random.default_rng(parts)
    for budget in (6, 11):
        rows = rng.normal(size=(2, 5))[rng.integers(2, size=13)] * rng.uniform(0.5, 2, size=(13, 1))
        assert len(select("facility_location_parts", Space(rows), budget, parts=parts, keep_copies=True)) == budget
