"""Refinements on the shelf of a home folder, and the jobs that begin them and take feedback."""

import json
from pathlib import Path

import numpy as np
import pytest

from core import work
from core.__main__ import main
from core.errors import UserError
from core.jobs import Jobs
from core.progress import silent
from core.refinement import Plan, Scored, begin, dump_refinement, feedback_form, go_on, read_refinement
from core.refinement.shelf import Shelf
from core.store import Store, write_json
from core.study import Study
from core.work_opening import open_study
from tests.app_script import open_rows
from tests.golden.inputs import array
from tests.tiny_language_model import make_tiny_language_model

ROWS = 90
PLAN = Plan(budget="18", rounds=3, clusters=4, quality=("score", True))


@pytest.fixture
def study():
    return Study.of_vectors(array("P")[:ROWS], name="the pool")


@pytest.fixture
def shelf(tmp_path):
    return Shelf(Store(tmp_path / "home"))


def with_gaps(found):
    gaps = {row: float(row % 5) for row in found.chosen}
    return Scored("made", "0" * 64, "gap", gaps)


def test_what_is_put_on_the_shelf_comes_back_whole_and_in_order(shelf, study):
    first = begin(study, Plan(budget="12", clusters=3))
    kept = shelf.add(first, "data", "kMQ")
    later = shelf.add(begin(study, Plan(budget="9", clusters=3)), "other", "small")
    assert shelf.get(kept.id).as_json() == first.as_json()
    assert [each.id for each in shelf.all()] == [later.id, kept.id]
    assert shelf.all("data") == [kept]
    assert shelf.about(kept.id) == kept
    again = Shelf(Store(shelf.folder.parent))
    assert again.all() == shelf.all(), "a restart finds all"
    assert read_refinement(shelf.state(kept.id)).as_json() == first.as_json(), "as the command line reads it"


def test_one_that_is_added_again_under_its_id_stays_as_it_is_now(shelf, study):
    first = begin(study, Plan(budget="12", clusters=3))
    kept = shelf.add(first, "data", "kMQ", id="abc")
    second = go_on(study, first, with_gaps(first))
    shelf.put("abc", first, second)
    assert shelf.add(first, "data", "other name", id="abc") == kept
    assert len(shelf.get("abc").rounds) == 2


def test_of_two_who_go_on_from_one_state_the_later_is_refused_and_nothing_is_lost(shelf, study):
    first = begin(study, Plan(budget="12", clusters=3))
    kept = shelf.add(first, "data", "kMQ")
    second = go_on(study, first, with_gaps(first))
    shelf.put(kept.id, first, second)
    other = go_on(study, first, Scored("other", "1" * 64, "gap", {first.chosen[0]: 1.0}))
    with pytest.raises(UserError, match="changed meanwhile"):
        shelf.put(kept.id, first, other)
    assert shelf.get(kept.id).as_json() == second.as_json()


def test_a_branch_lies_beside_its_parent_and_forgetting_one_leaves_the_other(shelf, study):
    first = begin(study, Plan(budget="12", clusters=3))
    kept = shelf.add(first, "data", "kMQ")
    shelf.put(kept.id, first, go_on(study, first, with_gaps(first)))
    twig = shelf.branch(kept.id, 1, "again")
    assert (twig.parent, twig.dataset, twig.name) == (kept.id, "data", "again")
    assert shelf.get(twig.id).last.feedback is None
    assert len(shelf.get(twig.id).rounds) == 1
    with pytest.raises(UserError, match="no round 7"):
        shelf.branch(kept.id, 7, "never")
    shelf.forget(kept.id)
    shelf.forget(kept.id)
    assert [each.id for each in shelf.all()] == [twig.id]
    with pytest.raises(UserError, match="not there any more"):
        shelf.get(kept.id)


@pytest.mark.parametrize("id", ["", "..", "../x", "a/b", "a.b", "é"])
def test_an_id_leads_nowhere_else(shelf, id):
    with pytest.raises(UserError, match="no such refinement"):
        shelf.get(id)


def test_what_is_damaged_on_the_shelf_is_left_out_of_the_list_or_said(shelf, study):
    (shelf.folder / "half").mkdir()
    kept = shelf.add(begin(study, Plan(budget="12", clusters=3)), "data", "kMQ")
    assert shelf.all() == [kept]
    shelf.state(kept.id).write_text("{}")
    with pytest.raises(UserError, match="not the state of a refinement"):
        shelf.get(kept.id)
    write_json(shelf.folder / "half" / "about.json", ["what"])
    assert shelf.all() == [kept]


# Jobs


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """A store with an open dataset, its folder, and what the command line needs to open the same."""
    monkeypatch.setattr("core.jobs.Jobs.ensure_worker", lambda self: None)
    store = Store(tmp_path / "home")
    rows = [{"prompt": f"ask {i}", "response": f"say {i}", "score": i % 7} for i in range(ROWS)]
    entry = open_rows(store, tmp_path / "pool.jsonl", rows, array("P")[:ROWS])
    given = [str(tmp_path / "pool.jsonl"), "--embeddings", str(tmp_path / "pool.npy")]
    return store, entry, [*given, "--home", str(tmp_path / "other home"), "--quiet"]


