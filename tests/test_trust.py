"""The trust card: changes are what they say, verdicts follow from the values, and known faults are found."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from core import Study, work
from core.__main__ import main
from core.errors import Cancelled, UserError
from core.geometry import Space
from core.kept import kept
from core.metrics import METRICS
from core.planted import NEAR_COPY, Pool
from core.store import Store
from core.tokens import words_of
from core.trust import trust
from core.trust_card import CHECKS, finding, judge
from core.workspace import Workspace

AXES = np.eye(16)
WORDS = [f"word{i}" for i in range(16)]


def rng(seed=0):
    return np.random.default_rng(seed)


def around(axis, count, spread=0.25, seed=0):
    """Rows about one axis."""
    return AXES[axis] + spread * rng(seed + axis).normal(size=(count, 16)) / 4


def in_groups(groups=10, each=16, spread=0.25):
    return np.concatenate([around(axis, each, spread) for axis in range(groups)])


def study_of(vectors, texts=None, store=None):
    found = Study.of_vectors(np.asarray(vectors), name="the set", store=store)
    return found if texts is None else replace(found, texts=texts)


def card(vectors, *metrics, texts=None, **how):
    return trust(study_of(vectors, texts), metrics or None, **{"pairs": 6} | how)


def verdict(vectors, metric, check, **how):
    return card(vectors, metric, **how).of(metric)[check].verdict


def a_clump_with_outliers():
    """Nine rows in ten close together, the others each alone in a direction of its own."""
    return np.concatenate([around(0, 108, 0.05), AXES[1:13]])


# What is planted


@pytest.fixture
def pool():
    vectors = in_groups()
    texts = [f"{WORDS[i % 16]} {WORDS[i // 16]} number {i}" for i in range(len(vectors))]
    return Pool.of(Space(vectors.astype(np.float32)), texts)


def test_copies_take_the_place_of_a_fifth_of_the_rows_and_bring_nothing_new(pool):
    rows = pool.draw(80, rng())
    for changed in (pool.with_copies(rows, rng(1)), pool.with_copies_of_outlier(rows, rng(1))):
        assert len(changed) == 80
        assert (changed != rows).sum() == 16
        assert set(changed) < set(rows)
        assert len(set(changed)) == 64


def test_the_outlier_that_is_copied_is_the_row_farthest_from_the_others_on_average():
    pool = Pool.of(Space(np.concatenate([around(0, 40), -AXES[:1]])), None)
    rows = np.arange(41)
    values, counts = np.unique(pool.with_copies_of_outlier(rows, rng()), return_counts=True)
    assert values[counts.argmax()] == 40
    assert counts.max() == 1 + 8


def test_a_dropped_cluster_is_replaced_by_other_rows_that_were_not_in_the_set(pool):
    rows = pool.draw(80, rng())
    gone = set()
    for turn in range(10):
        changed = pool.without_cluster(rows, turn, rng(1))
        (lost,) = set(pool.clusters[rows]) - set(pool.clusters[changed])
        assert len(set(changed)) == 80
        assert (changed == rows).sum() == (pool.clusters[rows] != lost).sum()
        gone.add(lost)
    assert gone == set(range(10))


def test_half_of_the_clusters_are_dropped_and_the_set_keeps_its_size(pool):
    rows = pool.draw(80, rng())
    changed = pool.without_half(rows, rng(1))
    assert len(set(pool.clusters[changed])) == 5
    assert len(set(changed)) == 80


def test_no_cluster_is_dropped_that_leaves_too_few_rows():
    one_large = Pool.of(Space(np.concatenate([around(0, 70), around(1, 5), around(2, 5)])), None)
    one_large = replace(one_large, clusters=np.repeat([0, 1, 2], [70, 5, 5]).astype(np.int32))
    rows = one_large.draw(40, rng())
    for turn in range(6):
        assert 0 in one_large.clusters[one_large.without_cluster(rows, turn, rng())]
    alike = Pool.of(Space(np.ones((40, 3))), None)
    assert alike.without_cluster(np.arange(20), 0, rng()) is None
    assert alike.without_half(np.arange(20), rng()) is None


def test_a_reworded_row_is_a_near_copy_and_its_text_another(pool):
    rows = pool.draw(80, rng())
    set_ = pool.reworded(rows, rng(1))
    cosine = (set_.space.unit64() * pool.space.unit64(rows)).sum(axis=1)
    assert 1 - cosine == pytest.approx(np.full(80, NEAR_COPY), abs=1e-6)
    before = [pool.texts[i] for i in rows]
    assert all(new != old for new, old in zip(set_.texts, before, strict=True))
    assert any(words_of(new) != words_of(old) for new, old in zip(set_.texts, before, strict=True))


def test_vectors_are_reworded_alike_with_texts_and_without(pool):
    bare = replace(pool, texts=None).reworded(np.arange(80), rng(1))
    assert bare.texts is None
    assert np.array_equal(bare.space.raw, pool.reworded(np.arange(80), rng(1)).space.raw)


def test_rewording_does_not_leave_the_part_of_the_space_in_which_the_rows_lie():
    flat = np.concatenate([around(0, 40), around(1, 40)]) * (np.arange(16) < 5)
    moved = Pool.of(Space(flat.astype(np.float32)), None).reworded(np.arange(80), rng()).space
    assert np.abs(moved.unit[:, 5:]).max() == 0


def test_rewording_rows_that_are_all_alike_leaves_them_as_they_are():
    moved = Pool.of(Space(np.ones((40, 3), np.float32)), None).reworded(np.arange(20), rng()).space
    assert moved.unit == pytest.approx(np.full((20, 3), 3**-0.5))


# Verdicts

STEADY = np.array([10.0, 10.1, 9.9, 10.0, 10.05, 9.95])


@pytest.mark.parametrize(
    ("must", "changes", "expected"),
    [
        ("not rise", -1, "pass"),
        ("not rise", 0, "pass"),
        ("not rise", 0.04, "pass"),  # less than half a percent
        ("not rise", 1, "fail"),
        ("not rise", [5, -5, 5, -5, 5, -5], "cannot be told"),
        ("fall", -1, "pass"),
        ("fall", -0.01, "pass"),  # little, and certain
        ("fall", 0, "fail"),
        ("fall", 1, "fail"),
        ("fall", [1e-9, -1e-9, 1e-9, -1e-9, 1e-9, -1e-9], "fail"),  # rounding
        ("fall", [0.01, -0.01, 0.01, -0.01, 0.01, -0.01], "cannot be told"),
        ("fall", [5, -5, 5, -5, 5, -6], "cannot be told"),
        ("hardly move", 0.4, "pass"),
        ("hardly move", -0.4, "pass"),
        ("hardly move", 0.6, "fail"),
        ("hardly move", -0.6, "fail"),
        ("hardly move", [0.2, 0.8, 0.2, 0.8, 0.2, 0.8], "cannot be told"),
        ("not move", 0, "pass"),
        ("not move", [0, 0, 0.001, 0, 0, 0], "fail"),
        ("not move", math.nan, "cannot be told"),
        ("fall", math.inf, "cannot be told"),
    ],
)
def test_the_verdict_follows_from_the_pairs(must, changes, expected):
    assert judge(must, STEADY, STEADY + np.array(changes))[0] == expected


def test_without_pairs_nothing_can_be_told():
    found = finding("vendi", "cluster", np.empty(0), np.empty(0))
    assert found.verdict == "cannot be told"
    assert "no value" in found.sentence


def test_a_metric_of_which_lower_is_more_diverse_is_read_turned_round():
    found = finding("mean_coverage", "half", STEADY, STEADY + 1)
    assert (found.verdict, found.change) == ("pass", pytest.approx(-1))
    assert (found.before, found.after) == (pytest.approx(10), pytest.approx(11))
    assert "10.00% ± 0.00% less diverse. It must fall, and does." in found.sentence
    assert finding("mean_coverage", "half", STEADY, STEADY - 1).verdict == "fail"


# Known answers


def test_copies_of_an_outlier_raise_the_mean_distance_and_not_the_distance_to_the_nearest():
    found = card(a_clump_with_outliers(), "distsum_cosine", "knn_distance")
    assert found.of("distsum_cosine")["outlier"].verdict == "fail"
    assert found.of("distsum_cosine")["outlier"].share > 0.5
    assert found.of("knn_distance")["outlier"].verdict == "pass"
    assert verdict(in_groups(), "knn_distance", "copies") == "pass"


def test_where_there_is_no_outlier_copies_do_not_raise_the_mean_distance():
    even = np.concatenate([AXES, -AXES] * 5)
    assert verdict(even, "distsum_cosine", "outlier") == "pass"


def test_a_metric_that_counts_copies_as_a_gain_fails(monkeypatch):
    monkeypatch.setitem(METRICS, "knn_distance", replace(METRICS["knn_distance"], better="lower"))
    assert verdict(in_groups(), "knn_distance", "copies") == "fail"


def test_the_loss_of_clusters_is_seen_in_the_cells_of_the_reference_and_not_in_words_that_all_share():
    texts = ["the same words in every row, and again the same words"] * 160
    found = card(in_groups(), "partition_entropy", "mean_coverage", "ttr", texts=texts, pairs=16)
    for check in ("cluster", "half"):
        assert found.of("partition_entropy")[check].verdict == "pass"
        assert found.of("mean_coverage")[check].verdict == "pass"
        assert found.of("ttr")[check].verdict == "fail"


def test_rewording_hardly_moves_distances_between_rows_far_apart_and_moves_those_between_near_copies():
    assert verdict(in_groups(spread=0.5), "distsum_cosine", "noise") == "pass"
    assert verdict(in_groups(spread=0.05), "knn_distance", "noise") == "fail"


def test_rewording_hardly_moves_a_rich_vocabulary_and_moves_a_poor_one():
    """Of two words near-synonyms make seven: much beside the 18 others of the poor texts, little beside 3,000."""
    poor = [f"explain the idea of {' '.join(rng(i).choice(WORDS, 6))}" for i in range(160)]
    rich = [" ".join(f"word{number}" for number in rng(i).integers(3000, size=20)) for i in range(160)]
    of_poor = card(in_groups(), "ttr", "distinct_n", texts=poor)
    of_rich = card(in_groups(), "ttr", "hdd", texts=rich)
    assert of_poor.of("ttr")["noise"].verdict == of_poor.of("distinct_n")["noise"].verdict == "fail"
    assert of_poor.of("ttr")["noise"].share > 0.2
    assert of_rich.of("ttr")["noise"].verdict == of_rich.of("hdd")["noise"].verdict == "pass"


def test_the_order_matters_to_the_words_in_a_row_and_not_to_their_number():
    texts = [" ".join(rng(i).choice(WORDS, 12)) for i in range(160)]
    found = card(in_groups(), "mtld", "ttr", texts=texts)
    assert found.of("mtld")["shuffle"].verdict == "fail"
    assert found.of("ttr")["shuffle"].verdict == "pass"


def test_rows_that_are_all_alike_have_no_cluster_to_lose_and_nothing_that_could_rise():
    found = card(np.ones((40, 4)), "distsum_cosine").of("distsum_cosine")
    assert [found[name].verdict for name in CHECKS] == ["pass", "pass", *["cannot be told"] * 2, "pass", "pass"]


def test_every_metric_has_a_finding_for_every_check_and_a_sentence():
    texts = [" ".join(rng(i).choice(WORDS, 12)) for i in range(160)]
    found = card(in_groups(), texts=texts, pairs=3)
    assert found.metrics == list(METRICS)
    assert not found.refused
    assert all(list(found.of(name)) == list(CHECKS) for name in found.metrics)
    assert all(one.sentence.endswith(".") and math.isfinite(one.change) for one in found.findings)


# Around it


def test_both_sides_of_a_pair_have_as_many_rows_and_one_reference(monkeypatch):
    seen = []
    real = METRICS["mean_coverage"]

    def spy(space, *, reference, texts):
        seen.append((len(space), reference))
        return real(space, reference=reference)

    monkeypatch.setitem(METRICS, "mean_coverage", type("Spy", (), {**vars(real), "__call__": staticmethod(spy)})())
    study = study_of(in_groups())
    trust(study, ["mean_coverage"], size=50, pairs=3)
    assert {n for n, _ in seen} == {50}
    assert {id(reference) for _, reference in seen} == {id(study.space)}
    assert len(seen) == 3 * (1 + len(CHECKS))
    seen.clear()
    other = study_of(rng(9).normal(size=(70, 16)))
    trust(study.against(other), ["mean_coverage"], size=50, pairs=3)
    assert {len(reference) for _, reference in seen} == {70}


def test_the_same_seed_gives_the_same_card_and_another_seed_another():
    first, again, other = (card(in_groups(), "vendi", seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.findings != other.findings


def test_a_card_is_kept_and_read_again(tmp_path, monkeypatch):
    study = study_of(in_groups(), store=Store(tmp_path))
    assert kept(trust, study, ["vendi"], pairs=3) is None
    made = trust(study, ["vendi"], pairs=3)
    monkeypatch.setattr("core.trust._round", None)  # it would be called to make it anew
    assert trust(study, ["vendi"], pairs=3) == kept(trust, study, ["vendi"], pairs=3) == made
    assert kept(trust, study, ["vendi"], pairs=3, seed=1) is None
    assert kept(trust, study, ["radius"], pairs=3) is None


def test_a_card_is_json_without_nan():
    found = card(np.ones((40, 4)), "distsum_cosine").as_json()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert {one["check"]: one["must"] for one in found["findings"]}["half"] == "fall"


def test_a_metric_that_such_sets_do_not_allow_is_refused_with_its_reason():
    tiny = study_of(AXES[:5])
    found = trust(study_of(in_groups()).against(tiny), ["novelsum", "vendi"], pairs=3)
    assert found.metrics == ["vendi"]
    assert "at least 11 distinct rows" in found.refused["novelsum"]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"metrics": ["nothing"]}, "no metric 'nothing'"),
        ({"metrics": ["ttr"]}, "TTR needs texts"),
        ({"size": 81}, "from 10 to 80"),
        ({"size": 9}, "from 10 to 80"),
        ({"pairs": 2}, "Use 3 or more"),
        ({"seed": -1}, "seed"),
    ],
)
def test_what_cannot_be_done_is_said(how, message):
    with pytest.raises(UserError, match=message):
        trust(study_of(in_groups()), **how)


def test_too_few_rows_are_refused():
    with pytest.raises(UserError, match="at least 20 rows"):
        trust(study_of(AXES))


def test_it_can_be_cancelled_and_progress_only_grows():
    shares = []
    trust(study_of(in_groups()), ["vendi"], pairs=3, progress=lambda share, message: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] <= 1

    def stop(share, message):
        if share > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        trust(study_of(in_groups()), ["vendi"], pairs=3, progress=stop)


def test_the_command_prints_the_card(capsys, tmp_path):
    np.save(tmp_path / "v.npy", a_clump_with_outliers())
    words = ["trust", "--embeddings", str(tmp_path / "v.npy"), "--home", str(tmp_path / "home"), "--quiet"]
    words += ["--metrics", "distsum_cosine,knn_distance", "--size", "60"]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["n"], found["rows"], found["reference"]) == (60, 120, "self")
    assert len(found["findings"]) == 2 * len(CHECKS)
    assert found["embedding"]["dim"] == 16
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "10 sets of 60 rows, drawn from 120, against self" in printed
    (row,) = (line for line in printed.splitlines() if line.startswith("DistSum (cosine)"))
    assert row.split()[2:4] == ["?", "FAIL"]
    assert "DistSum (cosine): With a fifth of the rows replaced by copies of an outlier it reads" in printed
    assert main([*words, "--seed", "-1"]) == 2
    assert "seed" in capsys.readouterr().err


def test_the_worker_makes_the_card_that_the_page_then_finds(tmp_path):
    store = Store(tmp_path / "home")
    path = tmp_path / "rows.csv"
    path.write_text("text\n" + "\n".join(f"{WORDS[i % 16]} and {WORDS[i // 16]}" for i in range(60)))
    key = work.read(store, {"paths": [str(path)]}, lambda *_: None)["dataset"]
    np.save(tmp_path / "v.npy", rng().normal(size=(60, 8)))
    work.vectors(store, {"dataset": key, "source": str(tmp_path / "v.npy")}, lambda *_: None)
    args = {"dataset": key, "reference": None, "metrics": ["vendi", "ttr"], "size": 20, "seed": 3}
    assert work.WORK["trust"](store, args, lambda *_: None) == {}
    workspace = Workspace(store)
    found = kept(trust, workspace.study(workspace.get(key)), ["vendi", "ttr"], size=20, seed=3)
    assert found.metrics == ["vendi", "ttr"]
    assert found.n == 20
