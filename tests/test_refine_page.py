"""The Refine page by its script: rounds begin, go on with feedback, branch off, and are what `gamut refine` makes."""

import csv
import io
import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import work
from core.__main__ import main
from core.errors import Cancelled
from core.jobs import Jobs
from core.metrics import METRICS
from core.refinement import (
    Loop,
    Plan,
    Shelf,
    account,
    begin,
    branch,
    dump_refinement,
    feedback_form,
    go_on,
    outcome,
    outcome_sentences,
    read_refinement,
    run_rounds,
)
from core.refinement.feedback import parse_feedback
from core.store import Store
from core.workspace import Workspace
from tests.app_script import button, do, empty_store, go, open_page, open_rows, said, the_study
from tests.golden.inputs import array
from tests.tiny_language_model import make_tiny_language_model

PAGE = "6_Refine"
MARKUP = "**bold** <b>"
ROWS = 90


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.chdir(tmp_path)
    found = empty_store(tmp_path / "home", monkeypatch)
    rows = [
        {"id": f"r{i}", "prompt": f"{MARKUP} ask {i % 9}", "response": f"{MARKUP} say {i}", "score": i % 7}
        for i in range(ROWS)
    ]
    open_rows(found, tmp_path / "rows.jsonl", rows, array("P")[:ROWS])
    return found


def named(widgets: Any, label: str) -> Any:
    (found,) = [widget for widget in widgets if widget.label == label]
    return found


def begun(store: Store, *, clusters: str = "4", rounds: int = 3, held_out: float = 0.0) -> AppTest:
    """The page with a refinement of 18 rows in its first round."""
    page = open_page(PAGE)
    named(page.number_input, "Held out, percent of every cluster").set_value(held_out)
    named(page.number_input, "Percent of the rows").set_value(20.0)
    named(page.number_input, "Rounds").set_value(rounds)
    page = named(page.text_input, "Clusters").set_value(clusters).run()
    page = button(page, f"Draw {18 // rounds} rows for round 1 of {rounds}").click().run()
    do(store, "refine_begin")
    page = page.run()
    assert not page.exception
    return page


def state_of(store: Store) -> Any:
    shelf = Shelf(store)
    return shelf.get(shelf.all()[0].id)


def filled(store: Store, **columns: Any) -> bytes:
    """The form of the latest refinement as CSV, with values in further columns, or in gap."""
    rows = list(csv.DictReader(io.StringIO(feedback_form(the_study(store), state_of(store)).decode())))
    columns = columns or {"gap": lambda at: f"{at % 5 + 0.25}"}
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(dict.fromkeys([*rows[0], *columns])))
    writer.writeheader()
    for at, row in enumerate(rows):
        writer.writerow(row | {name: value(at) for name, value in columns.items()})
    return out.getvalue().encode()


def bring(page: AppTest, content: bytes, name: str = "form.csv") -> AppTest:
    file = named(page.get("file_uploader"), "The form, filled in (CSV or JSONL)")
    page = file.set_value((name, content, "text/csv")).run()
    assert not page.exception
    return page


def test_the_page_begins_with_a_plan_and_draws_the_first_round(store):
    page = begun(store)
    words = said(page)
    assert "6 of 18 rows in 1 of 3 rounds; feedback for round 1 is awaited." in words
    assert "4 clusters, weights move by our steady rule, higher score is better, seed 0." in words
    plan = Plan(budget="20%", rounds=3, clusters=4, quality=("score", True))
    expected = begin(the_study(store), plan)
    assert state_of(store).rounds == expected.rounds
    table = next(each.value for each in page.dataframe if "Coverage" in each.value.columns)
    assert table["Drawn"].sum() == 6
    assert list(table["Weight"]) == ["25 %"] * 4
    drawn = next(each.value for each in page.dataframe if "why" in each.value.columns)
    assert list(drawn["id"]) == list(expected.last.ids)
    assert drawn["why"].str.contains("The weight 0.25 of its cluster times its size gives").all()