def ask(store, what, **args):
    job = Jobs(store).submit(what, what, **args)
    return work.WORK[what](store, job.args, silent)


def begun(store, entry, id="one"):
    args = {"refinement": id, "name": "kMQ", "dataset": entry.dataset, "setup": entry.key, "plan": PLAN.as_json()}
    assert ask(store, "refine_begin", **args) == {"refinement": id}
    return Shelf(store).get(id)


def filled(path: Path, found, study, column="gap"):
    """The form as JSONL with a value for each of its rows."""
    lines = [json.loads(line) for line in feedback_form(study, found, as_json=True).splitlines()]
    values = {"gap": lambda n: n % 4 + 0.5, "generated": lambda n: f"say {n % 3}"}[column]
    path.write_text("".join(json.dumps(line | {column: values(n)}) + "\n" for n, line in enumerate(lines)))
    return path


def test_jobs_make_the_states_that_the_command_line_and_python_make(opened, tmp_path):
    store, entry, given = opened
    study = open_study(store, {"dataset": entry.dataset})
    found = begun(store, entry)
    run = tmp_path / "run.json"
    options = ["--budget", "18", "--rounds", "3", "--clusters", "4", "--quality", "score"]
    assert main(["refine", "begin", *given, "--state", str(run), *options]) == 0
    by_python = json.loads(json.dumps(begin(study, PLAN).as_json()))
    assert read_refinement(run).as_json() == found.as_json() == by_python
    for number in (1, 2, 3):
        form = filled(tmp_path / f"form{number}.jsonl", Shelf(store).get("one"), study)
        args = {"refinement": "one", "dataset": entry.dataset, "round": number, "file": str(form), "model": None}
        assert ask(store, "refine_feedback", **args)["scored"] == 6 * number
        assert main(["refine", "feedback", *given, "--state", str(run), "--feedback", str(form)]) == 0
        assert read_refinement(run).as_json() == Shelf(store).get("one").as_json()
    assert Shelf(store).get("one").done
    with pytest.raises(UserError, match="has its feedback already"):
        ask(store, "refine_feedback", **args)


def test_a_state_that_was_never_in_a_file_is_the_one_on_the_shelf(opened):
    store, entry, _ = opened
    study = open_study(store, {"dataset": entry.dataset})
    first = begin(study, PLAN)
    kept = Shelf(store).add(first, entry.dataset, "kMQ")
    Shelf(store).put(kept.id, first, go_on(study, first, with_gaps(first)))
    assert len(Shelf(store).get(kept.id).rounds) == 2


def test_a_beginning_that_is_asked_for_again_leaves_the_rounds_since(opened, tmp_path):
    store, entry, _ = opened
    study = open_study(store, {"dataset": entry.dataset})
    form = filled(tmp_path / "form.jsonl", begun(store, entry), study)
    ask(store, "refine_feedback", refinement="one", dataset=entry.dataset, round=1, file=str(form))
    assert len(begun(store, entry).rounds) == 2


def test_refused_lines_are_all_in_the_result_and_nothing_changes(opened, tmp_path):
    store, entry, _ = opened
    study = open_study(store, {"dataset": entry.dataset})
    found = begun(store, entry)
    form = filled(tmp_path / "form.jsonl", found, study)
    form.write_text("".join(line.replace('"round": 1', '"round": 9') + "\n" for line in form.read_text().splitlines()))
    told = ask(store, "refine_feedback", refinement="one", dataset=entry.dataset, round=1, file=str(form))
    assert [number for number, _ in told["refused"]] == [1, 2, 3, 4, 5, 6]
    assert all("the round is 9" in reason for _, reason in told["refused"])
    assert Shelf(store).get("one").as_json() == found.as_json()


def test_generated_answers_are_scored_by_a_model_as_on_the_command_line(opened, tmp_path):
    store, entry, given = opened
    study = open_study(store, {"dataset": entry.dataset})
    found = begun(store, entry)
    form = filled(tmp_path / "form.jsonl", found, study, "generated")
    model = make_tiny_language_model(tmp_path / "model")
    args = {"refinement": "one", "dataset": entry.dataset, "round": 1, "file": str(form), "model": str(model)}
    assert ask(store, "refine_feedback", **args, device="cpu")["scored"] == 6
    dump_refinement(found, tmp_path / "run.json")
    told = ["--state", str(tmp_path / "run.json"), "--feedback", str(form), "--model", str(model), "--device", "cpu"]
    assert main(["refine", "feedback", *given, *told]) == 0
    here, there = Shelf(store).get("one"), read_refinement(tmp_path / "run.json")
    assert here.rounds == there.rounds
    assert here.rounds[0].feedback is not None
    assert np.isfinite(list(here.rounds[0].feedback.gaps.values())).all()
