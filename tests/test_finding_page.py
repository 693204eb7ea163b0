"""One selection on the Map page: search, filters, lasso, clusters and links change it, and table and map show it."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.choice import Choice
from core.jobs import Jobs
from core.recipe import Recipe
from core.store import Store
from core.study import Study
from core.subset_making import described
from core.subsets import Subsets
from core.workspace import Workspace
from pages.ui.words import number
from tests.app_script import button, do, do_all, empty_store, go, open_page, open_rows, said, the_study

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
        carried = np.frombuffer(base64.b64decode(trace["customdata"]["bdata"]), trace["customdata"]["dtype"])
        found |= {int(carried[place]) for place in trace["selectedpoints"]}
    return found


def test_search_filter_and_lasso_change_one_selection(store):
    study = the_study(store)
    xy = study.project("pca").xy
    page = search(the_map(), "NUMBER bread")
    bread = list(range(0, ROWS, 3))
    assert selected(page) == bread
    assert drawn(page) == set(bread)
    page = named(page.selectbox, "Rows found are").set_value("within").run()
    page = lasso(page, study, (0.0, 9.0))
    inside = [row for row in bread if xy[row, 0] > 0]
    assert selected(page) == inside
    assert drawn(page) == set(inside)
    assert "words NUMBER bread, of these inside a lasso" in said(page)
    page = named(page.selectbox, "Rows found are").set_value("new").run()
    page = lasso(page, study, (-9.0, 0.0))
    left = np.flatnonzero(xy[:, 0] < 0).tolist()
    assert selected(page) == left
    assert named(page.text_input, "Words").value == "", "the line says how the selection was made"
    for expected in (inside, bread):
        page = button(page, "Undo").click().run()
        assert selected(page) == expected
    assert named(page.text_input, "Words").value == "NUMBER bread"
    page = button(page, "Redo").click().run()
    assert selected(page) == inside
    page = button(page, "Clear").click().run()
    assert "Draw a lasso" in said(page)
    page = button(page, "Undo").click().run()
    assert selected(page) == inside
    assert not page.exception


def test_filters_are_added_and_taken_away_and_combine_with_words(store):
    page = search(the_map(), "number")
    page = named(page.selectbox, "Column to filter by").set_value("day").run()
    page = next(each for each in page.selectbox if each.label == "Rule").set_value("dates").run()
    named(page.text_input, "From").set_value("2024-01-05")
    page = named(page.text_input, "Up to").set_value("2024-01-08").run()
    page = button(page, "Add this filter").click().run()
    assert selected(page) == [row for row in range(ROWS) if row % 28 in (4, 5, 6, 7)]
    page = search(page, "bread")
    assert selected(page) == [row for row in range(ROWS) if row % 28 in (4, 5, 6, 7) and row % 3 == 0]
    page = button(page, "day: from 2024-01-05").click().run()
    assert selected(page) == list(range(0, ROWS, 3))
    assert not page.exception


def test_a_link_and_a_page_change_show_the_same(store):
    page = search(the_map(), "bread")
    key = page.query_params["p"]
    key = key[0] if isinstance(key, list) else key
    assert len(key) == 32, "the address holds a short key"
    other = the_map(p=key)
    assert selected(other) == selected(page) == list(range(0, ROWS, 3))
    assert named(other.text_input, "Words").value == "bread"
    page = go(go(page, "1_Data"), "2_Map")
    assert selected(page) == list(range(0, ROWS, 3))
    assert named(page.text_input, "Words").value == "bread"
    gone = the_map(p="0" * 32)
    assert "no longer in the store" in said(gone)
    assert "no longer in the store" in said(the_map(p="../../jobs"))


def test_undo_and_redo_outlive_a_reload_and_each_tab_goes_its_own_way(store):
    page = search(the_map(), "bread")
    page = search(page, "number")
    page = button(page, "Clear").click().run()
    link = {name: page.query_params[name] for name in ("p", "h", "d") if name in page.query_params}
    tab = the_map(**{name: value[0] if isinstance(value, list) else value for name, value in link.items()})
    assert "Draw a lasso" in said(tab)
    tab = button(tab, "Undo").click().run()
    assert selected(tab) == list(range(ROWS))
    tab = button(tab, "Undo").click().run()
    assert selected(tab) == list(range(0, ROWS, 3))
    tab = search(tab, "tea")  # another way from here: what was undone cannot come again
    assert button(tab, "Redo").disabled
    page = page.run()
    assert "Draw a lasso" in said(page), "the first tab is where it was"
    page = button(button(page, "Undo").click().run(), "Undo").click().run()
    page = button(page, "Redo").click().run()
    assert selected(page) == list(range(ROWS))
    lost = the_map(p="0" * 32, h="../../jobs")
    assert button(lost, "Undo").disabled and button(lost, "Redo").disabled
    assert not page.exception


def test_rows_like_one_are_ranked_and_the_table_sorts_by_any_column(store):
    study = the_study(store)
    page = the_map()
    kinds = named(page.selectbox, "Find by")
    assert kinds.options == ["Words", "Pattern", "A row like it"]
    assert "vectors of your own" in said(page), "why there is no search by meaning"
    page = kinds.set_value("like").run()
    page = search(page, "#8", "Row")
    near = [row for row, _ in study.neighbours_of(7, ROWS)]
    assert selected(page) == near[:50]
    page = named(page.multiselect, "Columns").set_value(["=topic"]).run()
    page = named(page.selectbox, "Sort all rows by").set_value("=topic").run()
    page = named(page.selectbox, "From").set_value("lowest").run()
    assert selected(page) == sorted(near[:50], key=lambda row: TOPICS[row % 3])
    assert page.dataframe[0].value["topic"].tolist() == sorted(TOPICS[row % 3] for row in near[:50])
    page = search(page, "nobody", "Row")
    assert "No row of rows.jsonl has the id 'nobody'" in said(page)


def test_rank_gain_and_coverage_of_the_current_choice_are_filtered_and_sorted_by(store):
    (entry,) = Workspace(store).entries()
    jobs = []
    for budget in ("20", "8"):
        recipe = Recipe((Choice("k_center", budget),)).as_json()
        args = {"dataset": entry.dataset, "reference": None, "recipe": recipe, "metrics": [], "random_seeds": []}
        jobs.append(Jobs(store).submit("select", budget, **args).id)
    do_all(store)
    study = the_study(store)
    chosen = study.choose(Choice("k_center", "20"))
    page = the_map(d=entry.dataset, s=jobs[0])
    page = named(page.selectbox, "Column to filter by").set_value("rank ").run()
    page = next(each for each in page.selectbox if each.label == "Rule").set_value("between").run()
    low, high = (next(each for each in page.number_input if each.label == label) for label in ("From", "Up to"))
    low.set_value(3)
    page = high.set_value(12).run()
    page = button(page, "Add this filter").click().run()
    ranked = chosen.positions[2:12].tolist()
    assert selected(page) == sorted(ranked)
    page = named(page.multiselect, "Columns").set_value(["rank", "gain"]).run()
    page = named(page.selectbox, "Sort all rows by").set_value("rank").run()
    assert selected(page) == ranked[::-1]
    assert page.dataframe[0].value["gain"].tolist() == pytest.approx(chosen.gains[2:12][::-1].tolist())
    page.query_params["s"] = jobs[1]  # another choice: the filter is about its ranks now
    page = page.run()
    fewer = study.choose(Choice("k_center", "8")).positions[2:].tolist()
    assert sorted(selected(page)) == sorted(fewer)
    page.selectbox(key="picked join").set_value("within").run()  # a subset of them says of which choice they are
    next(each for each in page.main.text_input if each.label == "Name").set_value("late")
    button(page, "Save").click().run()
    assert not page.exception
    made = Subsets(store).named(entry.dataset, "late").made
    (choice,) = made["choices"]
    assert choice["recipe"] == Recipe((Choice("k_center", "8"),)).as_json()
    assert described(made).endswith(f"(of the choice by {choice['title']})")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("regex", "("),
        ("regex", r"(a|b|ab)*c\ud800"),
        ("words", "x" * 20_000),
        ("words", "<script>alert(1)</script> **bold** $x$ :material/home:"),
        ("like", "../../\x00"),
    ],
)
def test_hostile_searches_are_a_sentence_or_no_rows(store, kind, text):
    page = named(the_map().selectbox, "Find by").set_value(kind).run()
    label = {"regex": "Pattern", "words": "Words", "like": "Row"}[kind]
    page = search(page, text, label)
    assert "fault of Gamut" not in said(page)
    assert "0 rows selected" in said(page) or page.error


def test_the_selection_is_measured_beside_draws_of_as_many_rows(store):
    page = search(the_map(), "bread")
    assert "Bands: 5 random draws of as many of all 60 rows" in said(page)
    page = button(page, "Measure 7 metrics").click().run()
    do(store, "measure_picked")
    page = page.run()
    study = the_study(store)
    expected = study.subset(np.arange(0, ROWS, 3), "the selection").measure(["vendi"], intervals=False)[0].value
    figures = [chart.proto.spec for chart in page.get("plotly_chart")]
    assert any(number(expected) in figure for figure in figures)
    assert not page.exception
