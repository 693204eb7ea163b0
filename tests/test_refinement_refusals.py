"""What a refinement refuses and leaves unsaid: a state that somebody else changed, chance where there was none."""

import json
from dataclasses import replace

import numpy as np
import pytest

from core.__main__ import main
from core.errors import UserError
from core.lm import SeedMean
from core.refinement import (
    Plan,
    Scored,
    begin,
    dump_refinement,
    go_on,
    new_refinement,
    put_refinement,
    read_refinement,
)
from core.refinement.outcome_words import _verdict
from core.study import Study
from tests.golden.inputs import array


@pytest.fixture(scope="module")
def study():
    return Study.of_vectors(array("P")[:90], name="the pool")


@pytest.fixture(scope="module")
def first(study):
    return begin(study, Plan(budget="18", rounds=3, clusters=3))


def told(found, gap=1.0):
    return Scored("made", "0" * 64, "gap", {row: gap + row / 100 for row in found.chosen})


# States


def test_of_two_who_write_one_state_the_later_is_refused_and_nothing_is_lost(study, first, tmp_path):
    path = tmp_path / "run.json"
    new_refinement(path, first)
    put_refinement(path, first, go_on(study, first, told(first)))
    kept = path.read_bytes()
    with pytest.raises(UserError, match="changed meanwhile, by another command"):
        put_refinement(path, first, go_on(study, first, told(first, 2.0)))
    with pytest.raises(UserError, match="is there already"):
        new_refinement(path, first)
    assert path.read_bytes() == kept
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]


def test_feedback_that_comes_while_other_feedback_is_taken_is_refused(tmp_path, capsys, monkeypatch):
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps({"text": f"say {i}"}) + "\n" for i in range(40)))
    np.save(tmp_path / "v.npy", array("P")[:40])
    state, form = tmp_path / "run.json", tmp_path / "form.csv"
    given = [str(tmp_path / "pool.jsonl"), "--embeddings", str(tmp_path / "v.npy"), "--home", str(tmp_path / "home")]
    given += ["--quiet", "--state", str(state)]
    assert main(["refine", "begin", *given, "--budget", "12", "--rounds", "2", "--clusters", "3"]) == 0
    begun = read_refinement(state)
    form.write_text("round,row_id,gap\n" + "".join(f"1,{row},{n}\n" for n, row in enumerate(begun.chosen)))
    import core.cli.refine as command

    def slow(study, found, feedback):
        other = go_on(study, found, replace(feedback, name="the other"))
        dump_refinement(other, state)
        return go_on(study, found, feedback)

    monkeypatch.setattr(command, "go_on", slow)
    assert main(["refine", "feedback", *given, "--feedback", str(form)]) == 2
    assert "changed meanwhile, by another command" in capsys.readouterr().err
    assert read_refinement(state).rounds[0].feedback.name == "the other"


def test_of_a_spent_budget_no_feedback_is_awaited(study, first, tmp_path, capsys):
    found = first
    for _ in range(2):
        found = go_on(study, found, told(found))
    dump_refinement(found, tmp_path / "run.json")
    assert main(["refine", "show", "--state", str(tmp_path / "run.json")]) == 0
    assert "18 of 18 rows in 3 of 3 rounds; the budget is spent." in capsys.readouterr().out


def test_where_every_cluster_is_one_row_nothing_can_be_held_out():
    study = Study.of_vectors(array("P")[:6], name="six")
    with pytest.raises(UserError, match=r"No cluster has two distinct rows, so none can be held out\. Ask for"):
        begin(study, Plan(budget="6", rounds=1, clusters=6, held_out=0.2))


# What is said of chance


def test_of_seeds_that_trained_alike_nothing_is_declared():
    words = _verdict("iterative", "random", SeedMean(-0.5, None, None, 4, 3))
    assert words == (
        "Iterative kMQ minus random in held-out loss: −0.500 nats a token. The 3 seeds trained alike, which says "
        "nothing of chance: put fewer rows in a step."
    )
