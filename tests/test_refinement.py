"""kMQ in rounds: how weights move, what is drawn, what feedback is taken, and what is refused."""

import csv
import io
import json
import math
import tempfile
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.clustering import kmeans
from core.errors import UserError
from core.lm import Example, load_language_model, score_answers
from core.refinement import (
    FeedbackError,
    Plan,
    Scored,
    Scorer,
    begin,
    branch,
    differs,
    dump_refinement,
    feedback_form,
    go_on,
    moved,
    read_feedback,
    read_refinement,
)
from core.refinement.feedback import parse_feedback
from core.selectors import select
from core.study import Study
from tests.golden.inputs import array
from tests.tiny_language_model import make_tiny_language_model

OURS = {"mode": "shrunk", "pull": 5.0, "eta": 0.5, "floor": 0.0}


@pytest.fixture(scope="module")
def study():
    return Study.of_vectors(array("P")[:600], name="the pool")


@pytest.fixture(scope="module")
def first(study):
    return begin(study, Plan(budget="90", rounds=3, clusters=6))


def gaps_by_cluster(refinement, means, noise=0.0, seed=0):
    """Feedback that gives every drawn row the gap of its cluster."""
    rng = np.random.default_rng(seed)
    rows = list(refinement.chosen)
    gaps = np.asarray(means)[refinement.cluster_of(rows)] + noise * rng.standard_normal(len(rows))
    return Scored("made", "0" * 64, "gap", dict(zip(rows, gaps.tolist(), strict=True)))


# Weights


def test_weights_move_as_the_printed_formula_says_renormalised():
    weights, means = np.array([0.5, 0.3, 0.2]), np.array([1.0, 2.0, 5.0])
    found = moved(weights, means, np.array([4, 4, 4]), mode="literal", pull=9, eta=9, floor=0.9)
    assert found == pytest.approx(np.array([0.5, 0.6, 1.0]) / 2.1)  # w s / 8, then divided by their sum 2.1 / 8


@pytest.mark.parametrize("low", [0.0, -1.0])
def test_the_printed_formula_refuses_a_gap_that_is_not_above_0(low):
    with pytest.raises(UserError, match=r"1 of 2 clusters with scored rows have none; the first is cluster 2"):
        moved(
            np.array([0.4, 0.4, 0.2]), np.array([1, low, math.nan]), np.array([1, 1, 0]), **{**OURS, "mode": "literal"}
        )


def test_in_the_printed_formula_a_cluster_without_scored_rows_counts_with_the_mean_of_the_others():
    weights, means = np.array([0.5, 0.25, 0.25]), np.array([1.0, 3.0, math.nan])
    found = moved(weights, means, np.array([2, 9, 0]), **{**OURS, "mode": "literal"})
    assert found == pytest.approx(np.array([0.5, 0.75, 0.5]) / 1.75)


def test_our_weights_move_by_shrunken_means_in_standard_deviations():
    weights, means, counts = np.full(3, 1 / 3), np.array([0.0, 1.0, 2.0]), np.array([1, 1, 10])
    total = (0 + 1 + 20) / 12
    shrunken = np.array([(0 + 5 * total) / 6, (1 + 5 * total) / 6, (20 + 5 * total) / 15])
    z = (shrunken - shrunken.mean()) / shrunken.std()
    expected = np.exp(0.5 * z) / np.exp(0.5 * z).sum()
    assert moved(weights, means, counts, **OURS) == pytest.approx(expected)


def test_a_cluster_without_scored_rows_keeps_its_weight_and_all_sum_to_1():
    weights = np.array([0.1, 0.2, 0.3, 0.4])
    found = moved(weights, np.array([1, math.nan, 5, 2]), np.array([3, 0, 3, 3]), **OURS)
    assert found[1] == 0.2
    assert found.sum() == pytest.approx(1)
    assert found[2] > 0.3
    assert found[0] < 0.1


def test_equal_gaps_move_nothing():
    weights = np.array([0.2, 0.5, 0.3])
    assert moved(weights, np.full(3, 0.1), np.array([3, 1, 7]), **OURS) == pytest.approx(weights)


def test_no_weight_falls_below_the_floor():
    weights = np.full(4, 0.25)
    for _ in range(30):
        weights = moved(weights, np.array([0.0, 1, 2, 9]), np.full(4, 50), **{**OURS, "floor": 0.2})
    assert weights.min() == pytest.approx(0.05)
    assert weights.sum() == pytest.approx(1)
    assert weights.argmax() == 3


