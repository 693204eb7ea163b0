"""The budget advisor: its curve is a naive loop's, its knee and its sentence are worked by hand, its intervals hold."""

from dataclasses import replace

import numpy as np
import pytest

from core import Study, advice
from core.advice import REPEATS, Coverage, Enough, coverage_curve, enough, in_words, kept_curve, knee, knee_of
from core.row_values import row_values
from core.store import Store


def curve(mean: list[float], draws: np.ndarray | None = None) -> Coverage:
    """A curve with a value at each of 1, 2, ... picks."""
    values = np.array(mean)
    drawn = np.tile(values, (REPEATS, 1)) if draws is None else draws
    return Coverage(np.arange(1, len(values) + 1), values, drawn.astype(np.float32), 10, 10, 1)


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.of_vectors(np.random.default_rng(0).normal(size=(300, 6)).astype(np.float32), name="rows")


def slow(study: Study, picks: np.ndarray, owned: tuple[int, ...] = ()) -> list[float]:
    """Mean highest cosine to the first m picks, for each m, by loops over rows in float64."""
    unit = study.space.unit64()
    return [
        float(np.mean([max(float(row @ unit[pick]) for pick in (*owned, *picks[:m])) for row in unit]))
        for m in range(1, len(picks) + 1)
    ]


@pytest.mark.parametrize("selector", ["k_center", "random"])
@pytest.mark.parametrize("block", [3, 256])
def test_the_curve_is_that_of_a_naive_loop(study, selector, block, monkeypatch):
    monkeypatch.setattr(advice, "_PICKS", block)
    selection = study.select(selector, 20, seed=1)
    found = coverage_curve(study, selection)
    assert found.sizes.tolist() == list(range(1, 21))
    assert found.mean == pytest.approx(slow(study, selection.positions), abs=1e-6)
    assert found.anchors == found.rows == 300


def test_its_end_is_one_less_the_mean_distance_of_rows_to_the_nearest_chosen(study):
    selection = study.select("k_center", 30)
    covered = row_values(study, ["covered"], selection=selection)["covered"]
    assert coverage_curve(study, selection).mean[-1] == pytest.approx(1 - covered.mean(), abs=1e-6)


def test_rows_that_one_has_cover_beside_the_picks(study):
    selection = study.select("random", 8, seed=2)
    found = coverage_curve(study, selection, owned=np.array([5, 9]))
    assert found.mean == pytest.approx(slow(study, selection.positions, (5, 9)), abs=1e-6)
    assert found.mean[0] > coverage_curve(study, selection).mean[0]


def test_all_rows_cover_the_whole_pool(study):
    assert coverage_curve(study, study.select("random", "100%")).mean[-1] == pytest.approx(1, abs=1e-6)


def test_many_picks_are_kept_at_round_sizes_that_steps_fall_on(study, monkeypatch):
    selection = study.select("random", 299)
    every = coverage_curve(study, selection)
    monkeypatch.setattr(advice, "_SIZES", 100)
    some = coverage_curve(study, replace(selection, positions=selection.positions[:297]))
    assert some.unit == 5
    assert some.sizes.tolist() == [*range(5, 296, 5), 297]
    assert some.mean == pytest.approx(every.mean[some.sizes - 1], abs=1e-6)
    assert some.step == 20
    assert every.step == 20


def test_a_sample_of_the_pool_says_so_and_its_interval_holds_the_whole(study, monkeypatch):
    selection = study.select("k_center", 40)
    whole = coverage_curve(study, selection)
    monkeypatch.setattr(advice, "ANCHORS", 100)
    found = coverage_curve(study, selection, seed=4)
    assert (found.anchors, found.rows) == (100, 300)
    low, high = found.band
    inside = (low <= whole.mean) & (whole.mean <= high)
    assert inside.mean() > 0.9


def test_the_bootstrap_spreads_as_means_of_as_many_rows_do(study):
    selection = study.select("random", 1, seed=3)
    found = coverage_curve(study, selection)
    cosine = study.space.unit64() @ study.space.unit64(int(selection.positions[0]))
    assert found.draws[:, 0].std() == pytest.approx(cosine.std() / np.sqrt(300), rel=0.15)
    assert found.draws[:, 0].mean() == pytest.approx(cosine.mean(), abs=4 * cosine.std() / np.sqrt(300 * REPEATS))


def test_the_same_seed_gives_the_same_curve_and_another_one_another(study):
    selection = study.select("random", 10)
    assert np.array_equal(coverage_curve(study, selection).draws, coverage_curve(study, selection).draws)
    assert not np.array_equal(coverage_curve(study, selection).draws, coverage_curve(study, selection, seed=1).draws)


