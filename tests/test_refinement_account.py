"""Rows that a refinement holds out, and its account for people."""

import json
import math

import numpy as np
import pytest

from core.errors import UserError
from core.opening import dataset_with_vectors, open_dataset
from core.refinement import (
    Plan,
    Scored,
    account,
    begin,
    branch,
    differs,
    drawn_rows,
    dump_refinement,
    go_on,
    read_refinement,
)
from core.store import Store
from core.study import Study
from tests.golden.inputs import array


@pytest.fixture(scope="module")
def study():
    return Study.of_vectors(array("P")[:400], name="the pool")


def told(refinement, means):
    rows = list(refinement.chosen)
    gaps = np.asarray(means, dtype=float)[refinement.cluster_of(rows)]
    return Scored("form.csv", "0" * 64, "gap", dict(zip(rows, gaps.tolist(), strict=True)))


def test_the_share_that_is_held_out_is_of_every_cluster_and_never_drawn(study):
    found = begin(study, Plan(budget="350", rounds=2, clusters=6, held_out=0.1))
    aside = np.array(found.held_out)
    sizes = np.bincount(found.labels)
    assert np.bincount(found.cluster_of(aside)).tolist() == [int(0.1 * size + 0.5) for size in sizes]
    assert found.drawable.sum() == 400 - len(aside)
    while not found.done:
        found = go_on(study, found, told(found, range(6)))
    assert len(set(found.chosen)) == 350
    assert not set(found.chosen) & set(found.held_out)
    assert differs(study, found) == []


def test_what_is_held_out_is_of_the_seed_and_nothing_is_by_default(study):
    plans = [Plan(budget="40", clusters=6, held_out=0.2, seed=seed) for seed in (1, 1, 2)]
    one, same, other = (begin(study, plan).held_out for plan in plans)
    assert one == same
    assert one != other
    assert begin(study, Plan(budget="40", clusters=6)).held_out == ()


def test_a_small_cluster_holds_out_one_row_and_keeps_one():
    rows = np.concatenate([np.eye(3)[[0] * 20] + np.linspace(0, 0.01, 60).reshape(20, 3), np.eye(3)[[1, 2, 2]]])
    rows[-1] += [0, 0.001, 0]
    found = begin(Study.of_vectors(rows), Plan(budget="6", rounds=1, clusters=3, held_out=0.1))
    sizes, aside = np.bincount(found.labels), np.bincount(found.cluster_of(found.held_out), minlength=3)
    assert sorted(zip(sizes.tolist(), aside.tolist(), strict=True)) == [(1, 0), (2, 1), (20, 2)]


def test_no_copy_of_a_row_that_is_held_out_is_drawn_where_copies_are_kept(study):
    twice = Study.of_vectors(np.concatenate([array("P")[:50]] * 2))
    found = begin(twice, Plan(budget="80", rounds=1, clusters=4, held_out=0.2, keep_copies=True))
    assert len(found.held_out) == 20
    assert {row % 50 for row in found.held_out} == {row for row in found.held_out if row < 50}
    assert len(found.chosen) == 80
    assert not {row % 50 for row in found.chosen} & {row % 50 for row in found.held_out}


def test_a_budget_that_what_is_held_out_leaves_no_room_for_is_refused(study):
    with pytest.raises(UserError, match=r"of 400 rows of the pool 40 are held out\. Ask for fewer, or hold out less"):
        begin(study, Plan(budget="361", clusters=1, held_out=0.1))
    with pytest.raises(UserError, match=r"held_out is 0\.6, and must be a number from 0 to 0\.5"):
        Plan(held_out=0.6)


def test_what_is_held_out_survives_a_file_and_a_changed_one_is_refused(study, tmp_path):
    found = begin(study, Plan(budget="40", clusters=6, held_out=0.1))
    gaps = dict.fromkeys(found.held_out, 0.5)
    found = go_on(study, found, Scored("here", "0" * 64, "learnability", gaps, "proxy", {"loop": {"scorer": "x"}}))
    path = tmp_path / "run.json"
    dump_refinement(found, path)
    assert read_refinement(path).as_json() == found.as_json()
    assert read_refinement(path).rounds[0].feedback.how == {"loop": {"scorer": "x"}}
    for change in (
        lambda state: state.update(held_out=[]),
        lambda state: state["held_out"].append(found.chosen[0]),
        lambda state: state["held_out"].reverse(),
        lambda state: state["held_out"].__setitem__(0, state["rounds"][0]["rows"][0]),
    ):
        state = json.loads(json.dumps(found.as_json()))
        change(state)
        path.write_text(json.dumps(state))
        with pytest.raises(UserError, match=r"its (held_out|feedback) do not fit"):
            read_refinement(path)


