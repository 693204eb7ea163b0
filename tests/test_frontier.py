"""The frontier: the Pareto set and what moves against slow ones, points as the study makes them, and the command."""

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest

from core import Study, UserError, work
from core.__main__ import main
from core.choice import Choice
from core.frontier import MOST, _different, _next, between, ends_of, frontier, weighted
from core.frontier_points import Point, pack_frontier, undominated, unpack_frontier
from core.frontier_words import frontier_sentences
from core.kept import kept
from core.opening import dataset_with_vectors
from core.progress import silent
from core.reading import read_dataset
from core.selectors import SELECTORS
from core.store import Store
from core.workspace import Workspace

N = 60


@pytest.fixture
def files(tmp_path):
    """Rows in six bunches; the score is the length of the text, and all long rows lie in one bunch."""
    rng = np.random.default_rng(4)
    bunch = np.arange(N) % 6
    lengths = np.where(bunch == 0, 200, 20) + rng.integers(0, 15, N)
    lines = [
        {"id": f"r{number}", "text": "x" * int(length), "length": int(length), "loss": -float(length)}
        for number, length in enumerate(lengths)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    vectors = np.eye(6)[bunch] + 0.1 * rng.standard_normal((N, 6))
    np.save(tmp_path / "rows.npy", vectors.astype(np.float32))
    return tmp_path


@pytest.fixture
def study(files):
    store = Store(files / "home")
    return dataset_with_vectors(read_dataset([files / "rows.jsonl"], store.home), str(files / "rows.npy"), store)


QDIT = Choice("qdit", "10", quality=("length", True))


def slow_pareto(points):
    """Every point beside every other: out where one is at least as good in both and better in one."""
    found = []
    for x, y in points:
        beaten = False
        for other_x, other_y in points:
            if other_x >= x and other_y >= y and (other_x > x or other_y > y):
                beaten = True
        found.append(not beaten)
    return found


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(1, 3), (2, 2), (3, 1)], [True, True, True]),
        ([(1, 3), (1, 2), (0, 3)], [True, False, False]),
        ([(2, 2), (2, 2)], [True, True]),
        ([(1, 1), (1 + 1e-13, 1)], [True, True]),
        ([(math.nan, 9), (1, 1)], [False, True]),
        ([], []),
    ],
)
def test_the_pareto_set_by_hand(points, expected):
    assert undominated(points) == expected


@pytest.mark.parametrize("seed", range(5))
def test_the_pareto_set_is_that_of_a_slow_comparison(seed):
    rng = np.random.default_rng(seed)
    points = [tuple(map(float, pair)) for pair in rng.integers(0, 8, (30, 2))]
    assert undominated(points) == slow_pareto(points)


def test_points_hold_the_choices_their_mean_score_and_their_diversity(study):
    found = frontier(study, QDIT, weights=[1, 0, 0.5], metric="vendi", random_seeds=3)
    assert [point.weight for point in found.points] == [0, 0.5, 1]
    lengths = study.lengths()
    for point in found.points:
        choice = Choice("qdit", "10", quality=("length", True), params={"quality_weight": point.weight})
        chosen = study.choose(choice).positions
        assert point.rows.tolist() == chosen.tolist()
        assert point.quality == pytest.approx(sum(study.column("length")[row] for row in chosen) / 10)
        assert point.length == pytest.approx(sum(len(study.texts[row]) for row in chosen) / 10)
        (score,) = study.subset(chosen, "s").measure(["vendi"], intervals=False)
        assert point.diversity == score.value
    assert [point.rows.tolist() for point in found.random] == [
        study.choose(Choice("random", "10", seed=seed)).positions.tolist() for seed in range(3)
    ]
    top = sorted(range(N), key=lambda row: (-lengths[row], row))[:10]
    assert found.quality_only.rows.tolist() == top
    assert found.points[-1].rows.tolist() == top, "a weight of 1 is the score alone"
    assert found.pareto == tuple(slow_pareto([(p.quality, p.diversity) for p in found.points]))