def test_a_round_without_scores_moves_nothing():
    with pytest.raises(UserError, match="scores no row"):
        moved(np.full(2, 0.5), np.full(2, math.nan), np.zeros(2, dtype=np.int64), **OURS)


@pytest.mark.parametrize("mode", ["shrunk", "literal"])
@pytest.mark.parametrize("means", [[1e308, 1.7e308, 1e308], [1e160, 1.0, 3e160], [1.0, math.inf, 2.0]])
def test_gaps_that_no_weight_can_be_reckoned_from_are_refused(mode, means):
    with pytest.raises(UserError, match="too large or too small"):
        moved(np.full(3, 1 / 3), np.array(means), np.array([3, 3, 3]), **{**OURS, "mode": mode})


def test_gaps_so_small_that_their_product_with_a_weight_is_nothing_are_refused():
    with pytest.raises(UserError, match="too large or too small"):
        moved(np.full(3, 1 / 3), np.full(3, 5e-324), np.array([3, 3, 3]), **{**OURS, "mode": "literal"})


def test_many_clusters_and_a_long_step_overflow_nothing():
    means = np.zeros(8192)
    means[7] = 1
    found = moved(np.full(8192, 1 / 8192), means, np.full(8192, 9), **{**OURS, "eta": 10.0})  # exp(905) is no number
    assert found[7] == pytest.approx(1)
    assert found.sum() == pytest.approx(1)


# Rounds


@pytest.mark.parametrize("scoring", ["z-score", "rank"])
def test_the_first_round_is_static_kmq_of_that_many_rows(tmp_path, scoring):
    pool = tmp_path / "pool.jsonl"
    rng = np.random.default_rng(0)
    pool.write_text("".join(json.dumps({"text": f"row {i}", "score": float(rng.random())}) + "\n" for i in range(300)))
    vectors = tmp_path / "v.npy"
    np.save(vectors, array("P")[:300])
    state, ids = tmp_path / "run.json", tmp_path / "ids.json"
    given = [str(pool), "--embeddings", str(vectors), "--home", str(tmp_path / "home"), "--quiet"]
    how = ["--param", f"scoring={scoring}", "--clusters", "8", "--quality", "score", "--seed", "4"]
    assert main(["refine", "begin", *given, "--state", str(state), "--budget", "60", *how]) == 0
    how = ["--param", f"score={scoring}", "--param", "clusters=8", "--quality", "score", "--seed", "4"]
    assert main(["select", *given, "--selector", "kmq", "--budget", "20", *how, "--out", str(ids)]) == 0
    assert list(read_refinement(state).last.rows) == json.loads(ids.read_text())["positions"]


def test_rounds_draw_other_rows_each_and_spend_the_budget(study, first):
    rng = np.random.default_rng(1)
    found = begin(study, Plan(budget="100", rounds=3, clusters=7))
    assert [len(found.last.rows)] == [34]
    while not found.done:
        found = go_on(study, found, gaps_by_cluster(found, rng.random(7)))
    assert [len(each.rows) for each in found.rounds] == [34, 33, 33]
    assert len(set(found.chosen)) == 100
    told = go_on(study, found, gaps_by_cluster(found, rng.random(7)))
    assert told.last.number == 3
    with pytest.raises(UserError, match="Round 3 has its feedback already"):
        go_on(study, told, gaps_by_cluster(told, rng.random(7)))


def test_rows_of_a_round_are_shared_out_by_weight_and_size(study, first):
    found = go_on(study, first, gaps_by_cluster(first, [0, 0, 9, 0, 0, 0]))
    sizes = np.bincount(first.labels)
    ideal = 30 * sizes * np.array(found.last.weights) / (sizes @ np.array(found.last.weights))
    drawn = np.bincount(found.cluster_of(found.last.rows), minlength=6)
    assert (abs(drawn - ideal) < 1).all()
    assert found.last.weights[2] == max(found.last.weights)
    by_weight = begin(study, Plan(budget="60", rounds=1, clusters=6, shares="weight"))
    assert np.bincount(by_weight.cluster_of(by_weight.last.rows)).tolist() == [10] * 6


def test_a_cluster_gives_no_more_than_it_has_and_the_others_the_rest(study):
    found = begin(study, Plan(budget="580", rounds=2, clusters=5, shares="weight", eta=10.0))
    small = int(np.bincount(found.labels).argmin())
    means = np.zeros(5)
    means[small] = 9
    found = go_on(study, found, gaps_by_cluster(found, means))
    assert len(set(found.chosen)) == 580
    assert (found.cluster_of(found.chosen) == small).sum() == (found.labels == small).sum()


