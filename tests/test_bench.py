"""The bench: overlaps, verdicts and ranks against slow ones, runs as the study makes them, resumed after a stop."""

import itertools
import json
import math
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from core import Study, UserError, work
from core.__main__ import main
from core.bench import bench, choices_of
from core.bench_words import bench_sentences, how_judged, no_better_than_chance
from core.benched import LABELS, pack_bench, unpack_bench
from core.chance import against_chance, luck, overlap
from core.choice import Choice
from core.errors import Cancelled
from core.kept import kept
from core.peak_memory import PeakMemory
from core.progress import silent
from core.ranking import mean_ranks
from core.reading import read_dataset
from core.selectors import SELECTORS
from core.store import Store
from core.workspace import Workspace
from tests.few_rows import few_rows

SAMPLE = few_rows("narrow_bread.jsonl", 60)
METRICS = ["knn_distance", "vendi", "compression_ratio"]
TOPICS = [f"topic {number}" for number in range(8)]


def rows_file(folder: Path, n: int = 80) -> Path:
    """Rows about eight topics, of which the first has half of them."""
    rng = np.random.default_rng(0)
    topics = [0 if number % 2 else int(rng.integers(8)) for number in range(n)]
    lines = [
        {"text": f"row {number} on {TOPICS[topic]}", "topic": TOPICS[topic] if number else None, "score": number % 7}
        for number, topic in enumerate(topics)
    ]
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    vectors = np.eye(8)[topics] + 0.05 * rng.standard_normal((n, 8))
    np.save(folder / "rows.npy", vectors.astype(np.float32))
    return path


@pytest.fixture
def study(tmp_path):
    from core.opening import dataset_with_vectors

    store = Store(tmp_path / "home")
    path = rows_file(tmp_path)
    return dataset_with_vectors(read_dataset([path], store.home), str(tmp_path / "rows.npy"), store)


# Chance


@pytest.mark.parametrize(
    ("values", "random", "better", "expected"),
    [
        ([3.0, 3.1], [1.0, 2.0], "higher", "above"),
        ([3.0, 3.1], [1.0, 2.0], "lower", "below"),
        ([0.5], [1.0, 2.0], "higher", "below"),
        ([0.5], [1.0, 2.0], "lower", "above"),
        ([2.0], [1.0, 2.0], "higher", "within"),
        ([2.0 + 1e-12], [1.0, 2.0], "higher", "within"),
        ([3.0, 1.9], [1.0, 2.0], "higher", "within"),
        ([3.0, 0.5], [1.0, 2.0], "higher", "within"),
        ([-1.0], [-3.0, -2.0], "higher", "above"),
        ([math.nan, 3.0], [1.0, math.inf], "higher", "above"),
        ([], [1.0], "higher", None),
        ([math.nan], [1.0], "higher", None),
        ([1.0], [], "higher", None),
    ],
)
def test_a_verdict_asks_that_every_run_lies_beyond_every_random_one(values, random, better, expected):
    assert against_chance(values, random, better) == expected


@pytest.mark.parametrize(("runs", "random"), [(1, 3), (2, 4), (3, 3)])
def test_luck_is_the_share_of_orders_in_which_all_runs_come_first(runs, random):
    orders = list(itertools.permutations(range(runs + random)))
    on_top = sum(set(order[:runs]) == set(range(runs)) for order in orders)
    assert luck(runs, random) == pytest.approx(on_top / len(orders))


def test_an_overlap_is_that_of_sets_averaged_over_the_runs():
    rng = np.random.default_rng(1)
    first = [rng.permutation(50)[:size] for size in (10, 10, 14)]
    second = [rng.permutation(50)[:size] for size in (10, 20)]
    shares = [2 * len(set(a.tolist()) & set(b.tolist())) / (len(a) + len(b)) for a in first for b in second]
    assert overlap(first, second, 50) == pytest.approx(sum(shares) / len(shares))
    own = [2 * len(set(a.tolist()) & set(b.tolist())) / (len(a) + len(b)) for a, b in itertools.combinations(first, 2)]
    assert overlap(first, first, 50, same=True) == pytest.approx(sum(own) / len(own))
    assert overlap(first[:1], first[:1], 50, same=True) == 1
    assert math.isnan(overlap([], second, 50))


# Ranks


def ranked(values: list[float]) -> list[float]:
    """Ranks, the highest first, equal ones the mean of theirs: counted one by one."""
    return [1 + sum(v > x for v in values) + (sum(v == x for v in values) - 1) / 2 for x in values]