def test_a_state_of_before_nothing_was_held_out_is_read(study, tmp_path):
    found = begin(study, Plan(budget="40", clusters=6))
    state = found.as_json()
    del state["held_out"], state["plan"]["held_out"]
    (tmp_path / "run.json").write_text(json.dumps(state))
    assert read_refinement(tmp_path / "run.json").as_json() == found.as_json()


def test_a_state_outlives_a_change_of_what_other_results_depend_on(study, monkeypatch):
    found, before = begin(study, Plan(budget="40", clusters=6)), study.key
    monkeypatch.setattr("core.study_data.VERSION", 999)
    later = Study.of_vectors(array("P")[:400], name="the pool")
    assert later.key != before
    assert differs(later, found) == []


# The account


def test_an_account_adds_up_to_what_was_drawn(study):
    found = begin(study, Plan(budget="90", rounds=3, clusters=5, held_out=0.1))
    found = go_on(study, found, told(found, [1, 2, 3, 4, 5]))
    said = account(found)
    assert [sum(each.drawn[n] for each in said.clusters) for n in range(2)] == [30, 30]
    assert [sum(each.weights[n] for each in said.clusters) for n in range(2)] == pytest.approx([1, 1])
    assert sum(each.rows + each.held_out for each in said.clusters) == 400
    for j, each in enumerate(said.clusters):
        inside = [row for row in found.chosen if found.cluster_of([row])[0] == j]
        assert each.coverage == pytest.approx(len(inside) / each.rows)
        assert each.gaps[0] == j + 1
        assert math.isnan(each.gaps[1])
        assert each.scored == (each.drawn[0], 0)
        assert said.rounds[0].shares[j] == pytest.approx(each.drawn[0] / 30)
    mean = np.mean([found.cluster_of([row])[0] + 1 for row in found.rounds[0].rows])
    assert said.rounds[0].gap == pytest.approx(mean)
    assert said.rounds[0].told == "form.csv (gap)"
    assert said.rounds[1].told == ""
    assert [each.cluster for each in said.poor] == [j for j in range(5) if j + 1 < mean]
    assert said.poor[0].poor == f"its mean gap in round 1 is 1, and {mean:.3g} over all rows"


def test_why_a_row_was_drawn_names_its_cluster_s_weight_and_what_moved_it(study):
    found = begin(study, Plan(budget="90", rounds=3, clusters=5))
    row = drawn_rows(found, 1)[0]
    drawn = int((found.cluster_of(found.chosen) == row.cluster).sum())
    assert row.why == (
        f"The weight 0.2 of its cluster times its size gives {drawn} of 30 rows. Within the cluster, by chance."
    )
    found = go_on(study, found, told(found, [1, 2, 3, 4, 5]))
    rows = drawn_rows(found, 2)
    assert [each.row for each in drawn_rows(found, 2, some=slice(1, 3))] == [each.row for each in rows[1:3]]
    assert [each.row for each in rows] == list(found.last.rows)
    assert [each.id for each in rows] == list(found.last.ids)
    last = next(each for each in rows if each.cluster == 4)
    assert "; the weight rose from 0.2, since its mean gap was 5. Within" in last.why
    assert drawn_rows(branch(found, 1), 1)[0].why == row.why


def test_clusters_of_poor_quality_are_named(tmp_path):
    rng = np.random.default_rng(0)
    kinds = np.arange(90) % 3
    pool = tmp_path / "pool.jsonl"
    scores = np.array([1.0, 5.0, 9.0])[kinds]
    pool.write_text("".join(json.dumps({"text": f"row {i}", "score": score}) + "\n" for i, score in enumerate(scores)))
    study = scored_study(pool, np.eye(3, 8)[kinds] * 9 + rng.standard_normal((90, 8)), tmp_path)
    found = begin(study, Plan(budget="9", rounds=1, clusters=3, quality=("score", True)))
    said = account(found, study)
    assert sorted(each.quality for each in said.clusters) == [1, 5, 9]
    assert [each.poor for each in said.poor] == ["its mean score is 1, below 5"]
    assert len(account(found, study, threshold=6).poor) == 2
    assert account(found).poor == ()
    rows = drawn_rows(found, 1, study)
    assert [each.quality for each in rows] == [scores[each.row] for each in rows]
    assert rows[0].why.endswith("with better chances for a high score.")


def scored_study(pool, vectors, home):
    store = Store(home / "home")
    np.save(home / "v.npy", vectors)
    return dataset_with_vectors(open_dataset([pool], store), str(home / "v.npy"), store)