def test_exact_copies_are_not_drawn_unless_they_are_kept(first):
    rows = np.concatenate([array("P")[:100], array("P")[:50]])
    twice = Study.of_vectors(rows)
    assert begin(twice, Plan(budget="100", rounds=1, clusters=4)).pool.tolist() == list(range(100))
    with pytest.raises(UserError, match=r"vectors has 100 distinct ones of 150\. Ask for fewer, or keep copies"):
        begin(twice, Plan(budget="101", clusters=4))
    assert len(begin(twice, Plan(budget="150", rounds=1, clusters=4, keep_copies=True)).chosen) == 150


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"budget": "2"}, "less than a row for each of 3 rounds"),
        ({"budget": "601"}, "has 600 distinct ones"),
        ({"budget": "5k tokens"}, "not in tokens"),
        ({"rounds": 0}, "rounds is 0, and must be a whole number from 1"),
        ({"mode": "best"}, "mode is 'best', and must be one of shrunk, literal"),
        ({"eta": -1.0}, "eta is -1.0"),
        ({"seed": -1}, "The seed is -1, and must be a whole number from 0"),
        ({"seed": 1 << 63}, "The seed is 9223372036854775808, and must be"),
        ({"quality": ("score", True)}, "Vectors alone have no column 'score'"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(study, plan, message):
    with pytest.raises(UserError, match=message):
        begin(study, Plan(**plan))


def test_ids_that_several_rows_share_are_refused(tmp_path, capsys):
    pool = tmp_path / "pool.jsonl"
    pool.write_text("".join(json.dumps({"id": i % 40, "text": f"row {i}"}) + "\n" for i in range(60)))
    np.save(tmp_path / "v.npy", array("P")[:60])
    command = [
        "refine",
        "begin",
        str(pool),
        "--embeddings",
        str(tmp_path / "v.npy"),
        "--state",
        str(tmp_path / "s.json"),
    ]
    assert main([*command, "--home", str(tmp_path / "h"), "--quiet", "--id", "id"]) == 2
    assert "have the id '0'" in capsys.readouterr().err
    assert not (tmp_path / "s.json").exists()


def test_ids_that_are_neither_text_nor_whole_numbers_are_kept_as_text(tmp_path):
    pool, state = tmp_path / "pool.jsonl", tmp_path / "s.json"
    pool.write_text("".join(json.dumps({"id": i / 2, "text": f"row {i}"}) + "\n" for i in range(60)))
    np.save(tmp_path / "v.npy", array("P")[:60])
    command = ["refine", "begin", str(pool), "--embeddings", str(tmp_path / "v.npy"), "--state", str(state), "--quiet"]
    assert main([*command, "--home", str(tmp_path / "h"), "--id", "id", "--budget", "6"]) == 0
    found = read_refinement(state)
    assert found.ids == {str(row / 2): row for row in found.chosen}


def test_a_planted_pool_gives_the_hard_cluster_more_and_the_easy_one_less():
    """Three kinds of cluster: the gap of easy rows is small, of hard ones large, of noise negative on average."""
    rng = np.random.default_rng(5)
    centers = np.eye(3, 16) * 8
    kinds = rng.integers(0, 3, 900)
    pool = Study.of_vectors(centers[kinds] + rng.standard_normal((900, 16)))
    found = begin(pool, Plan(budget="180", rounds=3, clusters=3))
    kind_of = [int(np.bincount(kinds[found.pool[found.labels == j]]).argmax()) for j in range(3)]
    gap = np.array([0.1, 1.0, -0.5])  # easy, hard but learnable, noise
    for seed in range(2):
        found = go_on(pool, found, gaps_by_cluster(found, gap[kind_of], noise=0.3, seed=seed))
    weight = dict(zip(kind_of, found.last.weights, strict=True))
    assert weight[1] == pytest.approx(0.76, abs=0.03)  # two rounds of exp(z / 2), z = -0.16, 1.30, -1.14
    assert weight[2] < weight[0] < weight[1]
    drawn = np.bincount(kinds[list(found.last.rows)], minlength=3)
    assert drawn[1] > drawn[0] > drawn[2]


# State


def test_the_state_survives_a_file_and_is_drawn_again(study, first, tmp_path):
    found = go_on(study, first, gaps_by_cluster(first, range(6), noise=1.0))
    path = tmp_path / "run.json"
    dump_refinement(found, path)
    again = read_refinement(path)
    assert again.as_json() == found.as_json()
    assert differs(study, again) == []
    one, two = (go_on(study, each, gaps_by_cluster(each, [3, 1, 2, 5, 4, 0])) for each in (found, again))
    assert one.last == two.last


def test_what_was_changed_in_a_state_is_found(study, first):
    found = go_on(study, first, gaps_by_cluster(first, range(6)))
    other = next(row for row in range(600) if row not in found.chosen)
    content = found.as_json()
    content["rounds"][1]["rows"][0] = other
    from_file = read_back(content)
    assert differs(study, from_file) == ["Round 2 has other rows."]


def read_back(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.json"
        path.write_text(json.dumps(content))
        return read_refinement(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.clear(), "is not the state of a refinement"),
        (lambda s: s.update(gamut_refinement=9), "format 9"),
        (lambda s: s.pop("labels"), "damaged state"),
        (lambda s: s["labels"].pop(), "pool and labels"),
        (lambda s: s["labels"].__setitem__(0, 6), "labels"),
        (lambda s: s["rounds"].clear(), "damaged state"),
        (lambda s: s["rounds"][0].update(number=2), "rounds"),
        (lambda s: s["rounds"][0]["weights"].__setitem__(0, 0.9), "weights"),
        (lambda s: s["rounds"][0]["rows"].__setitem__(0, 5000), "rows"),
        (lambda s: s["rounds"][0]["rows"].__setitem__(0, s["rounds"][0]["rows"][1]), "rows"),
        (lambda s: s["rounds"][0]["ids"].pop(), "ids"),
        (lambda s: s["rounds"][0]["ids"].__setitem__(0, None), "ids"),
        (lambda s: s["rounds"][0]["ids"].__setitem__(0, True), "ids"),
        (lambda s: s["rounds"][0]["ids"].__setitem__(0, ["a"]), "ids"),
        (lambda s: s["rounds"][0]["ids"].__setitem__(0, s["rounds"][0]["ids"][1]), "ids"),
        (lambda s: s["rounds"][0]["ids"].__setitem__(0, str(s["rounds"][0]["ids"][1])), "ids"),
        (lambda s: s["rounds"][0]["rows"].__setitem__(0, 1.5), "'1.5' is no whole number"),
        (lambda s: s.update(budget=29), "budget"),
        (lambda s: s.update(budget=601), "budget"),
        (lambda s: s.update(budget=90.5), "'90.5' is no whole number"),
        (lambda s: s.update(budget="90"), "'90' is no whole number"),
        (lambda s: s["plan"].update(rounds=1), "budget"),
        (lambda s: s["plan"].update(seed=-1), r"damaged state .* The seed is -1"),
        (lambda s: s["plan"].update(seed=True), "its seed a whole number"),
        (lambda s: s["plan"].update(speed=3), "no 'speed'"),
        (lambda s: s["plan"].update(quality="score"), "column and whether higher"),
    ],
)
def test_a_damaged_state_is_refused(first, change, message):
    content = json.loads(json.dumps(first.as_json()))
    change(content)
    with pytest.raises(UserError, match=message):
        read_back(content)