def test_a_plan_that_cannot_be_is_a_sentence_and_nothing_can_be_pressed(store):
    page = open_page(PAGE)
    page = named(page.text_input, "Clusters").set_value("many").run()
    assert not page.exception
    assert button(page, "Draw round 1").disabled
    page = named(page.text_input, "Clusters").set_value("4").run()
    page = named(page.number_input, "Percent of the rows").set_value(2.0).run()
    assert "less than a row for each of 3 rounds" in said(page)
    assert not [job for job in Jobs(store).all() if job.what == "refine_begin"]


def test_rounds_go_on_with_the_form_to_the_end_of_the_budget(store):
    page = begun(store)
    expected = state_of(store)
    for number in (1, 2, 3):
        content = filled(store)
        page = bring(page, content)
        told = parse_feedback(content, "form.csv", expected)
        expected = go_on(the_study(store), expected, told)
        rows = "the budget is spent" if number == 3 else f"draw 6 rows for round {number + 1}"
        page = button(page, "Take the feedback" if number == 3 else "Move the weights").click().run()
        assert not page.exception
        assert state_of(store).as_json() == json.loads(json.dumps(expected.as_json())), rows
    assert state_of(store).done
    assert "the budget is spent" in said(page)
    assert not [each for each in page.get("file_uploader") if "filled in" in each.label]
    page = open_page(PAGE)  # a new session, without the URL
    assert "18 of 18 rows in 3 of 3 rounds" in said(page)


def test_the_commands_of_the_page_make_its_state(store, tmp_path):
    page = begun(store, held_out=7.0)
    assert state_of(store).held_out
    content = filled(store)
    commands = next(code.value for code in page.code if code.value.startswith("gamut refine")).splitlines()
    before = [*shlex.split(commands[0])[1:], "--home", str(tmp_path / "other"), "--quiet"]
    assert main(before) == 0
    taking = [*shlex.split(commands[1])[1:], "--home", str(tmp_path / "other"), "--quiet"]
    assert main(taking) == 0
    assert Path("rows_form.csv").read_bytes() == feedback_form(the_study(store), state_of(store))
    Path("rows_form.csv").write_bytes(content)
    assert main([*shlex.split(commands[2])[1:], "--home", str(tmp_path / "other"), "--quiet"]) == 0
    page = bring(page, content, "rows_form.csv")
    button(page, "Move the weights and draw 6 rows for round 2").click().run()
    there, here = read_refinement(tmp_path / "rows_run.json"), state_of(store)
    assert there.as_json() == here.as_json()


BROKEN = {
    "nothing": b"",
    "no columns": b"what,ever\n1,2\n",
    "utf-16": "round,row_id,gap\n1,r0,1\n".encode("utf-16"),
    "a spreadsheet": b"PK\x03\x04" + bytes(60),
    "another round": b"round,row_id,gap\n7,ID,1\n",
    "an unknown row": b"round,row_id,gap\n1,<b>no</b>,1\n",
    "a row twice": b"round,row_id,gap\n1,ID,1\n1,ID,2\n",
    "no number": b"round,row_id,gap\n1,ID,much\n1,nobody,\n",
    "infinite": b'{"round": 1, "row_id": "ID", "gap": 1e999}\nno json\n',
    "too many cells": b"round,row_id,gap\n1,ID,1,2,3\n",
    "bad letters": b"round,row_id,gap\n1,ID,1\n1,\xff\xfe,1\n",
    "half a score": b"round,row_id,gold_score\n1,ID,1\n",
}


@pytest.fixture(scope="module")
def waiting(tmp_path_factory):
    """A page that waits for feedback, with its store; what is refused leaves both as they are."""
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("waiting")
        patch.chdir(place)
        found = empty_store(place / "home", patch)
        open_rows(
            found, place / "rows.jsonl", [{"id": f"r{i}", "text": f"row {i}"} for i in range(ROWS)], array("P")[:ROWS]
        )
        yield begun(found), found


