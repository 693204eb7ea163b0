"""What a refinement refuses and leaves unsaid: a state that somebody else changed, chance where there was none."""

import json
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from core.__main__ import main
from core.errors import UserError
from core.lm import HeldOut, SeedMean, examples_of, generate, generate_kept, load_language_model
from core.opening import dataset_with_vectors, open_dataset
from core.refinement import (
    Loop,
    Plan,
    Scored,
    begin,
    by_model,
    dump_refinement,
    go_on,
    new_refinement,
    outcome,
    put_refinement,
    read_feedback,
    read_refinement,
    score_round,
    trains_otherwise,
)
from core.refinement.outcome_words import _verdict
from core.store import Store, write_json
from core.study import Study
from tests.golden.inputs import array
from tests.tiny_language_model import make_tiny_language_model


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


# What a model here is asked


def test_a_loop_of_values_that_are_no_names_is_refused():
    for wrong in ({"reward": 5, "scorer": "reward"}, {"device": 5}, {"training": [1]}, [1]):
        with pytest.raises(UserError, match=r"must be a name|is an object of names and values"):
            Loop.from_json(wrong)


def test_a_state_without_the_loop_of_its_model_is_not_trained_again(study, first):
    found = go_on(study, first, replace(told(first), kind="ifd", how={"base": "x"}))
    with pytest.raises(UserError, match="Round 1 does not say how its model was trained"):
        trains_otherwise(study, found)


def test_a_state_whose_notes_are_no_sentences_is_refused(study, first, tmp_path):
    found = go_on(study, first, replace(told(first), how={"notes": 5}))
    with pytest.raises(UserError, match="damaged state"):
        write_json(tmp_path / "run.json", found.as_json())
        read_refinement(tmp_path / "run.json")


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """A study of rows with texts, a refinement of it, and a tiny model."""
    folder = tmp_path_factory.mktemp("read")
    model = make_tiny_language_model(folder / "m", scale=4.0)
    rows = [{"instruction": f"ask {i}", "output": f"say {i % 7}"} for i in range(40)]
    (folder / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    np.save(folder / "v.npy", array("P")[:40])
    store = Store(folder / "home")
    study = dataset_with_vectors(open_dataset([folder / "pool.jsonl"], store), str(folder / "v.npy"), store)
    return study, begin(study, Plan(budget="12", rounds=2, clusters=3, held_out=0.2)), str(model)


def test_a_model_that_is_not_there_is_told_before_any_work(read, monkeypatch):
    study, first, model = read
    missing = Loop(model, "reward", "./no-such-model")
    for part in ("open_base", "fine_tune"):
        monkeypatch.setattr(f"core.refinement.running.{part}", None)
    with pytest.raises(UserError, match=r"There is no folder \./no-such-model"):
        score_round(study, first, missing)
    monkeypatch.setattr(Study, "measure", None)
    with pytest.raises(UserError, match=r"There is no folder \./no-such-model"):
        outcome(study, first, Loop("./no-such-model"))


closed: list[str] = []


class Opened:
    def __init__(self, name):
        self.close = lambda: closed.append(name)


def test_models_are_closed_whatever_comes(read, monkeypatch):
    study, first, model = read
    closed.clear()

    def fail(*_):
        raise MemoryError

    monkeypatch.setattr("core.refinement.running.open_base", lambda *_, **__: Opened("base"))
    monkeypatch.setattr("core.refinement.running.fine_tune", lambda *_, **__: Opened("tuned"))
    monkeypatch.setattr("core.refinement.running.by_learning", fail)
    with pytest.raises(MemoryError):
        score_round(study, first, Loop(model, "learnability"))
    assert set(closed) == {"base", "tuned"}


def test_each_training_of_random_has_a_choice_of_its_own(read, monkeypatch):
    study, first, model = read
    module, given = import_module("core.refinement.outcome"), {}  # the function stands before the module of its name

    def losses(arms, *_, **__):
        given.update(arms)
        return HeldOut((), (), {"base": np.zeros((1, 0))})

    monkeypatch.setattr(module, "open_base", lambda *_, **__: Opened("base"))
    monkeypatch.setattr(module, "held_out_losses", losses)
    found = outcome(study, first, Loop(model), metrics=[], random_seeds=1, training_seeds=3)
    assert len(found.arms["random"]) == 1
    assert len({tuple(rows) for rows in given["random"]}) == 3
    assert tuple(given["random"][0]) == found.arms["random"][0]


def test_what_was_cut_of_generated_answers_is_kept_with_the_feedback_and_shown(read, tmp_path, capsys):
    study, first, name = read
    model = load_language_model(name, device="cpu")
    long = "word " * 2 * model.context
    lines = [
        {"round": 1, "row_id": row, "generated": long if n == 0 else "say 1"} for n, row in enumerate(first.chosen)
    ]
    (tmp_path / "form.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = read_feedback(tmp_path / "form.jsonl", first, scorer=by_model(study, model))
    note = "Generated answers: 1 of 6 answers were cut where the model's context ends, and are scored so far."
    assert found.how == {"notes": [note]}
    assert not found.here
    after = go_on(study, first, found)
    assert trains_otherwise(study, after) == []
    dump_refinement(after, tmp_path / "run.json")
    assert main(["refine", "show", "--state", str(tmp_path / "run.json")]) == 0
    out = capsys.readouterr().out
    assert note in out
    assert "feedback for 6 rows in form.jsonl (generated" in out


def test_answers_that_were_generated_are_not_generated_again(read, monkeypatch):
    study, first, name = read
    model = load_language_model(name, device="cpu")
    asked = examples_of(study.dataset, first.chosen)
    monkeypatch.setattr("core.lm.scoring._STRETCH", 4)
    once = generate_kept(asked, model, most=4, store=study.store)
    assert once == [each or [] for each in generate(asked, model, most=4)]
    monkeypatch.setattr(model, "continued", None)
    assert generate_kept(asked, model, most=4, store=study.store) == once


# What is said of chance


def test_the_printed_formula_names_what_is_possible(study):
    first = begin(study, Plan(budget="18", rounds=3, clusters=3, mode="literal"))
    with pytest.raises(UserError, match="begin again in the mode 'shrunk', which is ours: round 1 draws the same rows"):
        go_on(study, first, told(first, -5.0))
    assert begin(study, replace(first.plan, mode="shrunk")).chosen == first.chosen


def test_of_seeds_that_trained_alike_nothing_is_declared():
    words = _verdict("iterative", "random", SeedMean(-0.5, None, None, 4, 3))
    assert words == (
        "Iterative kMQ minus random in held-out loss: −0.500 nats a token. The 3 seeds trained alike, which says "
        "nothing of chance: put fewer rows in a step."
    )