@pytest.mark.parametrize("gap", [1e308, -1e160, math.nan])
def test_a_state_with_a_gap_that_no_feedback_may_have_is_refused(study, first, gap):
    content = go_on(study, first, gaps_by_cluster(first, range(6))).as_json()
    content["rounds"][0]["feedback"]["gaps"][0][1] = gap
    with pytest.raises(UserError, match="feedback"):
        read_back(content)


def test_a_state_nested_without_end_is_refused(tmp_path):
    path = tmp_path / "run.json"
    path.write_text('{"gamut_refinement": ' + "[" * 200_000)
    with pytest.raises(UserError, match=r"run\.json is not JSON"):
        read_refinement(path)


def test_a_state_that_could_not_be_read_again_is_not_written(first, tmp_path):
    path = tmp_path / "run.json"
    dump_refinement(first, path)
    before = path.read_bytes()
    broken = first.with_feedback(Scored("made", "0" * 64, "gap", {first.chosen[0]: math.inf}))
    with pytest.raises(UserError, match=r"run\.json is left as it is: the new state would be damaged \(its feedback"):
        dump_refinement(broken, path)
    assert path.read_bytes() == before


def test_a_branch_goes_its_own_way_from_a_round(study, first):
    one = go_on(study, first, gaps_by_cluster(first, range(6)))
    back = branch(one, 1)
    assert back.rounds == first.rounds
    assert back.parent[1] == 1
    other = go_on(study, back, gaps_by_cluster(back, range(6, 0, -1)))
    assert other.last.rows != one.last.rows
    assert branch(one, 2).last.rows == one.last.rows
    with pytest.raises(UserError, match="no round 3"):
        branch(one, 3)


