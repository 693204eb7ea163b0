"""Entropy selection on the Refine page: asked for, done, shown, found again, and refused in a sentence."""

import json
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.daar import Plan, daar
from core.jobs import Jobs
from core.kept import kept
from core.lm import load_language_model
from core.workspace import Workspace
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


def test_rows_between_labels_are_asked_for_done_and_found_again(store, entry):
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
    study = Workspace(store).study(entry, None)
    found = kept(daar, study, Plan.from_json(Jobs(store).find(job).args["plan"]))
    rows = next(each.value for each in page.dataframe if "entropy" in each.value.columns)
    assert rows["row"].tolist() == [int(row) + 1 for row in study.positions[found.certain(20, most=False)]]


def test_a_model_writes_the_domains_and_is_trained_on_the_rows(store, entry, tmp_path, monkeypatch):
    model = make_tiny_language_model(tmp_path / "lm", context=256, scale=3.0)
    page = open_page(PAGE, d=entry.dataset)
    assert "Name a model and two domains or more" in said(page)
    widget(page, "daar domains").set_value("letters: early ones\nothers").run()
    widget(page, "daar model::kind").set_value("own").run()
    widget(page, "daar model::name").set_value(str(model)).run()
    widget(page, "daar layer").set_value(1).run()
    widget(page, "daar pairs").set_value(2).run()
    widget(page, "daar probe").set_value("logistic").run()
    widget(page, "daar held").set_value(10).run()
    widget(page, "daar train").set_value(True).run()
    widget(page, "daar seeds").set_value(1).run()
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


def test_what_is_wrong_is_a_sentence(store, entry):
    page = open_page(PAGE, d=entry.dataset)
    widget(page, "daar domains").set_value("law").run()
    assert not page.exception
    assert "Name at least two domains" in said(page)
    widget(page, "daar domains").set_value("law\ncode").run()
    widget(page, "daar share").set_value("much").run()
    assert "The budget 'much' is neither" in said(page)