def test_copies_that_only_quality_alone_may_choose_are_told_of(files):
    store = Store(files / "home")
    lines = (files / "rows.jsonl").read_text().splitlines()
    (files / "rows.jsonl").write_text("".join(f"{line}\n" for line in [*lines, lines[0]]))
    vectors = np.load(files / "rows.npy")
    np.save(files / "rows.npy", np.vstack([vectors, vectors[:1]]))
    study = dataset_with_vectors(read_dataset([files / "rows.jsonl"], store.home), str(files / "rows.npy"), store)
    how = {"weights": [0, 1], "metric": "vendi", "random_seeds": 2}
    found = frontier(study, QDIT, **how)
    assert found.copies == 1
    assert "exact copies, of which the pool has 1 and which QDIT puts last" in " ".join(frontier_sentences(found))
    kept_too = frontier(study, replace(QDIT, keep_copies=True), **how)
    assert kept_too.copies == 0
    assert "puts last" not in " ".join(frontier_sentences(kept_too))


def test_what_enters_and_leaves_is_the_difference_of_the_two_sets(study):
    found = frontier(study, QDIT, weights=[0, 0.3, 1], metric="vendi", random_seeds=2)
    for first, second in ((0, 1), (1, 2), (0, 2), (2, 0)):
        entered, left = found.between(first, second)
        before, after = (set(found.points[each].rows.tolist()) for each in (first, second))
        assert set(entered.tolist()) == after - before
        assert set(left.tolist()) == before - after
    assert len(found.between(0, 2)[0]) > 0
    assert found.between(1, 1)[0].tolist() == []


def test_a_score_made_of_length_costs_diversity_and_is_called_length(study):
    found = frontier(study, QDIT, metric="vendi")
    first, last = found.points[0], found.points[-1]
    assert first.quality < last.quality
    assert first.diversity > last.diversity
    assert last.diversity < min(point.diversity for point in found.random)
    assert found.length_correlation == pytest.approx(1)
    words = " ".join(frontier_sentences(found))
    assert "less diverse than every random choice" in words
    assert "goes with the length of the text (rank correlation 1.00)" in words
    assert "longer rows" in words


def test_a_score_of_which_lower_is_better_turns_the_frontier_round(study):
    found = frontier(study, QDIT, metric="vendi", random_seeds=2)
    turned = frontier(study, Choice("qdit", "10", quality=("loss", False)), metric="vendi", random_seeds=2)
    assert turned.better == "lower"
    assert [p.rows.tolist() for p in turned.points] == [p.rows.tolist() for p in found.points]
    assert [p.quality for p in turned.points] == pytest.approx([-p.quality for p in found.points])
    assert turned.pareto == found.pareto
    assert [turned.beats_chance(p) for p in turned.points] == [found.beats_chance(p) for p in found.points]
    assert "shorter" in frontier_sentences(turned)[-1]


@pytest.mark.parametrize("name", weighted())
def test_the_weight_of_every_selector_favours_what_it_says(study, name):
    found = frontier(study, Choice(name, "10", quality=("length", True)), metric="vendi", random_seeds=2)
    first, last = found.points[0], found.points[-1]
    toward_quality = found.favours == "quality"
    assert (first.quality < last.quality) == toward_quality
    assert (first.diversity > last.diversity) == toward_quality


def test_selectors_with_a_weight_declare_it_among_their_parameters():
    assert {"qdit", "mmr", "dpp"} <= set(weighted())
    for name in weighted():
        param = SELECTORS[name].params[SELECTORS[name].weight[0]]
        low, high = ends_of(name)
        assert low < param.default < high
        assert [param.check(value, name) for value in (low, high)] == [low, high]


