"""Entropy selection on the Refine page: asked for, done, shown, found again, and refused in a sentence."""

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.__main__ import main
from core.daar import Plan, daar
from core.jobs import Jobs
from core.kept import kept
from core.lm import Training, load_language_model
from core.workspace import Workspace
from core.writing import write_rows
from pages.ui.words import json_bytes
from tests.app_script import button, do, empty_store, open_page, open_rows, said
from tests.tiny_language_model import make_tiny_language_model

PAGE = "6_Refine"
MARKUP = "**bold** <b>"
N = 60


@pytest.fixture
def store(tmp_path, monkeypatch):
    return empty_store(tmp_path / "home", monkeypatch)


@pytest.fixture
def entry(store, tmp_path):
    rng = np.random.default_rng(0)
    of = np.arange(N) % 2
    lines = [
        {"prompt": f"{MARKUP} {'ab' if each else 'yz'} {row}", "response": f"answer {row}", "topic": f"{MARKUP} {each}"}
        for row, each in enumerate(of.tolist())
    ]
    return open_rows(store, tmp_path / "rows.jsonl", lines, np.eye(6)[of] + 0.3 * rng.standard_normal((N, 6)))


def widget(page: AppTest, start: str) -> Any:
    return next(each for each in page.main if (each.key or "").startswith(start))


def titles(page: AppTest) -> list[str]:
    specs = [json.loads(each.proto.spec) for each in page.get("plotly_chart")]
    return [spec["layout"]["title"]["text"].replace("<br>", " ") for spec in specs]


def test_rows_between_labels_are_asked_for_done_and_found_again(store, entry, tmp_path, monkeypatch):
    page = open_page(PAGE, d=entry.dataset)
    widget(page, "daar source").set_value("label").run()
    widget(page, "daar label").set_value("topic").run()
    widget(page, "daar probe").set_value("logistic").run()
    assert "This will be called: Entropy selection (DaaR on embeddings)" in said(page)
    button(page, "Choose rows between labels").click().run()
    assert "Waiting for the work before it" in " ".join(each.text for each in page.main.get("progress"))
    job = do(store, "daar")
    for query in ({"a": job}, {}):
        page = open_page(PAGE, d=entry.dataset, **query)
        words = said(page)
        assert "Entropy selection (DaaR on embeddings): 12 of 60 rows (20.0%)" in words
        table = next(each.value for each in page.dataframe if "in the pool" in each.value.columns)
        assert {"chosen", "random", "most entangled", "by mlp"} < set(table.columns)
        assert table["Domain"].tolist() == [f"{MARKUP} 0", f"{MARKUP} 1"]
        assert table["in the pool"].tolist() == [0.5, 0.5]
        assert any("The probe is right about" in title for title in titles(page))
        assert any("Entropy goes with length" in title for title in titles(page))
        assert widget(page, "daar label").value == "topic"
    study = Workspace(store).study(entry)
    found = kept(daar, study, Plan.from_json(Jobs(store).find(job).args["plan"]))
    monkeypatch.chdir(tmp_path)
    command = next(each.value for each in page.code if each.value.startswith("gamut daar"))
    assert main([*shlex.split(command)[1:], "--home", str(tmp_path / "other"), "--quiet"]) == 0
    write_rows(tmp_path / "here.jsonl", "jsonl", study.dataset, study.positions[found.chosen])
    assert Path("rows_daar.jsonl").read_bytes() == (tmp_path / "here.jsonl").read_bytes()
    scored = [json.loads(line) for line in Path("rows_daar_scored.jsonl").read_text().splitlines()]
    assert [each["gamut_daar_domain"] for each in scored] == [each["topic"] for each in scored]
    labels = [each.label.replace("\\", "") for each in page.get("download_button")]
    assert {"Download 12 rows", "All rows, with domain and entropy"} < set(labels)
    rows = next(each.value for each in page.dataframe if "entropy" in each.value.columns)
    assert rows["row"].tolist() == [int(row) + 1 for row in study.positions[found.certain(20, most=False)]]


