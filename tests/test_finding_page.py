"""One selection on the Map page: search, filters, lasso, clusters and links change it, and table and map show it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.store import Store
from core.study import Study
from tests.app_script import empty_store, open_page, open_rows, the_study

ROWS = 60
TOPICS = ("bread", "chess", "rivers")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Rows with vectors of their own, on a map of two dimensions in a home folder of its own."""
    found = empty_store(tmp_path / "home", monkeypatch)
    rows = [
        {
            "id": f"r{i}",
            "text": f"Number {i} of {TOPICS[i % 3]}",
            "topic": TOPICS[i % 3],
            "day": f"2024-01-{1 + i % 28:02}",
        }
        for i in range(ROWS)
    ]
    open_rows(found, tmp_path / "rows.jsonl", rows, np.random.default_rng(0).normal(size=(ROWS, 4)))
    return found


def the_map(**query: str) -> AppTest:
    page = open_page("2_Map", **query)
    return named(page.selectbox, "Map").set_value("pca").run()


def named(widgets: Any, label: str) -> Any:
    return next(each for each in widgets if each.label == label)


def search(page: AppTest, text: str, label: str = "Words") -> AppTest:
    page = named(page.text_input, label).set_value(text).run()
    assert not page.exception
    return page


def lasso(page: AppTest, study: Study, x: tuple[float, float]) -> AppTest:
    """Draw a lasso around what lies between two places of the first axis."""
    event = {"lasso": [{"x": [x[0], x[1], x[1], x[0]], "y": [-9.0, -9.0, 9.0, 9.0]}], "box": [], "points": []}
    key = page.session_state[f"chart:{study.key}"].key
    page.session_state[key] = {"selection": event}
    page = page.run()
    assert not page.exception
    return page


def selected(page: AppTest) -> list[int]:
    """The rows in the table, from 0."""
    return [int(row) - 1 for row in page.dataframe[0].value["row"]]


def drawn(page: AppTest) -> set[int]:
    """The rows that stand out on the map."""
    figure = json.loads(page.get("plotly_chart")[0].proto.spec)
    found = set()
    for trace in figure["data"]:
        carried = np.frombuffer(
            __import__("base64").b64decode(trace["customdata"]["bdata"]), trace["customdata"]["dtype"]
        )
        found |= {int(carried[place]) for place in trace["selectedpoints"]}
    return found


def test_search_filter_and_lasso_change_one_selection(store):
    study = the_study(store)
    page = search(the_map(), "NUMBER bread")
    bread = list(range(0, ROWS, 3))
    assert selected(page) == bread
    assert drawn(page) == set(bread)