def test_another_pool_is_refused(first):
    with pytest.raises(UserError, match="begun with other rows or embeddings than those of another"):
        go_on(Study.of_vectors(array("P")[600:1200], name="another"), first, gaps_by_cluster(first, range(6)))


# Feedback


def lines(first, change=lambda rows: rows, head="round,row_id,gap"):
    rows = [f"1,{row},{number / 10}" for number, row in enumerate(first.chosen[:5])]
    return "\n".join([head, *change(rows)]).encode()


def test_gaps_are_read_from_a_filled_in_form(study, first, tmp_path):
    form = feedback_form(study, first).decode()
    assert form.splitlines()[0] == "round,row_id,cluster,prompt,gold,gap"
    filled = "\n".join([form.splitlines()[0], *(f"{line}{n}.5" for n, line in enumerate(form.splitlines()[1:]))])
    (tmp_path / "f.csv").write_bytes(b"\xef\xbb\xbf" + filled.replace("\n", "\r\n").encode())
    found = read_feedback(tmp_path / "f.csv", first)
    assert list(found.gaps) == list(first.chosen)
    assert list(found.gaps.values()) == [n + 0.5 for n in range(len(first.chosen))]
    assert found.kind == "gap"


KINDS = {
    "gap": lambda n: {"gap": n / 4},
    "gold_score and generated_score": lambda n: {"gold_score": 3 + n / 4, "generated_score": 3},
    "generated": lambda n: {"generated": "z" * n + "."},
}


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_the_form_comes_back_with_any_kind_of_scores_in_further_columns(study, first, kind, as_json):
    scorer = Scorer("a model", lambda answers: ({row: (len(each) - 1) / 4 for row, each in answers.items()}, []))
    form = feedback_form(study, first, as_json=as_json).decode()
    table = [json.loads(line) for line in form.splitlines()] if as_json else list(csv.DictReader(io.StringIO(form)))
    table = [{**line, **KINDS[kind](n)} for n, line in enumerate(table)]
    if as_json:
        back = "".join(json.dumps(line) + "\n" for line in table)
    else:
        out = io.StringIO()
        writer = csv.DictWriter(out, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
        back = out.getvalue()
    found = parse_feedback(back.encode(), "f", first, scorer=scorer)
    assert found.kind == kind
    assert found.by == ("a model" if kind == "generated" else "")
    assert list(found.gaps.values()) == [n / 4 for n in range(len(first.chosen))]


def test_a_gap_that_one_line_fills_stands_against_other_scores(first):
    one, two = first.chosen[:2]
    content = f"round,row_id,gap,gold_score,generated_score\n1,{one},,3,2\n1,{two},1,3,2\n"
    with pytest.raises(FeedbackError, match=r"2 lines cannot be used\. Line 2: there are both gap and gold_score"):
        parse_feedback(content.encode(), "f", first)


def test_a_gap_is_taken_though_there_are_generated_answers_that_nothing_scores(first):
    content = f"round,row_id,gap,generated\n1,{first.chosen[0]},0.5,an answer\n".encode()
    assert parse_feedback(content, "f", first).gaps == {first.chosen[0]: 0.5}


def test_a_long_answer_in_the_form_is_read_back(first):
    content = f"round,row_id,gold,gap\n1,{first.chosen[0]},{'long ' * 32_000},0.5\n".encode()
    limit = csv.field_size_limit(131_072)  # Python's own
    try:
        assert parse_feedback(content, "f", first).gaps == {first.chosen[0]: 0.5}
        csv.field_size_limit(1 << 40)
        parse_feedback(content, "f", first)
        assert csv.field_size_limit() == 1 << 40, "what others read with is never lowered"
    finally:
        csv.field_size_limit(limit)


def test_the_gap_is_the_gold_score_less_the_generated_one(first):
    row = first.chosen[3]
    for content in (
        f"row_id;generated_score;gold_score;round\n{row};2.5;3;1\n",
        f"round\trow_id\tgold_score\tgenerated_score\n1\t{row}\t3\t2.5\n",
        json.dumps({"round": 1, "row_id": row, "gold_score": 3, "generated_score": 2.5, "model": {"name": "x"}}),
        json.dumps({"round": "1", "row_id": str(row), "gold_score": "3", "generated_score": 2.5}) + "\n\n",
    ):
        assert parse_feedback(content.encode(), "f", first).gaps == {row: 0.5}


def test_later_rounds_may_score_all_rows_chosen_so_far(study, first):
    second = go_on(study, first, gaps_by_cluster(first, range(6)))
    content = f"round,row_id,gap\n2,{first.chosen[0]},1\n2,{second.last.rows[0]},2\n".encode()
    assert parse_feedback(content, "f", second).gaps == {first.chosen[0]: 1, second.last.rows[0]: 2}
    assert len(feedback_form(study, second, new=True).splitlines()) == 31
    assert len(feedback_form(study, second, as_json=True).splitlines()) == 60


UNKNOWN = 599


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", None, "is empty"),
        (b" \n\n", None, "is empty"),
        (b"round,row_id,gap\n", None, "scores no row"),
        (b"PK\x03\x04....", None, "not text"),
        (b"\x1f\x8b....", None, "not text"),
        ("round,row_id,gap\n".encode("utf-16"), None, "UTF-16"),
        (b"round,row_id,gap\n1,A,0.5\n1,M\xfcller,2\n", 3, "not in UTF-8"),
        (b"round,gap\n1,2\n", None, "no row_id"),
        (b"row_id,gap\nA,2\n", None, "no round"),
        (b"round,row_id\n1,A\n", None, "neither gap nor"),
        (b"round,row_id,gold_score\n1,A,2\n", None, "no generated_score"),
        (b"round,row_id,generated_score\n1,A,2\n", None, "no gold_score"),
        (b"round,row_id,generated\n1,A,an answer\n", None, "nothing that scores them. Name a language model"),
        (b"round,row_id,gap,gold_score,generated_score\n1,A,2,3,1\n", None, "both gap and gold_score"),
        (b"round,row_id,gap,gap\n1,A,2,3\n", None, "column 'gap' twice"),
        (b"round,row_id,gap\n1,A,2,3\n", 2, "4 cells"),
        (b"round,row_id,gap\n1,A\n", 2, "2 cells"),
        (b'round,row_id,gap\n1,A,0.5\n1,"B,0.5\n', 3, "not CSV"),
        (b"round,row_id,gap\n0,A,1\n", 2, "which there never is"),
        (b"round,row_id,gap\n2,A,1\n", 2, "which was not drawn yet"),
        (b"round,row_id,gap\none,A,1\n", 2, "the round is 'one'"),
        (b"round,row_id,gap\n1.0,A,1\n", 2, "the round is '1.0'"),
        (b"round,row_id,gap\n,A,1\n", 2, "the round is ''"),
        (b"round,row_id,gap\n1,A,1\n1,A,1\n", 3, "stands in line 2 already"),
        (b"round,row_id,gap\n1,nobody,1\n", 2, "no row drawn so far has the row_id 'nobody'"),
        (b"round,row_id,gap\n1,Z,1\n", 2, "no row drawn so far"),
        (b"round,row_id,gap\n1,,1\n", 2, "the row_id is ''"),
        (b"round,row_id,gap\n1,A,\n", 2, "there is no gap"),
        (b"round,row_id,gap\n1,A,nan\n", 2, "must be a finite number"),
        (b"round,row_id,gap\n1,A,-inf\n", 2, "must be a finite number"),
        (b"round,row_id,gap\n1,A,1e999\n", 2, "must be a finite number"),
        (b"round,row_id,gap\n1,A,1e308\n", 2, r"the gap is '1e308', which is too large: at most 1e\+100"),
        (b"round,row_id,gap\n1,A,-1e160\n", 2, "too large"),
        (b"round,row_id,gold_score,generated_score\n1,A,1e100,-1e100\n", 2, "difference of the two scores is '2e"),
        (b"round,row_id,gap\n1,A,good\n", 2, "must be a number such as 0.25"),
        (b'round,row_id,gap\n1,A,"0,5"\n', 2, "must be a number such as 0.25"),
        (b"round,row_id,gap\n1,A,1_000\n", 2, "must be a number such as 0.25"),
        (b"round,row_id,gold_score,generated_score\n1,A,1e308,-1e308\n", 2, "too large"),
        (b'{"round": 1, "row_id": "A", "gap": 1}\n{"round": 1,', 2, "not JSON"),
        (b'[{"round": 1, "row_id": "A", "gap": 1}]', 1, "no object"),
        (b'{"round": 1, "row_id": "A", "gap": true}', 1, "the gap is 'True'"),
        (b'{"round": true, "row_id": "A", "gap": 1}', 1, "the round is 'True'"),
        (b'{"round": 1, "row_id": ["A"], "gap": 1}', 1, "must be that of a row"),
        (b'{"round": 1, "row_id": "A", "gap": NaN}', 1, "must be a finite number"),
        (b'{"round": 1, "row_id": "A", "gap": null}', 1, "there is no gap"),
        (b'{"round": 1, "row_id": "A", "gap": 1, "gap": 2}', 1, "'gap' stands there twice"),
        (b'{"round": 1, "row_id": "A", "gap": [1]}', 1, "must be a number"),
        (
            b'{"round": 1, "row_id": "A", "gap": 1}\n'
            b'{"round": 1, "row_id": "B", "gold_score": 1, "generated_score": 2}',
            None,
            "Give one of them",
        ),
    ],
)
def test_broken_feedback_is_refused_with_its_line(first, content, line, message):
    for letter, row in (("A", first.chosen[0]), ("B", first.chosen[1])):
        content = content.replace(f",{letter},".encode(), f",{row},".encode())
        content = content.replace(f'"{letter}",'.encode(), f'"{row}",'.encode())
        content = content.replace(f'"{letter},'.encode(), f'"{row},'.encode())
    undrawn = next(row for row in range(600) if row not in first.chosen)
    content = content.replace(b",Z,", f",{undrawn},".encode())
    with pytest.raises(UserError, match=message) as caught:
        parse_feedback(content, "fb", first)
    if line is not None:
        assert isinstance(caught.value, FeedbackError)
        assert [each.number for each in caught.value.problems] == [line]
        assert f"Line {line}: " in str(caught.value)


