"""One pass over all pairs serves every metric, on any device; above a size a seeded part of the rows does."""

import numpy as np
import pytest

import core.geometry
import core.looking
import core.measuring
import core.pairs
from core.errors import UserError
from core.geometry import Space
from core.looking import look_at
from core.measuring import measure, share_passes
from core.metrics import METRICS
from core.pairs import over_pairs
from core.pairs.nearest import Candidates
from core.study import Study
from core.wishes import Cosines, Crowding, Farthest, MeanLength, Nearest, Ranked

PAIRED = [name for name, metric in METRICS.items() if metric.pairs is not None]
ANCHORED = [name for name, metric in METRICS.items() if metric.anchored is not None]


def cloud(n, d=24, seed=0, groups=12):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(groups, d))
    return (centres[rng.integers(groups, size=n)] + 0.6 * rng.normal(size=(n, d))).astype(np.float32)


@pytest.fixture
def passes(monkeypatch):
    """How many rows and columns each pass over pairs had."""
    seen = []

    def counted(left, right, *args, **kwargs):
        seen.append((len(left), len(right)))
        over_pairs(left, right, *args, **kwargs)

    monkeypatch.setattr(core.looking, "over_pairs", counted)
    return seen


@pytest.mark.parametrize("copies", [0, 30])
def test_all_metrics_of_a_set_by_itself_share_one_pass(copies, passes):
    rows = cloud(300)
    space = Space(np.concatenate([rows, rows[:copies]]))
    share_passes({name: {} for name in METRICS}, space, None)
    for name in PAIRED:
        METRICS[name](space)
    assert passes == [(300 + copies, 300 + copies)]


def test_a_reference_takes_one_pass_more_in_each_direction(passes):
    space, reference = Space(cloud(200)), Space(cloud(500, seed=1))
    share_passes({name: {} for name in METRICS}, space, reference)
    for name in PAIRED:
        METRICS[name](space, reference=reference)
    assert sorted(passes) == [(200, 200), (200, 500), (500, 200)]


def test_novelsum_alone_takes_one_pass_for_its_neighbours_and_its_ranks(passes):
    METRICS["novelsum"](Space(cloud(200)))
    assert passes == [(200, 200)]


def test_a_study_shares_the_pass_and_the_seconds(passes):
    scores = Study.of_vectors(cloud(200)).measure(["knn_distance", "novelsum", "dcscore"], intervals=False)
    assert passes == [(200, 200)]
    assert all(score.seconds > 0 for score in scores)


def test_what_is_wrong_with_a_metric_shows_when_its_turn_comes():
    refused = {}
    Study.of_vectors(cloud(8)).measure(["novelsum", "knn_distance"], intervals=False, refused=refused)
    assert list(refused) == ["novelsum"]
    assert "at least 11 distinct rows" in refused["novelsum"]


@pytest.mark.parametrize("exact_up_to", [0, 1e12], ids=["float32", "float64"])
@pytest.mark.parametrize("name", PAIRED)
def test_the_shares_of_a_device_are_those_of_the_processor(name, exact_up_to, monkeypatch):
    monkeypatch.setattr(core.geometry, "EXACT_UP_TO", exact_up_to)
    rows = cloud(230)
    rows[200:] = rows[:30]
    pool = cloud(400, seed=5)
    here = METRICS[name](Space(rows), reference=Space(pool))
    monkeypatch.setattr(core.pairs, "ON_DEVICE_FROM", 0)
    monkeypatch.setattr(core.pairs, "_device", lambda: "cpu:0")  # the path of a device, on the one there always is
    there = METRICS[name](Space(rows), reference=Space(pool))
    assert there.value == pytest.approx(here.value, rel=1e-5 if exact_up_to == 0 else 1e-12)
    if here.rows is not None:
        assert np.allclose(there.rows, here.rows, rtol=1e-4 if exact_up_to == 0 else 1e-10, atol=1e-7)


def test_passes_stay_on_the_processor_where_that_is_asked_for(monkeypatch):
    monkeypatch.setenv("GAMUT_DEVICE", "cpu")
    assert core.pairs._device() == "cpu"


