"""The Bench and Frontier tabs of the Select page: asked for, done, shown, found again, and refused in a sentence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import work
from core.bench import bench
from core.frontier import frontier
from core.jobs import Jobs
from core.kept import kept
from core.store import Store
from core.workspace import Entry, Workspace
from tests.app_script import button, do, empty_store, open_page, open_rows, said

PAGE = "5_Select"
MARKUP = "**bold** <b>"
N = 60


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    return empty_store(tmp_path / "home", monkeypatch)


@pytest.fixture
def opened(store: Store, tmp_path: Path) -> Callable[..., Entry]:
    """Open rows in six bunches with a score that is the length of the text, where one is wanted."""

    def open_one(*, scored: bool = True, missing: bool = False) -> Entry:
        rng = np.random.default_rng(4)
        bunch = np.arange(N) % 6
        lengths = np.where(bunch == 0, 200, 30) + rng.integers(0, 15, N)
        lines = [
            {"text": f"{MARKUP} " + "x" * int(length), "label": f"{MARKUP} {about}"}
            | ({"score": None if missing and length % 7 == 0 else int(length)} if scored else {})
            for length, about in zip(lengths, bunch, strict=True)
        ]
        file = tmp_path / f"{MARKUP.replace('<', '').replace('>', '')}.jsonl"
        found = open_rows(store, file, lines, np.eye(6)[bunch] + 0.1 * rng.standard_normal((N, 6)))
        assert bool(found.roles["quality"]) == scored
        return found

    return open_one


def widget(page: AppTest, start: str) -> Any:
    return next(each for each in page.main if (each.key or "").startswith(start))


def titles(page: AppTest) -> list[str]:
    specs = [json.loads(each.proto.spec) for each in page.get("plotly_chart")]
    return [spec["layout"]["title"]["text"].replace("<br>", " ") for spec in specs]


def ask_for_a_bench(store: Store, entry: Entry) -> str:
    page = open_page(PAGE, d=entry.dataset)
    widget(page, "bench selectors").set_value(["k_center", "quality", "instag"]).run()
    widget(page, "bench budgets").set_value(["6", "20%"]).run()
    widget(page, "bench metrics").set_value(["vendi", "knn_distance"]).run()
    button(page, "Run 3 selectors at 2 budgets").click().run()
    assert "Waiting for the work before it" in " ".join(each.text for each in page.main.get("progress"))
    return do(store, "bench")


def test_a_bench_is_asked_for_done_and_shown_beside_chance(store, opened):
    entry = opened()
    job = ask_for_a_bench(store, entry)
    page = open_page(PAGE, d=entry.dataset, b=job)
    words = said(page)
    assert "Above chance on some metric: K-center greedy" in words.replace("**", "")
    assert "InsTag" in words
    assert "needs a tags column" in words
    table = next(each.value for each in page.dataframe if "Above chance" in each.value.columns)
    assert set(table["Selector"]) == {"Random", "K-center greedy", "Quality only"}
    assert "label (of 6)" in table.columns
    args = Jobs(store).find(job).args
    study = Workspace(store).study(entry)
    found = kept(bench, study, **work.bench_args(args))
    row = table[table["Selector"] == "K-center greedy"].iloc[0]
    values = found.values(1, 1, "vendi")
    assert row["Vendi Score"].startswith(f"{sum(values) / len(values):.2f}")
    assert row["label (of 6)"] == "6 ="
    assert any("ranks first" in title for title in titles(page))
    assert any("Most alike" in title for title in titles(page))

    widget(page, "bench at:").set_value("6").run()
    again = next(each.value for each in page.dataframe if "Above chance" in each.value.columns)
    assert set(again["Rows"]) == {6}


def test_a_bench_is_found_again_without_the_url(store, opened):
    entry = opened()
    ask_for_a_bench(store, entry)
    page = open_page(PAGE, d=entry.dataset)
    assert "Above chance on some metric" in said(page)
    assert widget(page, "bench selectors").value == ["k_center", "quality", "instag"]
    assert widget(page, "bench budgets").value == ["6", "20%"]


def test_a_wrong_budget_is_a_sentence_and_the_result_stays_reachable(store, opened):
    entry = opened()
    page = open_page(PAGE, d=entry.dataset)
    widget(page, "bench budgets").set_value(["none"]).run()
    assert not page.exception
    assert "The budget 'none' is neither" in said(page)


def test_rows_without_a_score_are_asked_about(store, opened):
    entry = opened(missing=True)
    page = open_page(PAGE, d=entry.dataset)
    widget(page, "bench selectors").set_value(["quality"]).run()
    widget(page, "bench missing").set_value("lowest").run()
    widget(page, "bench budgets").set_value(["10%"]).run()
    widget(page, "bench metrics").set_value(["vendi"]).run()
    button(page, "Run 1 selector at 1 budget").click().run()
    page = open_page(PAGE, d=entry.dataset, b=do(store, "bench"))
    assert "was not run" not in said(page)
    (job,) = [job for job in Jobs(store).all() if job.what == "bench"]
    (choice,) = job.args["choices"]
    assert choice["missing"] == "lowest"


def test_a_frontier_is_asked_for_done_and_shown(store, opened):
    entry = opened()
    page = open_page(PAGE, d=entry.dataset)
    widget(page, "frontier metric").set_value("vendi").run()
    widget(page, "frontier weights").set_value("0, 0.5, 1").run()
    button(page, "Choose at 3 weights").click().run()
    job = do(store, "frontier")
    page = open_page(PAGE, d=entry.dataset, f=job)
    words = said(page)
    assert "goes with the length of the text" in words
    assert "QDIT at 10%: from quality_weight 0 to 1" in words
    study = Workspace(store).study(entry)
    found = kept(frontier, study, **work.frontier_args(Jobs(store).find(job).args))
    entered, _ = found.between(0, 2)
    assert f"{len(entered)} rows enter" in words
    assert any("weights are on the frontier of score and diversity" in title for title in titles(page))
    table = next(each.value for each in page.dataframe if "quality_weight" in each.value.columns)
    assert list(table["quality_weight"]) == ["0", "0.5", "1", "quality alone", "random, mean"]
    widget(page, "frontier from").set_value(2).run()
    assert "0 rows enter" in said(page)


def test_wrong_weights_are_a_sentence(store, opened):
    page = open_page(PAGE, d=opened().dataset)
    widget(page, "frontier weights").set_value("0, much").run()
    assert not page.exception
    assert "Weights are numbers with commas between them" in said(page)


def test_a_frontier_without_scores_says_where_to_name_them(store, opened):
    page = open_page(PAGE, d=opened(scored=False).dataset)
    assert "Give a column of scores the role Quality" in said(page)


def test_the_tab_of_the_latest_work_in_the_url_is_open(store, opened, monkeypatch):
    import streamlit as st

    opens: list[str] = []
    tabs = st.tabs

    def seen(names: list[str], *, default: str | None = None) -> Any:
        if "Bench" in names:
            opens.append(str(default))
        return tabs(names, default=default)

    monkeypatch.setattr(st, "tabs", seen)
    entry = opened()
    job = ask_for_a_bench(store, entry)
    assert set(opens[:-1]) == {"Choose"}
    assert opens[-1] == "Bench", "where it was asked for"
    page = open_page(PAGE, d=entry.dataset, b=job)
    assert [tab.label for tab in page.tabs if tab.label in ("Choose", "Bench", "Frontier")] == [
        "Choose",
        "Bench",
        "Frontier",
    ]
    assert opens[-1] == "Bench"