def test_weights_are_looked_for_where_the_choice_changes_most(study):
    found = frontier(study, QDIT, metric="vendi", random_seeds=2)
    weights = [point.weight for point in found.points]
    assert weights[0] == 0
    assert weights[-1] == 1
    assert len(weights) <= MOST
    assert weights == sorted(set(weights))

    def choose(w):
        return set(study.choose(replace(QDIT, params={"quality_weight": w})).positions.tolist())

    left = [0.0, 1.0]  # the same by a slow walk: always between the two that have the fewest rows in common
    while len(left) < MOST:
        chosen = [choose(w) for w in left]
        wide = [
            at
            for at, (a, b) in enumerate(itertools.pairwise(left))
            if (b / 4 > 1e-4 if a == 0 else b - a > 0.005 or b > 1.1 * a)
        ]
        fewest, at = min((len(chosen[at] & chosen[at + 1]), at) for at in wide)
        if fewest >= 0.95 * 10:
            break
        left.insert(at + 1, between(left[at], left[at + 1]))
    new = [w for before, w in itertools.pairwise(left[:-1]) if choose(w) not in (choose(before), choose(1.0))]
    assert weights == pytest.approx([0.0, *new, 1.0])


def walk(rows_at, ends):
    """The weights that are looked at where a weight chooses the rows that a function says."""
    points, weight = [], ends[0]
    while weight is not None:
        points.append(Point(weight, 0.0, 0.0, 0.0, np.array(rows_at(weight))))
        points.sort(key=lambda point: point.weight)
        weight = _next(points, None, ends)
    return points


def test_a_jump_at_weight_0_is_not_looked_into_without_end():
    points = walk(lambda weight: [9, 8] if weight == 0 else [1, 2], (0.0, 1.0))
    assert [point.weight for point in points] == [0, 0.00023, 0.00093, 0.0037, 0.015, 0.062, 0.25, 1]
    assert [point.weight for point in _different(points)] == [0, 1]
    by_ratio = walk(lambda weight: [9, 8] if weight < 3 else [1, 2], (0.0625, 16.0))
    assert min(b.weight / a.weight for a, b in itertools.pairwise(by_ratio)) > 1.01
    assert len(by_ratio) < MOST


def test_a_choice_that_changes_at_a_thousandth_of_the_way_is_looked_into():
    points = walk(lambda weight: sorted({int(min(10, 4000 * weight)) + n for n in range(6)}), (0.0, 1.0))
    assert sum(0 < point.weight < 0.005 for point in points) >= 5


def test_choices_of_the_same_rows_are_listed_once_and_the_ends_always():
    rows = {0: [1, 2], 0.1: [2, 1], 0.2: [1, 3], 0.3: [1, 3], 0.4: [1, 2], 0.5: [4, 5], 1: [5, 4]}
    points = [Point(weight, 0.0, 0.0, 0.0, np.array(each)) for weight, each in rows.items()]
    assert [point.weight for point in _different(points)] == [0, 0.2, 0.4, 1]