def test_a_stale_round_is_refused(study, first):
    second = go_on(study, first, gaps_by_cluster(first, range(6)))
    with pytest.raises(UserError, match=r"Line 2: the round is 1, which is over; feedback is for round 2\."):
        parse_feedback(lines(first), "fb", second)


def test_every_broken_line_is_kept_and_the_first_ones_are_named(first):
    content = lines(first, lambda rows: [*rows, *(f"1,nobody {n},1" for n in range(7))])
    with pytest.raises(FeedbackError, match=r"7 lines cannot be used\. Line 7: .* And 4 more lines\.") as caught:
        parse_feedback(content, "fb", first)
    assert [each.number for each in caught.value.problems] == list(range(7, 14))


def test_generated_answers_are_scored_by_a_language_model(tmp_path, capsys):
    folder = make_tiny_language_model(tmp_path / "m", scale=4.0)
    pool = tmp_path / "pool.jsonl"
    pool.write_text("".join(json.dumps({"instruction": f"ask {i}", "output": f"say {i}"}) + "\n" for i in range(40)))
    np.save(tmp_path / "v.npy", array("P")[:40])
    state, form = tmp_path / "run.json", tmp_path / "form.jsonl"
    given = [str(pool), "--embeddings", str(tmp_path / "v.npy"), "--home", str(tmp_path / "home"), "--quiet"]
    given += ["--state", str(state)]
    assert main(["refine", "begin", *given, "--budget", "12", "--rounds", "2", "--clusters", "3"]) == 0
    chosen = read_refinement(state).chosen
    lines = [{"round": 1, "row_id": row, "generated": f"answer {row}"} for row in chosen]
    form.write_text("\n".join(map(json.dumps, lines)))
    assert main(["refine", "feedback", *given, "--feedback", str(form)]) == 2
    assert "Name a language model" in capsys.readouterr().err
    assert main(["refine", "feedback", *given, "--feedback", str(form), "--model", "proxy"]) == 2
    assert "--model proxy: the proxy of `gamut score` learns the answers" in capsys.readouterr().err
    command = ["refine", "feedback", *given, "--feedback", str(form), "--model", str(folder), "--device", "cpu"]
    form.write_text("\n".join(map(json.dumps, [{**lines[0], "generated": " "}, *lines[1:]])))
    assert main(command) == 2
    assert "Line 1: there is no generated answer." in capsys.readouterr().err
    form.write_text("\n".join(map(json.dumps, lines)))
    assert main(command) == 0
    told = read_refinement(state).rounds[0].feedback
    model = load_language_model(str(folder), device="cpu")
    before = [(("user", f"ask {row}"),) for row in chosen]
    gold = score_answers([Example(b, f"say {row}") for b, row in zip(before, chosen, strict=True)], model).given
    own = score_answers([Example(b, f"answer {row}") for b, row in zip(before, chosen, strict=True)], model).given
    assert told.kind == "generated"
    assert told.by == f"m ({model.key[:12]})"
    assert main(["refine", "show", "--state", str(state)]) == 0
    assert f"Round 1: feedback for 6 rows in form.jsonl (generated, scored by {told.by})." in capsys.readouterr().out
    assert [told.gaps[row] for row in chosen] == pytest.approx((gold - own).tolist())