def test_a_cuda_device_agrees_with_the_processor(monkeypatch):
    import torch

    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device on this machine")
    space = Space(cloud(3000, 64))
    monkeypatch.setenv("GAMUT_DEVICE", "cpu")
    here = {name: METRICS[name](space).value for name in PAIRED}
    monkeypatch.setattr(core.pairs, "ON_DEVICE_FROM", 0)
    monkeypatch.setenv("GAMUT_DEVICE", "cuda")
    for name in PAIRED:
        assert METRICS[name](Space(cloud(3000, 64))).value == pytest.approx(here[name], rel=1e-4), name


@pytest.mark.parametrize("columns", [3, 8, 63, 64, 65, 130, 700, 1025, 5003])
@pytest.mark.parametrize("count", [1, 3])
def test_candidates_hold_the_greatest_of_every_row(columns, count):
    rng = np.random.default_rng(columns)
    left, right = rng.normal(size=(20, 6)), rng.normal(size=(columns, 6))
    share = Candidates(count, 0.0)
    over_pairs(left, right, [share])
    similar = left @ right.T
    rows, found = share.pairs
    assert (np.diff(rows) >= 0).all()
    for row in range(20):
        best = set(np.argsort(-similar[row])[:count].tolist())
        assert best <= set(found[rows == row].tolist())


def test_rows_in_a_crowd_are_named_and_not_listed():
    same = np.ones((600, 2))
    share = Candidates(2, 0.0)
    over_pairs(np.array([[1.0, 0.0], [0.0, 1.0]]), same, [share])
    assert share.crowded.tolist() == [0, 1]
    assert len(share.pairs[0]) == 0


def test_wishes_are_fulfilled_once_and_smaller_ones_with_them(passes):
    space = Space(cloud(100))
    wishes = [Nearest(12, itself=False), MeanLength(), Crowding(0.5), Ranked((1.0, 2.0), True)]
    look_at([(space, wish, None) for wish in wishes])
    space.neighbours(5)
    space.mean_lengths()
    space.crowding(0.5)
    space.ranked_means((1.0, 2.0), True)
    assert len(passes) == 1
    space.crowding(0.7)
    assert len(passes) == 2


@pytest.mark.parametrize("exact_up_to", [4e9, 0])
def test_no_row_is_beyond_the_reach_and_one_lies_there(exact_up_to, monkeypatch, passes):
    monkeypatch.setattr("core.geometry.EXACT_UP_TO", exact_up_to)
    rows = cloud(120)
    rows[7] = -2 * rows[3]
    space = Space(rows)
    assert space.reach is None
    space.neighbours(4, also=[Farthest()])
    assert len(passes) == 1
    farthest = (1 - space.unit64() @ space.unit64().T).max(axis=1)
    assert (space.reach >= farthest - 1e-15).all()
    assert space.reach == pytest.approx(farthest, abs=2 * space.rounding)
    assert (space.reach <= 2).all()


def test_the_reach_is_not_worth_a_pass_of_its_own(passes):
    space = Space(cloud(100))
    space.neighbours(4)
    space.neighbours(4, also=[Farthest()])
    assert len(passes) == 1
    assert space.reach is None


@pytest.mark.parametrize("device", [False, True])
@pytest.mark.parametrize("exact_up_to", [4e9, 0])
def test_cosines_are_kept_from_a_pass_until_they_are_taken(exact_up_to, device, monkeypatch, passes):
    monkeypatch.setattr("core.geometry.EXACT_UP_TO", exact_up_to)
    monkeypatch.setattr("core.blocks.BLOCK_BYTES", 1)
    if device:
        monkeypatch.setattr(core.pairs, "ON_DEVICE_FROM", 0)
        monkeypatch.setattr(core.pairs, "_device", lambda: "cpu:0")
    space, alone = Space(cloud(150)), Space(cloud(150))
    space.look([Nearest(4, itself=False), Ranked((1.0,), True), Cosines(), Ranked((1.0,), False)])
    for each in (space, alone):
        each.neighbours(4)
        each.ranked_means((1.0,), True)
        each.ranked_means((1.0,), False)
    assert len(passes) == 4
    assert np.allclose(space.neighbours(4)[0], alone.neighbours(4)[0], rtol=1e-12)
    for own_too in (True, False):
        assert np.allclose(space.ranked_means((1.0,), own_too), alone.ranked_means((1.0,), own_too), rtol=1e-5)
    true = space.unit64() @ space.unit64().T
    kept = space.take_cosines()
    assert np.abs(kept - true).max() <= space.rounding
    assert kept is not space.take_cosines()
    assert np.abs(space.take_cosines() - true).max() <= space.rounding
    assert len(passes) == 4


