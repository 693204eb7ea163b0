"""Subsamples, intervals and size curves: what they are, by hand and by a second implementation, and that they hold."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

import core.geometry
from core import Study, UserError
from core.__main__ import main
from core.errors import Cancelled
from core.geometry import Space
from core.intervals import REPEATS, interval_of, subsample_size, with_intervals
from core.measuring import measure
from core.resampling import as_chosen, redrawn, subsample, subsample_scores
from core.size_curve import default_sizes, size_curves
from core.store import Store

WORDS = tuple(map("word{}".format, range(15)))


def cloud(n: int, seed: int, dim: int = 6) -> np.ndarray:
    """n rows of a source of eight groups of unlike size."""
    centres = np.random.default_rng(11).normal(size=(8, dim))
    rng = np.random.default_rng(seed)
    groups = rng.choice(8, n, p=np.array([8, 7, 6, 5, 4, 3, 2, 1]) / 36)
    return (centres[groups] + rng.normal(size=(n, dim)) * 0.5).astype(np.float32)


def with_texts(study: Study, seed: int = 0) -> Study:
    rng = np.random.default_rng(seed)
    return replace(study, texts=[" ".join(rng.choice(WORDS, 8)) for _ in range(len(study))])


@pytest.fixture
def study() -> Study:
    return Study.of_vectors(cloud(60, 1), name="sixty")


def test_a_subsample_is_seeded_distinct_rows_in_order(study):
    first, again, other = (subsample(study, 20, repeat, 3) for repeat in (0, 0, 1))
    assert first.tolist() == again.tolist() == sorted(set(first.tolist()))
    assert set(first) != set(other)
    assert set(first) != set(subsample(study, 20, 0, 4))
    assert set(np.concatenate([subsample(study, 20, repeat) for repeat in range(30)])) == set(range(60))
    assert subsample(study, 60, 5).tolist() == list(range(60))


def test_more_rows_than_there_are_are_refused(study):
    with pytest.raises(UserError, match=r"sixty has 60 rows, and subsamples of 61 were asked for"):
        subsample(study, 61, 0)


def test_values_on_subsamples_are_those_of_the_metrics_on_these_rows(study):
    study = with_texts(study)
    found = subsample_scores(study, ["vendi", "facility_location", "ttr"], 25, repeats=3, seed=2)
    for repeat in range(3):
        rows = subsample(study, 25, repeat, 2)
        part = study.space.subset(rows)
        texts = [study.texts[i] for i in rows]
        assert found["vendi"][repeat] == measure("vendi", part).value
        assert found["facility_location"][repeat] == measure("facility_location", part, reference=study.space).value
        assert found["ttr"][repeat] == measure("ttr", texts=texts, seed=1 + 2 + repeat).value


def test_a_subsample_may_be_its_own_reference(study):
    found = subsample_scores(study, ["novelsum"], 30, repeats=2, own_reference=True)["novelsum"]
    expected = [measure("novelsum", study.space.subset(subsample(study, 30, repeat))).value for repeat in range(2)]
    assert found.tolist() == expected
    other = Study.of_vectors(cloud(40, 9), name="other")
    against = subsample_scores(study.against(other), ["novelsum"], 30, repeats=1, own_reference=True)["novelsum"][0]
    rows = study.space.subset(subsample(study, 30, 0))
    assert against == measure("novelsum", rows, reference=other.space).value


def test_metrics_that_draw_at_random_draw_anew_and_the_others_have_no_seed():
    assert redrawn("ttr", {}, 4) == {"seed": 5}
    assert redrawn("ttr", {"seed": 10, "tokens": 50}, 0) == {"seed": 11, "tokens": 50}
    assert redrawn("vendi", {"q": 2}, 4) == {"q": 2}


def test_a_metric_that_a_subsample_is_refused_ends_the_work_or_is_named(study):
    few = replace(study, texts=["one two"] * len(study))
    with pytest.raises(UserError, match="50 tokens"):
        subsample_scores(few, ["vocd_d"], 20, repeats=2)
    refused: dict[str, str] = {}
    found = subsample_scores(few, ["vocd_d", "vendi"], 20, repeats=2, refused=refused)
    assert list(found) == ["vendi"]
    assert "50 tokens" in refused["vocd_d"]


def test_subsamples_leave_nothing_in_the_store_and_can_be_stopped(tmp_path):
    store = Store(tmp_path)
    study = Study.of_vectors(cloud(60, 1), store=store)
    subsample_scores(study, ["vendi"], 20, repeats=4)
    assert not list((tmp_path / "results").iterdir())

    def stop(share: float, message: str) -> None:
        if share >= 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        subsample_scores(study, ["vendi"], 20, repeats=4, progress=stop)


def test_an_interval_is_the_spread_of_subsamples_brought_to_the_size_of_the_set():
    values = np.array([[2.0, 3.0, 4.0]])  # sd 1, and t of 2 degrees of freedom is 4.3027
    (low, high), kind = interval_of(3.0, values, n=500, m=100)
    assert (low, high) == pytest.approx((3 - 4.3027 / 2, 3 + 4.3027 / 2), abs=1e-4)  # sqrt(100 / 400) = 1/2
    assert kind == ("95 %: where other samples of this size from the same source fall; 3 seeded subsamples of 100 rows")


def test_the_wider_of_two_ways_and_growth_with_the_rows_count():
    narrow, wide = [2.9, 3.0, 3.1], [2.0, 3.0, 4.0]
    both = interval_of(3.0, np.array([narrow, wide]), n=200, m=100)[0]
    assert both == interval_of(3.0, np.array([wide]), n=200, m=100)[0]
    plain = interval_of(3.0, np.array([wide]), n=200, m=100)[0]
    grown = interval_of(6.0, np.array([wide]), n=200, m=100)[0]  # a sum: twice the value, twice the spread
    assert grown[1] - grown[0] == pytest.approx(2 * (plain[1] - plain[0]))


def test_for_a_mean_the_interval_is_the_textbook_one():
    """The factor sqrt(m / (n - m)) turns what subsamples of n rows show into sigma / sqrt(n)."""
    rng = np.random.default_rng(0)
    rows = rng.normal(5, 2, 300)
    means = np.array([[rows[rng.choice(300, 100, replace=False)].mean() for _ in range(4000)]])
    low, high = interval_of(float(rows.mean()), means, n=300, m=100)[0]
    assert (high - low) / 2 / 1.9605 == pytest.approx(rows.std(ddof=1) / math.sqrt(300), rel=0.04)


def test_an_extreme_has_a_rough_interval_that_does_not_shrink():
    values = np.array([[2.0, 3.0, 4.0]])
    ends, kind = interval_of(3.0, values, n=200, m=100, extreme=True)
    assert (ends[1] - ends[0]) / 2 == pytest.approx(4.3027 * math.sqrt(2), abs=1e-3)
    assert kind.startswith("rough")


def test_subsamples_have_the_number_of_cells_that_the_whole_set_has(study):
    """Cells in proportion to the rows would make subsamples coarser, and their values lie too close together."""
    many = Study.of_vectors(cloud(200, 1), name="many")
    score = many.measure(["cluster_inertia"], intervals=False)[0]
    assert as_chosen(score, {}) == {"k": 4}
    assert as_chosen(study.measure(["partition_entropy"], intervals=False)[0], {}) == {}
    chosen = many.measure(["cluster_inertia"], params={"cluster_inertia": {"k": 4}})[0]
    assert many.measure(["cluster_inertia"])[0].interval == chosen.interval


def test_every_score_has_an_interval_or_says_why_not(study):
    reference = Study.of_vectors(cloud(90, 2), name="reference")
    for score in study.against(reference).measure():
        assert score.interval is not None, score
        assert score.interval[0] < score.value < score.interval[1]
        assert "20 seeded subsamples of 30 rows" in score.interval_kind
        assert score.interval_kind.startswith("rough" if score.metric == "coverage_radius" else "95 %")
    alone = {score.metric: score for score in study.measure()}
    assert alone["facility_location"].interval is None
    assert alone["facility_location"].interval_kind == (
        "no interval: a set that is its own reference has this value, whatever it holds"
    )


def test_a_metric_that_is_fitted_to_its_reference_is_not_thought_certain_for_want_of_rows(study):
    """Subsamples of 30 rows, cut into 40 cells, have each row in a cell of its own and all look alike."""
    fitted = {"partition_entropy": {"k": 40}}
    own = subsample_scores(study, ["partition_entropy"], 30, params=fitted, own_reference=True)["partition_entropy"]
    assert len(set(own)) == 1
    score = study.measure(["partition_entropy"], params=fitted)[0]
    assert score.interval[1] - score.interval[0] > 0.1


def test_a_set_of_few_rows_has_no_interval_and_says_why():
    score = Study.of_vectors(cloud(19, 1)).measure(["vendi"])[0]
    assert (score.interval, score.interval_kind) == (None, "no interval: there are fewer than 20 rows")


def test_rows_that_are_all_alike_have_no_interval():
    score = Study.of_vectors(np.ones((40, 3))).measure(["distsum_cosine"])[0]
    assert score.interval is None
    assert score.interval_kind == "no interval: 20 seeded subsamples of 20 rows all have the same value"


def test_intervals_are_kept_with_the_score_and_only_once_worked_out(tmp_path, monkeypatch):
    study = Study.of_vectors(cloud(60, 1), store=Store(tmp_path))
    bare = study.measure(["vendi"], intervals=False)[0]
    assert (bare.interval, study.measured("vendi").interval) == (None, None)
    first = study.measure(["vendi"])[0]
    assert first.value == bare.value
    monkeypatch.setattr("core.intervals.subsample_scores", lambda *a, **k: {} if not a[1] else pytest.fail("again"))
    again = study.measure(["vendi"])[0]
    assert (again.interval, again.interval_kind) == (first.interval, first.interval_kind)
    assert study.measured("vendi").interval == first.interval
    assert study.measured("vendi", {"q": 2}) is None


def test_subsamples_have_half_the_rows_up_to_two_thousand():
    assert [subsample_size(n) for n in (20, 21, 3000, 52_002)] == [10, 10, 1500, 2000]


def test_the_interval_covers_what_the_source_has():
    """Of 60 samples from one source; the truth is their mean. The median width is near the ideal one."""
    names = ["radius", "vendi", "knn_distance"]
    values: dict[str, list[float]] = {name: [] for name in names}
    ends: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for seed in range(60):
        for score in Study.of_vectors(cloud(80, 100 + seed)).measure(names):
            values[score.metric].append(score.value)
            ends[score.metric].append(score.interval)
    for name in names:  # 57 are expected; fewer than 52 are as unlikely as three standard deviations
        low, high = np.array(ends[name]).T
        truth, ideal = np.mean(values[name]), 2 * 1.96 * np.std(values[name], ddof=1)
        assert np.sum((low <= truth) & (truth <= high)) >= 52, name
        assert np.median(high - low) < 3 * ideal, name


def test_a_curve_ends_in_the_value_of_the_whole_set(study):
    curves = {curve.metric: curve for curve in size_curves(study, sizes=[20, 60, 40], repeats=3)}
    for score in study.measure():
        curve = curves[score.metric]
        assert curve.sizes == (20, 40, 60)
        assert curve.values[-1] == score.value
        if score.interval:
            assert (curve.low[-1], curve.high[-1]) == score.interval
        assert curve.reference == (None if score.reference is None else "sixty")


def test_a_curve_has_the_means_of_subsamples_and_their_band(study):
    curve = size_curves(study, ["vendi"], sizes=[20], repeats=4, seed=7)[0]
    values = subsample_scores(study, ["vendi"], 20, repeats=4, seed=7)["vendi"]
    assert curve.values == (values.mean(),)
    width = 3.18245 * values.std(ddof=1) / math.sqrt(1 - 20 / 60)  # t of 3 degrees; a sample of an endless source
    assert (curve.low[0], curve.high[0]) == pytest.approx((values.mean() - width, values.mean() + width))


def test_a_curve_of_a_metric_without_a_value_says_why():
    few = size_curves(Study.of_vectors(cloud(8, 1)), ["novelsum"], sizes=[4, 8])[0]
    assert few.values == ()
    assert "at least 11 distinct rows" in few.reason
    assert default_sizes(30) == [30]


def test_curves_are_kept(tmp_path, monkeypatch):
    study = Study.of_vectors(cloud(60, 1), store=Store(tmp_path))
    first = size_curves(study, ["vendi", "novelsum"], sizes=[5, 60], repeats=2)
    monkeypatch.setattr("core.size_curve._worked_out", lambda *_: pytest.fail("computed again"))
    assert size_curves(study, ["vendi", "novelsum"], sizes=[5, 60], repeats=2) == first


@pytest.mark.parametrize(("sizes", "repeats"), [([0, 5], 2), ([61], 2), ([], 2), ([20], 1)])
def test_sizes_that_cannot_be_had_are_refused(study, sizes, repeats):
    with pytest.raises(UserError, match=r"Sizes must be from 1 to 60|at least two repeats"):
        size_curves(study, ["vendi"], sizes=sizes, repeats=repeats)


def test_the_command_line_prints_intervals_and_curves(capsys, tmp_path):
    path = tmp_path / "v.npy"
    np.save(path, cloud(60, 1))
    words = ["--embeddings", str(path), "--metrics", "vendi", "--home", str(tmp_path / "home"), "--quiet"]
    assert main(["measure", *words, "--json"]) == 0
    score = json.loads(capsys.readouterr().out)["scores"][0]
    expected = Study.of_vectors(cloud(60, 1)).measure(["vendi"])[0]
    assert (tuple(score["interval"]), score["interval_kind"]) == (expected.interval, expected.interval_kind)
    assert main(["measure", *words, "--no-intervals", "--json"]) == 0
    capsys.readouterr()
    assert main(["curve", *words, "--sizes", "20,60", "--json"]) == 0
    curve = json.loads(capsys.readouterr().out)["curves"][0]
    assert curve["sizes"] == [20, 60]
    assert curve["values"][1] == score["value"]
    assert main(["curve", *words, "--sizes", "20,x"]) == 2
    assert "expected numbers of rows" in capsys.readouterr().err


def test_nearest_rows_in_the_reference_are_looked_for_once_for_all_subsamples(monkeypatch):
    rows = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)
    of = core.geometry.looked
    homes: list[int] = []

    def counted(space, home, wishes, **how):
        homes.append(len(home))
        return of(space, home, wishes, **how)

    monkeypatch.setattr(core.geometry, "looked", counted)
    scores = Study.of_vectors(rows).subset(np.arange(80), "a part").measure(["novelsum"], intervals=False)
    homes.clear()
    (found,) = with_intervals(Study.of_vectors(rows).subset(np.arange(80), "a part"), scores)
    assert homes.count(300) == 1
    part = Study.of_vectors(rows).subset(np.arange(80), "a part")
    values = []
    for repeat in range(REPEATS):  # each by itself, with nothing known of the others
        alone = np.vstack([rows[subsample(part, 40, repeat)]])
        values.append(measure("novelsum", Space(alone), reference=Space(rows)).value)
    assert found.interval == pytest.approx(interval_of(found.value, np.array([values]), 80, 40)[0], rel=1e-6)