def test_mean_ranks_are_those_counted_one_by_one():
    values = [[np.array([[5.0, 1.0]]), np.array([[3.0, 1.0], [5.0, 3.0]]), np.array([[4.0, 0.0]])]]
    first, second = ranked([5.0, 4.0, 4.0]), ranked([1.0, 2.0, 0.0])
    found = mean_ranks(values)
    assert [rank.mean for rank in found] == [(a + b) / 2 for a, b in zip(first, second, strict=True)]


def test_intervals_of_ranks_hold_95_percent_of_runs_drawn_anew():
    rng = np.random.default_rng(3)
    values = [[rng.normal(size=(count, 2)) for count in (4, 3, 1)] for _ in range(2)]
    found = mean_ranks(values, draws=4000, seed=1)
    again = np.random.default_rng(99)
    means = []
    for _ in range(1500):
        cells = []
        for budget in values:
            drawn = [[again.integers(len(each)) for _ in each] for each in budget]
            for metric in range(2):
                level = [
                    sum(each[i][metric] for i in which) / len(which) for each, which in zip(budget, drawn, strict=True)
                ]
                cells.append(ranked(level))
        means.append(np.mean(cells, axis=0))
    low, high = np.quantile(means, (0.025, 0.975), axis=0)
    assert [rank.low for rank in found] == pytest.approx(low.tolist(), abs=0.3)
    assert [rank.high for rank in found] == pytest.approx(high.tolist(), abs=0.3)
    assert all(rank.low <= rank.mean <= rank.high for rank in found)
    assert mean_ranks(values, seed=5) == mean_ranks(values, seed=5)


def test_selectors_of_one_run_each_have_ranks_without_a_spread():
    found = mean_ranks([[np.array([[1.0]]), np.array([[2.0]]), np.array([[2.0 + 1e-13]])]])
    assert [(rank.low, rank.mean, rank.high) for rank in found] == [(3, 3, 3), (1.5, 1.5, 1.5), (1.5, 1.5, 1.5)]


# Memory


def test_the_peak_of_memory_sees_what_was_given_back_before_the_end():
    with PeakMemory() as peak:
        taken = np.ones(40_000_000)  # 320 MB, which come straight from the system and go back to it
        for _ in range(1000):
            if peak.bytes >= taken.nbytes:
                break
            time.sleep(0.01)
        del taken
    assert 300e6 < peak.bytes < 400e6


def test_the_watch_over_memory_ends_with_a_block_that_fails():
    with pytest.raises(Cancelled), PeakMemory():
        raise Cancelled
    assert not [thread for thread in threading.enumerate() if thread.name == "peak memory"]


# The bench itself


def asked(**how):
    return {"seeds": 2, "random_seeds": 4, "metrics": METRICS, "label": "topic"} | how


def test_runs_hold_what_the_study_chooses_and_measures(study):
    found = bench(study, choices_of(["k_center", "farthest"]), ["8", "25%"], **asked())
    assert [each.selector for each in found.contenders] == ["random", "k_center", "farthest"]
    assert found.sizes == (8, 20)
    assert [[len(runs) for runs in each] for each in found.runs] == [[4, 4], [2, 2], [1, 1]]
    for contender, each in zip(found.contenders, found.runs, strict=True):
        for budget, runs in zip(found.budgets, each, strict=True):
            for run in runs:
                chosen = study.choose(Choice(contender.selector, budget, seed=run.seed))
                subset = study.subset(chosen.positions, "again")
                scores = {score.metric: score.value for score in subset.measure(METRICS, intervals=False)}
                topics = {study.column("topic")[row] for row in chosen.positions} - {None}
                assert run.values == scores | {LABELS: len(topics)}
                assert run.rows == len(chosen)
                assert run.peak is not None
                assert run.peak >= 0
    assert found.label_values == 8
    for budget in range(2):
        for metric in METRICS:
            drawn = [run.values[metric] for run in found.runs[0][budget]]
            assert found.band(1, budget, metric) == drawn
    by_hand = [set(study.choose(Choice("k_center", "8", seed=seed)).positions.tolist()) for seed in (0, 1)]
    far = set(study.choose(Choice("farthest", "8")).positions.tolist())
    assert found.overlaps[0, 1, 2] == pytest.approx(np.mean([len(far & each) / 8 for each in by_hand]))
    assert found.overlaps[0, 1, 1] == pytest.approx(len(by_hand[0] & by_hand[1]) / 8)
    assert found.overlaps[0, 2, 2] == 1


def test_a_selector_that_returns_fewer_rows_stands_beside_random_ones_of_as_many(study):
    few = Choice("repr_filter", quality=("score", True), params={"tau": 0.5})
    found = bench(study, [few], ["40"], **asked(metrics=["vendi"]))
    rows = found.runs[1][0][0].rows
    assert rows < 40
    drawn = [
        study.subset(study.choose(Choice("random", str(rows), seed=seed)).positions, "r")
        .measure(["vendi"], intervals=False)[0]
        .value
        for seed in range(4)
    ]
    assert found.band(1, 0, "vendi") == drawn
    assert f"(returned {rows} rows)" in bench_sentences(found)[0]