@pytest.mark.parametrize("name", BROKEN)
def test_feedback_that_cannot_be_used_is_listed_and_the_state_stays(waiting, name):
    page, store = waiting
    before = state_of(store)
    content = BROKEN[name].replace(b"ID", str(before.last.ids[0]).encode())
    page = bring(page, content, f"{name}.csv")
    assert page.error, name
    assert "fault of Gamut" not in said(page.error)
    lines = [each.value for each in page.dataframe if list(each.value.columns) == ["line", "why"]]
    many = {"a row twice": [3], "no number": [2, 3], "infinite": [1, 2], "too many cells": [2], "bad letters": [3]}
    many |= {"another round": [2], "an unknown row": [2]}
    assert [list(each["line"]) for each in lines] == ([many[name]] if name in many else [])
    assert not [each for each in page.main.button if each.key == "take feedback"]
    assert state_of(store).as_json() == before.as_json()


def test_generated_answers_wait_for_the_model_that_is_named(store):
    page = begun(store)
    page = bring(page, filled(store, generated=lambda at: f"answer {at % 3}"))
    assert "form.csv holds 6 generated answers" in said(page)
    assert button(page, "Score 6 answers").disabled
    page = named(page.text_input, "Folder or hub name").set_value("models/mine").run()
    button(page, "Score 6 answers").click().run()
    (job,) = [job for job in Jobs(store).all() if job.what == "refine_feedback"]
    assert (job.args["model"], job.args["round"], job.args["name"]) == ("models/mine", 1, "form.csv")
    assert Path(job.args["file"]).read_bytes() == filled(store, generated=lambda at: f"answer {at % 3}")


def test_the_printed_formula_says_which_gap_it_cannot_take_before_anything_is_pressed(store):
    page = open_page(PAGE)
    page = named(page.radio, "How weights move").set_value("literal").run()
    page = named(page.number_input, "Percent of the rows").set_value(20.0).run()
    page = named(page.text_input, "Clusters").set_value("4").run()
    button(page, "Draw 6 rows for round 1").click().run()
    do(store, "refine_begin")
    page = bring(page.run(), filled(store, gap=lambda at: "-1"))
    assert "The printed formula needs mean gaps above 0" in said(page)
    assert not [each for each in page.main.button if each.key == "take feedback"]
    assert "weights move by eq. 6 as printed" in said(page)


def test_a_branch_begins_at_its_round_and_the_parent_stays(store):
    page = begun(store)
    page = bring(page, filled(store))
    page = button(page, "Move the weights").click().run()
    parent = state_of(store)
    assert len(parent.rounds) == 2
    page = named(page.selectbox, "Round").set_value(1).run()
    page = button(page, "Branch off at round 1").click().run()
    assert not page.exception
    twig = state_of(store)
    assert twig.as_json() == json.loads(json.dumps(branch(parent, 1).as_json()))
    assert len(Shelf(store).all()) == 2
    assert "branched off at round 1" in said(page)
    kept = Shelf(store).all()[1]
    page = named(page.selectbox, "Refinement").set_value(kept.id).run()
    assert "12 of 18 rows in 2 of 3 rounds" in said(page)


def test_rounds_are_drawn_again_and_compared(store):
    page = begun(store)
    page = button(page, "Draw the round again and compare").click().run()
    do(store, "refine_replay")
    page = page.run()
    assert "Drawn again: 1 round, the same rows and weights." in said(page.success)