def test_what_cannot_be_had_is_not_looked_for(passes):
    space = Space(cloud(4))
    look_at([(space, Nearest(4, itself=False), None)])
    assert passes == []


@pytest.mark.parametrize("copies", [0, 20])
def test_a_subset_knows_the_nearest_rows_that_the_set_knew(copies, passes):
    rows = cloud(200)
    space = Space(np.concatenate([rows, rows[:copies]]))
    METRICS["novelsum"](space)
    some = np.arange(0, len(space), 3)
    before = len(passes)
    subset = space.subset(some)
    found = METRICS["novelsum"](subset, reference=space).value
    assert passes[before:] == [(len(some), len(some))]
    assert found == pytest.approx(METRICS["novelsum"](Space(space.raw[some]), reference=space).value, rel=1e-12)


@pytest.mark.parametrize("name", ANCHORED)
def test_the_interval_of_an_estimate_covers_the_exact_value(name, monkeypatch):
    space, reference = Space(cloud(1200)), Space(cloud(1500, seed=9))
    exact = measure(name, space, reference=reference)
    assert not exact.estimated
    monkeypatch.setattr(core.measuring, "EXACT_PAIRS", 10**5)
    covered = 0
    for seed in range(100):
        monkeypatch.setattr(core.measuring, "views", lambda *_, seed=seed, **__: drawn(name, space, reference, seed))
        found = measure(name, space, reference=reference)
        assert found.estimated
        assert found.rows is None
        assert found.n == 1200
        low, high = found.interval
        assert low < found.value < high
        assert (high - low) < abs(exact.value)
        covered += low <= exact.value <= high
    assert covered >= 93


def drawn(name, space, reference, seed):
    if METRICS[name].anchored == "space":
        return space.anchored(150, seed), reference
    return space, reference.anchored(150, seed)


def test_above_the_size_a_study_estimates_and_says_so_and_gives_the_exact_value_on_request(monkeypatch, passes):
    monkeypatch.setattr(core.measuring, "EXACT_PAIRS", 399 * 400)
    monkeypatch.setattr(core.measuring, "ANCHORS", 100)
    study = Study.of_vectors(cloud(400))
    names = ["knn_distance", "novelsum", "vendi"]
    scores = {score.metric: score for score in study.measure(names)}
    assert [scores[name].estimated for name in names] == [True, True, False]
    assert passes[0] == (100, 400)
    assert scores["novelsum"].interval_kind.startswith("99 %: how far the estimate from 100 seeded rows")
    exact = {score.metric: score for score in study.measure(names, exact=True, intervals=False)}
    assert not any(score.estimated for score in exact.values())
    for name in names:
        assert exact[name].value == pytest.approx(Study.of_vectors(cloud(399 + 1)).measure([name], exact=True)[0].value)
        assert exact[name].value == pytest.approx(scores[name].value, rel=0.2)


def test_the_paper_form_is_not_estimated(monkeypatch):
    monkeypatch.setattr(core.measuring, "EXACT_PAIRS", 10)
    with pytest.raises(UserError, match=r"paper form of NovelSum cannot be estimated.*Ask for the exact value"):
        measure("novelsum", Space(cloud(100)), form="paper")
    assert measure("novelsum", Space(cloud(100)), form="paper", exact=True).value > 0


def test_the_interval_of_cells_fitted_to_a_sample_covers_the_inertia_of_cells_fitted_to_all(monkeypatch):
    covered = 0
    for seed in range(100):
        space = Space(cloud(1000, 8, seed))
        exact = METRICS["cluster_inertia"](space, k=6, exact=True)
        assert not exact.estimated
        with monkeypatch.context() as patch:
            patch.setattr("core.metrics.cluster_inertia.EXACT_ROWS", 100)
            patch.setattr("core.metrics.cluster_inertia._FITTED", 40)
            found = METRICS["cluster_inertia"](space, k=6)
        assert found.estimated
        low, high = found.interval
        assert low < found.value < high
        covered += low <= exact.value <= high
    assert covered >= 93