def test_random_keeps_to_the_limits_of_the_selector_beside_it(study):
    limited = Choice("k_center", must=(3, 5), never=(7,))
    found = bench(study, [limited], ["8"], **asked(metrics=["vendi"]))
    drawn = study.choose(Choice("random", "8", seed=0, must=(3, 5), never=(7,)))
    value = study.subset(drawn.positions, "r").measure(["vendi"], intervals=False)[0].value
    assert found.band(1, 0, "vendi")[0] == value
    assert {3, 5} <= set(drawn.positions.tolist())


def test_what_cannot_be_run_is_listed_with_the_reason(study):
    found = bench(study, choices_of(["qdit", "instag", "k_center"]), ["8"], **asked(metrics=["vendi"]))
    words = " ".join(bench_sentences(found))
    assert "QDIT was not run: QDIT needs a quality column" in words
    assert found.refused[2][0]
    assert found.runs[1][0] == ()
    assert math.isnan(found.overlaps[0, 1, 0])
    assert set(found.ranks()) == {0, 3}
    assert bench(study, choices_of(["qdit"], quality=("score", True)), ["8"], **asked()).refused == (("",), ("",))


def test_a_score_is_given_to_those_that_need_one_or_are_meant_to_have_one():
    choices = choices_of(["dpp", "novelselect", "novelselect_parts", "kmq", "qdit"], quality=("score", True))
    assert [each.selector for each in choices if each.quality] == ["kmq", "qdit"]


def test_every_selector_can_be_put_on_the_bench(study):
    choices = choices_of(quality=("score", True), label="topic")
    found = bench(study, choices, ["12"], **asked(seeds=1, metrics=["vendi"]))
    assert {each.selector for each in found.contenders} == set(SELECTORS)
    refused = {each.selector for each, why in zip(found.contenders, found.refused, strict=True) if why[0]}
    assert refused == {"instag"}, "which needs tags"


def test_a_choice_made_by_the_topics_covers_more_of_them_than_chance_and_quality_does_not(study):
    found = bench(study, choices_of(["k_center", "quality"], quality=("score", True)), ["8"], **asked())
    assert found.verdict(1, 0, LABELS) == "above"
    assert found.verdict(1, 0, "knn_distance") == "above"
    assert not no_better_than_chance(found, 1, 0)
    words = bench_sentences(found)
    assert "covers 8 of 8 values of topic, more than chance" in words[0]
    assert ("is no better than chance" in words[1]) == ("above" not in found.verdicts(2, 0).values())
    assert "once in 5 (1 run), 15 (2 runs)" in how_judged(found)


def test_values_of_the_label_that_do_not_count_are_left_out(study):
    found = bench(study, choices_of(["k_center"]), ["8"], **asked(without=["topic 0"]))
    assert found.label_values == 7
    assert found.values(1, 0, LABELS) == [7, 7]


def test_a_bench_is_kept_and_goes_on_after_a_stop_from_where_it_was(study, monkeypatch):
    from core import study_choosing

    made: list[str] = []
    select = study_choosing.select

    def counted(name, *args, **how):
        made.append(name)
        return select(name, *args, **how)

    monkeypatch.setattr(study_choosing, "select", counted)
    choices = choices_of(["k_center", "kmeans_closest"])

    def stop(share, message):
        if message.startswith("K-means"):
            raise Cancelled

    with pytest.raises(Cancelled):
        bench(study, choices, ["8"], **asked(), progress=stop)
    assert kept(bench, study, choices, ["8"], **asked()) is None
    before = len(made)
    assert before in (6, 7), "random four times, K-center twice, and perhaps the one that was stopped"
    found = bench(study, choices, ["8"], **asked())
    assert set(made[before:]) == {"kmeans_closest"}
    assert all(run.peak is not None for run in found.runs[1][0]), "what the first bench saw is known to the second"
    again = kept(bench, study, choices, ["8"], **asked())
    assert again is not None
    assert again.as_json() == found.as_json()
    assert kept(bench, study, choices, ["9"], **asked()) is None
    assert kept(bench, study, choices, ["8"], **asked(seeds=3)) is None


def test_memory_of_a_choice_that_was_made_elsewhere_is_not_known(study):
    study.choose(Choice("farthest", "8"))
    found = bench(study, choices_of(["farthest"]), ["8"], **asked())
    assert found.runs[1][0][0].peak is None