def test_a_model_writes_the_domains_and_is_trained_on_the_rows(store, entry, tmp_path, monkeypatch):
    model = make_tiny_language_model(tmp_path / "lm", context=256, scale=3.0)
    page = open_page(PAGE, d=entry.dataset)
    assert "Name a model and two domains or more" in said(page)
    widget(page, "daar domains").set_value("letters: early ones\nothers")
    widget(page, "daar model::kind").set_value("own").run()
    widget(page, "daar model::name").set_value(str(model))
    widget(page, "daar layer").set_value(1)
    widget(page, "daar pairs").set_value(2)
    widget(page, "daar probe").set_value("logistic")
    widget(page, "daar held").set_value(10).run()
    widget(page, "daar train").set_value(True).run()
    widget(page, "daar seeds").set_value(1)
    widget(page, "daar epochs").set_value(0.5).run()
    button(page, "Choose rows between 2 domains and train 6 times").click().run()
    job = do(store, "daar")
    page = open_page(PAGE, d=entry.dataset, a=job)
    words = said(page)
    assert "DaaR: 11 of 54 rows" in words
    assert "Each was trained on 11 rows" in words
    assert any("No choice of rows is told apart from random" in title for title in titles(page))
    pairs = next(each.value for each in page.dataframe if "question" in each.value.columns)
    assert set(pairs["domain"]) <= {"letters", "others"}
    assert load_language_model(str(model)).blocks == 2


def test_an_earlier_plan_is_asked_for_again_as_it_was_and_its_rows_outlive_a_training_that_was_cancelled(store, entry):
    plan = Plan("embeddings", label="topic", held_out=0.125, probes=("logistic",), random_seeds=2, folds=3)
    daar(Workspace(store).study(entry), plan)
    args = {"dataset": entry.dataset, "setup": entry.key, "reference": None, "plan": plan.as_json()}
    job = Jobs(store).submit("daar", "Rows", **args, training=Training().as_json(), seeds=1)
    Jobs(store).cancel(job.id)
    page = open_page(PAGE, d=entry.dataset, a=job.id)
    words = said(page)
    assert "was cancelled" in words
    assert "Entropy selection (DaaR on embeddings): 10 of 52 rows" in words
    button(page, "Choose rows between labels").click().run()
    (again,) = [each for each in Jobs(store).all() if each.state == "queued"]
    assert Plan.from_json(again.args["plan"]) == plan


def test_columns_with_half_a_letter_can_be_offered(store, tmp_path):
    lines = [{"text": f"row {row}", "half \ud800": f"{row % 2} \ud800"} for row in range(N)]
    entry = open_rows(store, tmp_path / "half.jsonl", lines, np.random.default_rng(0).standard_normal((N, 6)))
    page = open_page(PAGE, d=entry.dataset)
    widget(page, "daar source").set_value("label").run()
    assert not page.exception
    widget(page, "daar label").select_index(widget(page, "daar label").options.index("half \ufffd")).run()
    widget(page, "daar probe").set_value("logistic").run()
    button(page, "Choose rows between labels").click().run()
    do(store, "daar")
    page = open_page(PAGE, d=entry.dataset)
    assert [each for each in page.dataframe if "in the pool" in each.value.columns]
    assert json_bytes({"half": "\ud800"}) == b'{"half": "\\ud800"}'


def test_what_is_wrong_is_a_sentence(store, entry):
    page = open_page(PAGE, d=entry.dataset)
    widget(page, "daar domains").set_value("law").run()
    assert not page.exception
    assert "Name at least two domains" in said(page)
    widget(page, "daar domains").set_value("law\ncode").run()
    widget(page, "daar share").set_value("much").run()
    assert "The budget 'much' is neither" in said(page)


def seventeen() -> None:
    from types import SimpleNamespace

    import numpy as np

    from core.lm import HeldOut
    from pages.ui.daared import _losses

    names = tuple(f"domain {number}" for number in range(17))
    found = SimpleNamespace(names=names, domain=np.arange(17), held_out=np.arange(17), chosen=np.arange(5))
    rows = tuple(range(17))
    _losses(found, HeldOut(rows, (0,), {arm: np.ones((1, 17)) for arm in ("chosen", "random", "base")}), "x")


def test_domains_that_are_not_drawn_are_said_and_stand_in_the_table():
    page = AppTest.from_function(seventeen, default_timeout=60).run()
    assert not page.exception
    assert "16 of 17 domains are drawn" in said(page)
    (table,) = page.dataframe
    assert len(table.value) == 17
    assert table.value["Held out"].tolist() == [1] * 17