def test_a_score_of_0_under_a_power_makes_no_more_weights_than_it_has_choices(files):
    lines = [json.loads(line) for line in (files / "rows.jsonl").read_text().splitlines()]
    for number, line in enumerate(lines):
        line["length"] = float(number % 6 == 0)  # a bunch of ones, and zeros
    (files / "rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    store = Store(files / "other")
    study = dataset_with_vectors(read_dataset([files / "rows.jsonl"], store.home), str(files / "rows.npy"), store)
    found = frontier(study, QDIT, metric="vendi", random_seeds=2)
    chosen = [frozenset(point.rows.tolist()) for point in found.points]
    assert len(set(chosen[1:-1])) == len(chosen[1:-1])
    assert found.points[1].weight > 1e-4


def test_rows_without_a_score_do_not_count_in_the_mean(files):
    lines = [json.loads(line) for line in (files / "rows.jsonl").read_text().splitlines()]
    lines[3]["length"] = None
    (files / "rows.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    store = Store(files / "other")
    study = dataset_with_vectors(read_dataset([files / "rows.jsonl"], store.home), str(files / "rows.npy"), store)
    with pytest.raises(UserError, match="has no number in 1 of 60 rows"):
        frontier(study, QDIT, metric="vendi")
    given = Choice("qdit", str(N), quality=("length", True), missing="lowest")
    found = frontier(study, given, weights=[0, 1], metric="vendi", random_seeds=2)
    known = [line["length"] for line in lines if line["length"] is not None]
    assert found.points[0].quality == pytest.approx(sum(known) / len(known))


def test_a_frontier_is_kept_and_comes_back_as_it_was(study):
    assert kept(frontier, study, QDIT, metric="vendi", random_seeds=2) is None
    found = frontier(study, QDIT, metric="vendi", random_seeds=2)
    again = kept(frontier, study, QDIT, metric="vendi", random_seeds=2)
    assert again is not None
    assert again.as_json(study.ids) == found.as_json(study.ids)
    assert kept(frontier, study, QDIT, metric="knn_distance", random_seeds=2) is None
    meta, arrays = pack_frontier(found)
    assert unpack_frontier(json.loads(json.dumps(meta)), arrays).as_json(study.ids) == found.as_json(study.ids)
    json.dumps(found.as_json(study.ids), allow_nan=False)


@pytest.mark.parametrize(
    ("choice", "how", "words"),
    [
        (Choice("k_center", quality=("length", True)), {}, "K-center greedy has no weight"),
        (Choice("qdit"), {}, "Name a column of scores"),
        (QDIT, {"weights": [0, 2]}, "quality_weight is 2"),
        (QDIT, {"weights": [0.5, 0.5]}, "at least two weights"),
        (QDIT, {"metric": "no"}, "There is no metric"),
    ],
)
def test_what_a_frontier_cannot_do_is_a_sentence(study, choice, how, words):
    with pytest.raises(UserError, match=words):
        frontier(study, choice, **how)


def test_vectors_without_texts_have_a_frontier_without_lengths(files):
    bare = Study.of_vectors(np.load(files / "rows.npy"))
    with pytest.raises(UserError, match="Vectors alone have no column"):
        frontier(bare, QDIT)


def test_the_worker_makes_what_the_page_asks_the_store_for(files):
    store = Store(files / "home")
    key = work.read(store, {"paths": [str(files / "rows.jsonl")]}, silent)["dataset"]
    work.vectors(store, {"dataset": key, "source": str(files / "rows.npy")}, silent)
    args = {"dataset": key, "reference": None, "choice": QDIT.as_json(), "weights": [0, 1], "metric": "vendi"}
    work.WORK["frontier"](store, args, silent)
    study = Workspace(store).study(Workspace(store).get(key))
    assert kept(frontier, study, **work.frontier_args(args)) is not None


def test_the_command_prints_points_sentences_and_what_moves(files, capsys):
    words = ["frontier", str(files / "rows.jsonl"), "--embeddings", str(files / "rows.npy"), "--quiet"]
    words += ["--home", str(files / "home"), "--selector", "qdit", "--quality", "length", "--budget", "10"]
    words += ["--metric", "vendi", "--weights", "0,0.5,1", "--random-seeds", "3"]
    assert main([*words, "--between", "0,1"]) == 0
    out = capsys.readouterr().out
    assert "QDIT at 10: from quality_weight 0 to 1 the mean of length goes from" in out
    assert "rows enter: r" in out
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [point["weight"] for point in found["points"]] == [0, 0.5, 1]
    assert len(found["steps"][0]["entered"]) == len(found["steps"][0]["left"])
    assert set(found["steps"][0]["entered"]) <= {f"r{number}" for number in range(N)}
    assert main([*words, "--between", "0,0.7"]) == 2
    assert "0.7 is not among the weights 0, 0.5, 1" in capsys.readouterr().err