def test_a_bench_comes_back_from_the_store_as_it_was(study):
    found = bench(study, choices_of(["k_center", "qdit"]), ["8"], **asked())
    meta, arrays = pack_bench(found)
    again = unpack_bench(json.loads(json.dumps(meta)), arrays)
    assert again.runs == found.runs
    assert again.bands == found.bands
    assert again.contenders == found.contenders
    assert again.as_json() == found.as_json()
    said = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert [each["selector"] for each in said["ranks"]] in (
        ["K-center greedy", "Random"],
        ["Random", "K-center greedy"],
    )
    assert said["ranks"][0]["mean"] <= said["ranks"][1]["mean"]
    assert said["selectors"][1]["at"][0]["rank"]["mean"] in {each["mean"] for each in said["ranks"]}


@pytest.mark.parametrize(
    ("selectors", "how", "words"),
    [
        (["random"], {}, "at least one selector beside random"),
        (["k_center"], {"metrics": ["no"]}, "There is no metric 'no'"),
        (["k_center"], {"label": "nothing"}, "nothing"),
        (["k_center"], {"random_seeds": 1}, "at least two random subsets"),
        (["k_center"], {"params": {"ttr": {}}}, "not among the metrics"),
    ],
)
def test_what_a_bench_cannot_do_is_a_sentence(study, selectors, how, words):
    with pytest.raises(UserError, match=words):
        bench(study, choices_of(selectors), ["8"], **asked(**how))


def test_a_budget_beyond_the_pool_is_refused_before_any_work(study):
    with pytest.raises(UserError, match="more than the 80 rows"):
        bench(study, choices_of(["k_center"]), ["8", "81"], **asked())


def test_two_choices_of_one_selector_are_told_apart_by_their_parameters(study):
    choices = [Choice("mmr", quality=("score", True), params={"spread_weight": w}) for w in (0.2, 0.8)]
    found = bench(study, choices, ["8"], **asked(metrics=["vendi"]))
    assert [each.name for each in found.contenders] == ["Random", "MMR (spread_weight 0.2)", "MMR (spread_weight 0.8)"]


def test_the_worker_makes_what_the_page_asks_the_store_for(tmp_path, monkeypatch):
    store = Store(tmp_path / "home")
    path = rows_file(tmp_path)
    key = work.read(store, {"paths": [str(path)]}, silent)["dataset"]
    work.vectors(store, {"dataset": key, "source": str(tmp_path / "rows.npy")}, silent)
    args = {"dataset": key, "reference": None, "choices": [Choice("k_center").as_json()], "budgets": ["8"]}
    args |= asked()
    work.WORK["bench"](store, args, silent)
    study = Workspace(store).study(Workspace(store).get(key))
    assert kept(bench, study, **work.bench_args(args)) is not None


def test_the_command_says_what_becomes_of_rows_without_a_score(capsys, shared_home, tmp_path):
    lines = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    scored = [line | {"score": None if number == 3 else number} for number, line in enumerate(lines)]
    path = tmp_path / "scored.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in scored), encoding="utf-8")
    words = ["bench", str(path), "--selectors", "qdit", "--budgets", "10", "--seeds", "1", "--random-seeds", "2"]
    words += ["--metrics", "vendi", "--quality", "score", "--json", "--quiet"]
    assert main(words) == 0
    refused = json.loads(capsys.readouterr().out)
    assert "has no number in 1 of" in json.dumps(refused)
    assert main([*words, "--missing", "leave out"]) == 0
    found = json.loads(capsys.readouterr().out)
    chosen = Study.open(path).choose(Choice("qdit", "10", quality=("score", True), missing="leave out"))
    expected = Study.open(path).subset(chosen.positions, "s").measure(["vendi"], intervals=False)[0].value
    assert found["selectors"][1]["at"][0]["values"]["vendi"]["runs"] == [expected]


def test_the_command_prints_tables_and_sentences(capsys, shared_home):
    words = ["bench", str(SAMPLE), "--selectors", "k_center,qdit", "--budgets", "10,20%", "--seeds", "1"]
    words += ["--random-seeds", "3", "--metrics", "vendi,knn_distance", "--quiet"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "Budget 10" in out
    assert "Budget 20%" in out
    assert "QDIT was not run: QDIT needs a quality column" in out
    assert "K-center greedy at 10 is " in out
    assert "A choice that is itself random stands above by luck once in 4 (1 run)." in out
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in found["selectors"]] == ["Random", "K-center greedy", "QDIT"]
    values = found["selectors"][1]["at"][0]["values"]["vendi"]
    study = Study.open(SAMPLE)
    chosen = study.choose(Choice("k_center", "10"))
    assert values["runs"] == [study.subset(chosen.positions, "s").measure(["vendi"], intervals=False)[0].value]
    assert len(values["random"]) == 3
    assert main([*words, "--label-without", "a"]) == 2