def test_a_state_of_the_command_line_goes_on_here_and_one_of_other_data_is_refused(store, tmp_path):
    study = the_study(store)
    dump_refinement(begin(study, Plan(budget="9", clusters=3)), tmp_path / "mine.json")
    page = open_page(PAGE)
    uploader = named(page.get("file_uploader"), "State (JSON)")
    page = uploader.set_value(("mine.json", (tmp_path / "mine.json").read_bytes(), "application/json")).run()
    assert not page.exception
    assert "3 of 9 rows in 1 of 3 rounds" in said(page)
    assert [kept.name for kept in Shelf(store).all()] == ["mine"]
    dump_refinement(begin(study.subset(np.arange(50), "half"), Plan(budget="9", clusters=3)), tmp_path / "other.json")
    for content in ((tmp_path / "other.json").read_bytes(), b"[]", b"{", b"\xff"):
        uploader = named(page.get("file_uploader"), "State (JSON)")
        page = uploader.set_value(("other.json", content, "application/json")).run()
        assert not page.exception
        assert len(page.error) == 1
        assert not list((store.home / "uploads").iterdir())
    assert len(Shelf(store).all()) == 1


def test_a_refinement_that_cannot_be_shown_can_be_forgotten(store):
    page = begun(store)
    (kept,) = Shelf(store).all()
    Shelf(store).state(kept.id).write_text("{}")
    page = open_page(PAGE)
    assert page.error
    page = button(page, "Forget it").click().run()
    assert not page.error
    assert not Shelf(store).all()


def test_what_is_forgotten_is_gone_and_the_page_begins_anew(store):
    page = begun(store)
    page = button(page, "Forget it").click().run()
    assert not page.exception
    assert not Shelf(store).all()
    assert button(page, "Draw 3 rows for round 1 of 3")


def test_a_refinement_of_other_embeddings_is_shown_and_does_not_go_on(store, tmp_path):
    begun(store)
    np.save(tmp_path / "rows.npy", array("P")[ROWS : 2 * ROWS].astype(np.float32))
    (kept,) = Shelf(store).all()
    Jobs(store).submit("vectors", "Other", dataset=kept.dataset, source=str(tmp_path / "rows.npy"), again=1)
    do(store, "vectors")
    page = open_page(PAGE)
    assert not page.exception
    assert "begun with other rows or embeddings" in said(page)
    assert not [each for each in page.get("file_uploader") if "filled in" in each.label]
    assert [each for each in page.dataframe if "Coverage" in each.value.columns]


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GAMUT_DATA_ROOT", str(tmp_path))
    return make_tiny_language_model(tmp_path / "model", context=96)


def train_here(page: AppTest, model: Path, scorer: str = "perplexity") -> AppTest:
    """The page with the model named, ready to train."""
    page = named(page.button_group, "Round 1 is trained").set_value("here").run()
    next(each for each in page.radio if each.label == "Model").set_value("own")
    named(page.selectbox, "Scored by").set_value(scorer)
    named(page.number_input, "Epochs").set_value(1.0)
    page = named(page.number_input, "Tokens of an answer").set_value(4).run()
    page = named(page.text_input, "Folder or hub name").set_value(str(model)).run()
    assert not page.exception
    return page


def test_rounds_that_are_trained_here_are_those_of_the_command_line_and_of_python(store, model, tmp_path):
    page = train_here(begun(store), model)
    first = state_of(store)
    assert "Noise keeps a high gap by perplexity" in said(page)
    command = next(code.value for code in page.code if code.value.startswith("gamut refine run"))
    button(page, "Run by itself to round 3, the last").click().run()
    do(store, "refine_run")
    here = state_of(store)
    assert here.done
    (job,) = [job for job in Jobs(store).all() if job.what == "refine_run"]
    loop = Loop.from_json(job.args["loop"])
    by_python = run_rounds(replace(the_study(store), store=Store(tmp_path / "third")), first, loop)
    assert here.as_json() == json.loads(json.dumps(by_python.as_json()))
    dump_refinement(first, tmp_path / "rows_run.json")
    assert main([*shlex.split(command)[1:], "--home", str(tmp_path / "other"), "--quiet"]) == 0
    assert read_refinement(tmp_path / "rows_run.json").as_json() == here.as_json()
    page = open_page(PAGE)
    assert "18 of 18 rows in 3 of 3 rounds" in said(page)