# The command line


def test_two_rounds_on_the_command_line(tmp_path, capsys):
    pool = tmp_path / "pool.jsonl"
    with pool.open("w") as file:
        for i in range(120):
            file.write(
                json.dumps({"id": f"r{i}", "instruction": f"ask {i}", "output": f'say "{i}", then\nstop'}) + "\n"
            )
    np.save(tmp_path / "v.npy", array("P")[:120])
    state = tmp_path / "run.json"
    given = [str(pool), "--embeddings", str(tmp_path / "v.npy"), "--home", str(tmp_path / "home"), "--quiet"]
    given += ["--state", str(state)]
    assert main(["refine", "begin", *given, "--budget", "25%", "--rounds", "2", "--clusters", "4"]) == 0
    assert main(["refine", "begin", *given]) == 2, "a state that is there is not written over"
    out, form = tmp_path / "train.jsonl", tmp_path / "form.csv"
    assert main(["refine", "rows", *given, "--out", str(out), "--form", str(form)]) == 0
    chosen = read_refinement(state).chosen
    assert out.read_bytes().splitlines() == [pool.read_bytes().splitlines()[row] for row in chosen]
    with form.open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["row_id"] for row in table] == [f"r{row}" for row in chosen]
    assert [row["gold"] for row in table] == [f'say "{row}", then\nstop' for row in chosen]
    assert table[0]["prompt"] == f"ask {chosen[0]}"
    before = state.read_bytes()
    with form.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    assert main(["refine", "feedback", *given, "--feedback", str(form)]) == 2, "the gaps are not filled in"
    assert "there is no gap" in capsys.readouterr().err
    assert state.read_bytes() == before
    with form.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows({**row, "gap": n % 3} for n, row in enumerate(table))
    assert main(["refine", "feedback", *given, "--feedback", str(form)]) == 0
    assert "15 of 15 rows are scored. Round 2 of 2: 15 rows are drawn." in capsys.readouterr().out
    assert main(["refine", "replay", *given]) == 0
    assert main(["refine", "show", "--state", str(state)]) == 0
    shown = capsys.readouterr().out
    assert "All 2 rounds have the same rows." in shown
    assert "30 of 30 rows in 2 of 2 rounds; the budget is spent." in shown
    assert main(["refine", "branch", "--state", str(state), "--round", "1", "--to", str(tmp_path / "b.json")]) == 0
    assert read_refinement(tmp_path / "b.json").chosen == chosen