def test_the_knee_is_the_point_highest_above_the_line_between_the_ends():
    assert knee(np.array([1, 2, 3, 4, 5]), np.array([0, 0.5, 0.9, 0.95, 1.0])) == 3  # 0.25, 0.40, 0.20 above the line
    assert knee(np.array([10, 20, 30]), np.array([0.2, 0.9, 1.0])) == 20
    assert knee(np.array([4]), np.array([0.3])) == 4
    assert knee(np.array([1, 2, 3]), np.array([0.5, 0.5, 0.5])) == 1


def test_the_knees_interval_is_that_of_the_bootstrapped_curves():
    early, late = [0, 0.9, 0.92, 0.94, 1.0], [0, 0.3, 0.6, 0.95, 1.0]
    draws = np.array([early] * (REPEATS // 2) + [late] * (REPEATS // 2))
    found = knee_of(curve(early, draws))
    assert (found.rows, found.low, found.high) == (2, 2, 4)


def test_enough_is_the_size_from_which_no_step_adds_as_much():
    mean = [0.10, 0.30, 0.42, 0.45, 0.50, 0.505, 0.508]  # steps of one: .20 .12 .03 .05 .005 .003
    assert enough(curve(mean), 0.04, 1).rows == 5  # the step from 4 to 5 adds 0.05, though that before it added less
    assert enough(curve(mean), 0.10, 1).rows == 3
    assert enough(curve(mean), 0.004, 1).rows == 6
    assert enough(curve(mean), 0.5, 1).rows == 1
    assert enough(curve(mean), 0.001, 1).rows is None, "the last step still adds more"
    assert enough(curve(mean), 0.06, 2).rows == 4  # steps of two: .32 .15 .08 .055 .008
    assert enough(curve([0.3]), 0.1).rows is None


@pytest.mark.parametrize("least", [0.002, 0.01, 0.03, 0.1])
@pytest.mark.parametrize("step", [1, 4])
def test_enough_is_what_a_loop_over_sizes_finds(study, least, step):
    found = coverage_curve(study, study.select("random", 60, seed=5))

    def naive(mean: np.ndarray) -> float:
        for m in range(1, 61 - step):
            if all(mean[j + step - 1] - mean[j - 1] < least for j in range(m, 61 - step)):
                return m
        return np.inf

    asked = enough(found, least, step)
    drawn = sorted(naive(draw.astype(np.float64)) for draw in found.draws)
    expected = (naive(found.mean), drawn[round(0.025 * 199)], drawn[round(0.975 * 199)])
    last = 60 - step  # the last size from which a step can be taken
    assert all(each == np.inf or each <= last for each in expected)
    assert tuple(np.inf if each is None else each for each in (asked.rows, asked.low, asked.high)) == expected


def test_a_curve_is_kept_in_the_store_for_those_picks(tmp_path):
    study = Study.of_vectors(np.random.default_rng(1).normal(size=(50, 4)), store=Store(tmp_path / "home"))
    one, other = study.select("random", 9), study.select("random", 9, seed=1)
    assert kept_curve(study, one) is None
    found = coverage_curve(study, one)
    kept = kept_curve(study, one)
    assert kept is not None
    assert np.array_equal(kept.draws, found.draws)
    assert (kept.mean.tolist(), kept.sizes.tolist(), kept.unit) == (found.mean.tolist(), found.sizes.tolist(), 1)
    assert kept_curve(study, other) is None
    assert kept_curve(study, one, owned=other.positions) is None


def many(picks: int) -> Coverage:
    return Coverage(np.arange(1, picks + 1), np.zeros(picks), np.zeros((REPEATS, picks), np.float32), 10, 10, 1)


@pytest.mark.parametrize(
    ("picks", "advised", "says"),
    [
        (
            5000,
            Enough(1400, 1200, 1550),
            "Beyond 1,400 rows each further 500 adds less than 0.5 % coverage (95 % interval: 1,200 to 1,550).",
        ),
        (
            5000,
            Enough(1400, 1200, None),
            "Beyond 1,400 rows each further 500 adds less than 0.5 % coverage "
            "(95 % interval: 1,200 to more than 5,000).",
        ),
        (9, Enough(1, 1, 1), "Beyond 1 row each further row adds less than 0.5 % coverage."),
        (
            60,
            Enough(None, 40, None),
            "60 rows are not enough for coverage to level off: the last 5 still add 0.5 % coverage or more "
            "(95 % interval: levels off from 40 on).",
        ),
        (
            9,
            Enough(None, None, None),
            "9 rows are not enough for coverage to level off: the last row still adds 0.5 % coverage or more.",
        ),
        (1, Enough(None, None, None), "So few rows do not show what further ones would add."),
    ],
)
def test_the_advice_is_a_sentence(picks, advised, says):
    assert in_words(many(picks), advised, 0.005) == says