def test_one_round_is_trained_here_and_the_next_scored_elsewhere(store, model):
    page = train_here(begun(store), model, "ifd")
    button(page, "Train on 6 rows and draw round 2").click().run()
    do(store, "refine_run")
    assert len(state_of(store).rounds) == 2
    page = named(open_page(PAGE).button_group, "Round 2 is trained").set_value("feedback").run()
    page = bring(page, filled(store))
    page = button(page, "Move the weights and draw 6 rows for round 3").click().run()
    kinds = [each.feedback.kind for each in state_of(store).rounds if each.feedback]
    assert kinds == ["ifd", "gap"]


def test_a_run_that_was_cancelled_keeps_its_rounds_and_goes_on(store, model):
    page = train_here(begun(store), model)
    button(page, "Run by itself to round 3").click().run()
    (job,) = [job for job in Jobs(store).all() if job.what == "refine_run"]

    def stop(share: float, message: str) -> None:
        if share > 0.55:
            raise Cancelled

    with pytest.raises(Cancelled):
        work.WORK["refine_run"](store, job.args, stop)
    assert len(state_of(store).rounds) == 2, "the first of its two rounds is kept"
    do(store, "refine_run")
    assert state_of(store).done


def first_number(words: str) -> float:
    return float(words.partition(" ")[0])


def test_what_cannot_be_trained_is_said_before_anything_is(store, model):
    page = train_here(begun(store), model, "learnability")
    assert "on rows that are held out, and none are" in said(page)
    assert button(page, "Train and draw round 2").disabled
    page = named(page.selectbox, "Scored by").set_value("reward").run()
    assert "needs a reward model" in said(page)
    assert button(page, "Train and draw round 2").disabled


def test_the_outcome_lays_the_rounds_beside_static_and_random_choice(store, model):
    page = begun(store, held_out=10.0)
    page = train_here(page, model, "learnability")
    button(page, "Train on 6 rows and draw round 2").click().run()
    do(store, "refine_run")
    page = open_page(PAGE)
    named(page.multiselect, "Metrics").set_value(["vendi", "knn_distance"])
    page = named(page.number_input, "Trainings of each").set_value(2).run()
    page = button(page, "Measure static, iterative and 5 random choices by 2 metrics, and train 6 times").click().run()
    do(store, "refine_outcome")
    page = page.run()
    assert not page.exception
    (job,) = [job for job in Jobs(store).all() if job.what == "refine_outcome"]
    loop = Loop.from_json(job.args["loop"])
    assert loop.model == str(model)
    expected = outcome(the_study(store), state_of(store), loop, metrics=["vendi", "knn_distance"], training_seeds=2)
    table = next(each.value for each in page.dataframe if "Iterative kMQ" in each.value.columns)
    assert list(table["Metric"]) == ["Vendi Score", METRICS["knn_distance"].title]
    assert first_number(table["Iterative kMQ"][0]) == pytest.approx(expected.values("iterative", "vendi")[0], rel=5e-3)
    assert expected.held_out is not None
    losses = next(each.value for each in page.dataframe if "Before training" in each.value.columns)
    whole = losses[losses["Cluster"] == "All held-out rows"].iloc[0]
    assert first_number(whole["Random"]) == pytest.approx(expected.held_out.mean("random").value, rel=5e-3)
    assert whole["Held out"] == len(expected.clusters)
    shown = said(page)
    for sentence in outcome_sentences(expected):  # findings, and notes further down
        assert sentence in shown
    page = named(page.button_group, "Round 2 is trained").set_value("feedback").run()
    page = bring(page, filled(store))
    button(page, "Move the weights").click().run()
    assert not [each for each in open_page(PAGE).dataframe if "Iterative kMQ" in each.value.columns], "of other rounds"


def test_an_account_is_made_once_for_a_state(store, monkeypatch):
    made = []
    monkeypatch.setattr("pages.ui.refining_state.account", lambda *of: made.append(of) or account(*of))
    page = begun(store)
    page = page.run().run()
    assert len(made) == 1
    page = bring(page, filled(store))
    button(page, "Move the weights").click().run()
    assert len(made) == 2