def test_one_row_is_spoken_of_as_one(tmp_path, capsys):
    np.save(tmp_path / "v.npy", array("P")[:20])
    state = tmp_path / "run.json"
    given = ["--embeddings", str(tmp_path / "v.npy"), "--home", str(tmp_path / "h"), "--quiet", "--state", str(state)]
    assert main(["refine", "begin", *given, "--budget", "1", "--rounds", "1"]) == 0
    assert "Round 1 of 1: 1 row of 1 cluster is drawn.\n" in capsys.readouterr().out
    (tmp_path / "f.csv").write_text(f"round,row_id,gap\n1,{read_refinement(state).chosen[0]},1\n")
    assert main(["refine", "feedback", *given, "--feedback", str(tmp_path / "f.csv")]) == 0
    assert capsys.readouterr().out == "1 of 1 row is scored. The budget of 1 row is spent.\n"
    assert main(["refine", "show", "--state", str(state)]) == 0
    shown = capsys.readouterr().out
    assert "1 of 1 row in 1 of 1 round; the budget is spent.\nRound 1: feedback for 1 row in f.csv (gap).\n" in shown
    assert main(["refine", "replay", *given]) == 0
    assert capsys.readouterr().out == "The only round has the same rows.\n"


def test_labels_are_those_of_k_means(study, first):
    assert np.array_equal(first.labels, kmeans(study.space, 6).labels)
    assert select("kmq", study.space, 30, clusters=6).positions.tolist() == list(first.last.rows)