def test_two_rows_of_columns_with_half_a_letter_have_a_page_without_a_sweep(store, tmp_path):
    rows = [{"text": f"row {i}", "half \ud800": i} for i in range(2)]
    entry = open_rows(store, tmp_path / "two.jsonl", rows, array("P")[:2])
    page = open_page(PAGE)
    page = named(page.text_input, "Clusters").set_value("4").run()
    page = open_page(PAGE, d=entry.dataset)
    assert not page.exception
    assert "half \ufffd" in named(page.selectbox, "Quality").options
    assert not [each for each in page.button if each.key == "sweep"]


def test_what_was_set_for_one_dataset_is_not_so_for_another(store, tmp_path):
    first = Workspace(store).entries()[0]
    other = open_rows(store, tmp_path / "others.jsonl", [{"text": f"row {i}"} for i in range(30)], array("P")[:30])
    page = open_page(PAGE, d=first.dataset)
    page = named(page.text_input, "Clusters").set_value("4").run()
    page.query_params["d"] = other.dataset
    page = page.run()
    assert named(page.text_input, "Clusters").value == ""


def test_nothing_of_the_rows_is_read_as_markup(store):
    page = begun(store)
    for element in (*page.markdown, *page.caption, *page.info, *page.warning):
        assert MARKUP not in element.value
        assert "<b>" not in element.value.replace("\\", "")


def test_what_was_set_is_there_after_another_page(store):
    page = open_page(PAGE)
    page = named(page.text_input, "Clusters").set_value("4").run()
    page = go(go(page, "7_Export"), PAGE)
    assert named(page.text_input, "Clusters").value == "4"


def test_an_outcome_is_of_the_weights_there_are_now_and_of_the_training_that_was_asked_for(store, model, tmp_path):
    page = begun(store, held_out=10.0)
    page = named(page.checkbox, "Train a model on each, and try it on the 10 rows held out").set_value(True).run()
    page = next(each for each in page.radio if (each.key or "").startswith("outcome model")).set_value("own").run()
    page = (
        next(each for each in page.text_input if (each.key or "").startswith("outcome model"))
        .set_value(str(model))
        .run()
    )
    next(each for each in page.number_input if each.key.endswith(":epochs")).set_value(0.5)
    named(page.number_input, "Trainings of each").set_value(1)
    page = named(page.multiselect, "Metrics").set_value(["vendi"]).run()
    button(page, "Measure static, iterative and 5 random choices by 1 metric, and train 3 times").click().run()
    do(store, "refine_outcome")
    (job,) = [job for job in Jobs(store).all() if job.what == "refine_outcome"]
    assert job.args["loop"]["training"]["epochs"] == 0.5
    page = open_page(PAGE)
    assert [each for each in page.dataframe if "Before training" in each.value.columns]
    make_tiny_language_model(model, context=96, seed=1)  # trained on, into the same folder
    page = open_page(PAGE)
    assert not [each for each in page.dataframe if "Before training" in each.value.columns]
    assert "of another model, text or roles than there are now" in said(page)
    first = job.result["outcome"]
    assert work.WORK["refine_outcome"](store, job.args, lambda share, words: None)["outcome"] != first


def seventeen() -> None:
    import numpy as np

    from core.lm import HeldOut
    from pages.ui.refining_losses import draw

    rows = tuple(range(17))
    found = {"held_out_clusters": list(rows), "clusters": [f"cluster {row}" for row in rows]}
    draw(found, HeldOut(rows, (0,), {arm: np.ones((1, 17)) for arm in ("iterative", "random", "base")}), "x")


def test_clusters_whose_losses_are_not_drawn_are_said_and_stand_in_the_table():
    page = AppTest.from_function(seventeen, default_timeout=120).run()
    assert not page.exception
    assert "The 15 largest of 17 clusters are drawn" in said(page)
    (table,) = page.dataframe
    assert len(table.value) == 18
