"""Values per row on the pages: found when asked for, sorted over all rows, and in the command that the page shows."""

import base64
import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.__main__ import main
from core.row_values import ROW_VALUES, row_values
from core.row_work import long_work
from core.store import Store
from core.study import Study
from pages.ui.listing import ordered
from pages.ui.rows import decimals
from tests import app_script
from tests.app_script import empty_store, open_page, open_rows, the_study

ROWS = 1100  # more than two pages of the table


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A dataset with vectors of its own in a home folder of its own, whose jobs nobody does before the test asks."""
    monkeypatch.chdir(tmp_path)
    found = empty_store(tmp_path / "home", monkeypatch)
    vectors = np.random.default_rng(0).normal(size=(ROWS, 8))
    open_rows(found, tmp_path / "rows.jsonl", [{"text": f"row {i}"} for i in range(ROWS)], vectors)
    return found


def do_all(store: Store) -> list[str]:
    """Do the jobs that wait; returns what they were."""
    return [job.what for job in app_script.do_all(store)]


def choice(page: AppTest, label: str):
    return next(box for box in page.selectbox if box.label == label)


def columns(page: AppTest, label: str):
    return next(box for box in page.multiselect if box.label == label)


def test_a_table_is_sorted_over_all_rows_and_not_only_over_those_in_sight(store):
    page = open_page("7_Export")
    assert "nearest" in columns(page, "Columns").options
    page = columns(page, "Columns").set_value(["nearest"]).run()
    assert do_all(store) == ["values"]
    page = page.run()
    nearest = row_values(the_study(store), ["nearest"])["nearest"]
    first = page.dataframe[0].value
    assert first["row"].tolist() == list(range(1, 501))
    assert first["nearest"].tolist() == nearest[:500].tolist()
    page = choice(page, "Sort all rows by").set_value("nearest").run()
    falling = np.sort(nearest)[::-1]
    assert page.dataframe[0].value["nearest"].tolist() == falling[:500].tolist()
    page = next(box for box in page.number_input if box.label == "Page of 3").set_value(3).run()
    assert page.dataframe[0].value["nearest"].tolist() == falling[1000:].tolist()
    assert any(
        "1,001 to 1,100 of 1,100 rows, sorted by nearest over all of them" in words.value for words in page.caption
    )
    page = choice(page, "From").set_value("lowest").run()
    assert page.dataframe[0].value["nearest"].tolist() == falling[::-1][1000:].tolist()
    assert not page.exception


def test_the_command_of_the_export_page_writes_the_bytes_of_its_download(store, tmp_path):
    page = open_page("7_Export")
    page = columns(page, "Add columns").set_value(["nearest", "density", "cluster"]).run()
    assert not page.get("download_button"), "what is not known yet cannot be written"
    assert do_all(store) == ["values"]
    page = page.run()
    assert len(page.get("download_button")) == 2, "the rows, and an entry for a framework"
    command = shlex.split(next(code.value for code in page.code if code.value.startswith("gamut measure")))
    assert main(command[1:]) == 0
    written = (tmp_path / "rows_all_1100.jsonl").read_bytes()
    found = row_values(the_study(store), ["nearest", "density", "cluster"])
    first = json.loads(written.splitlines()[7])
    assert first == {"text": "row 7"} | {f"gamut_{name}": column[7] for name, column in found.items()}

    from pages.ui import exporting_rows

    options = {"order": "chosen", "add": ["nearest", "density", "cluster"]}
    assert exporting_rows.contents("of the test", the_study(store), None, "jsonl", options) == written


def coloured_by(name, page, store):
    """The map page, and the figure on it, once every row has that value and the map is coloured by it."""
    page = choice(page.run(), "Colour by").set_value(name).run()
    assert do_all(store) == ["values"]
    page = page.run()
    assert not page.exception
    drawn = json.loads(page.get("plotly_chart")[0].proto.spec)
    assert ROW_VALUES[name].title[1:24] in drawn["layout"]["title"]["text"].replace("<br>", " ")
    return page, drawn


@pytest.mark.parametrize("name", [name for name, value in ROW_VALUES.items() if not value.needs and name != "cluster"])
def test_the_map_is_coloured_by_each_value_once_every_row_has_it(store, name):
    page = open_page("2_Map")
    do_all(store)  # the map
    coloured_by(name, page, store)


def test_the_map_is_coloured_by_coverage_each_point_by_its_own_row(store, tmp_path):
    """Against a reference: how far each row is from it, and the share of it that the row stands for."""
    rows, pool = (np.random.default_rng(seed).normal(size=(n, 8)).astype(np.float32) for seed, n in ((1, 60), (2, 30)))
    entry = open_rows(store, tmp_path / "few.jsonl", [{"text": f"few {i}"} for i in range(60)], rows)
    other = open_rows(store, tmp_path / "pool.jsonl", [{"text": f"pool {i}"} for i in range(30)], pool)
    one, two = (each.astype(np.float64) / np.linalg.norm(each, axis=1)[:, None] for each in (rows, pool))
    similar = one @ two.T
    expected = {
        "to_reference": 1 - similar.max(axis=1),
        "represents": np.bincount(similar.argmax(axis=0), minlength=60) / 30,
    }
    page = open_page("2_Map", d=entry.dataset, ref=other.dataset)
    do_all(store)  # the map
    for name, values in expected.items():
        page, drawn = coloured_by(name, page, store)
        (points,) = [trace for trace in drawn["data"] if not isinstance(trace["marker"]["color"], str)]
        assert numbers(points["marker"]["color"]) == pytest.approx(values[numbers(points["customdata"])], abs=1e-5)


def numbers(column: list | dict) -> np.ndarray:
    """A column of a figure, which plotly packs where it is long."""
    if isinstance(column, dict):
        return np.frombuffer(base64.b64decode(column["bdata"]), column["dtype"])
    return np.array(column)


def test_hours_of_work_begin_only_when_they_are_asked_for(store, monkeypatch):
    monkeypatch.setattr("core.measuring.EXACT_PAIRS", ROWS * ROWS - 1)
    page = open_page("2_Map")
    do_all(store)  # the map
    page = choice(page.run(), "Colour by").set_value("nearest").run()
    assert not page.exception
    assert do_all(store) == [], "nothing was queued unasked"
    (words,) = [each.value for each in page.warning if "may take hours" in each.value]
    assert "this compares every pair of 1,100 rows and may take hours." in words
    page = next(each for each in page.button if each.label == "Find it for every row").click().run()
    assert do_all(store) == ["values"]
    page = page.run()
    assert not page.exception
    assert not [each for each in page.warning if "may take hours" in each.value]
    drawn = json.loads(page.get("plotly_chart")[0].proto.spec)
    assert "istance to the nearest" in drawn["layout"]["title"]["text"].replace("<br>", " ")


@pytest.mark.parametrize("pairs", [10**10, 1])
def test_two_places_of_a_page_can_wait_for_the_same_values(store, monkeypatch, pairs):
    monkeypatch.setattr("core.measuring.EXACT_PAIRS", pairs)

    def two_places():
        from pages.ui import state, values

        (entry,) = state.workspace().entries()
        for place in ("map", "table"):
            values.ready(entry, state.study(entry), ["density"], None, place)

    page = AppTest.from_function(two_places, default_timeout=60).run()
    assert not page.exception
    if pairs == 1:
        assert [each.label for each in page.button] == ["Find it for every row"] * 2
        page = page.button[1].click().run()
        page = page.run()
        assert not page.exception
    assert [each.label for each in page.button] == ["Cancel"] * 2
    assert do_all(store) == ["values"]


def test_only_work_on_so_many_pairs_of_rows_is_asked_for_first(store, monkeypatch):
    study = the_study(store)
    pool = study.against(Study.of_vectors(np.eye(8, dtype=np.float32), name="pool"))
    picks = study.select("random", 30)
    every = "This compares every pair of 1,100 rows and may take hours."
    assert long_work(study, list(ROW_VALUES), picks) == ""
    for pairs, asked, expected in (
        (ROWS * ROWS, (study, ["nearest"]), ""),
        (ROWS * 8 - 1, (pool, ["to_reference"]), "This compares each of 1,100 rows with each of 8 others and may"),
        (ROWS * 8, (pool, ["to_reference", "density"]), ""),
        (ROWS * ROWS - 1, (pool, ["to_reference", "novelty"]), every),
        (ROWS * 30 - 1, (study, ["covered"], picks), "This compares each of 1,100 rows with each of 30 others and may"),
        (0, (study, ["rank", "gain", "cluster"], picks), ""),
    ):
        monkeypatch.setattr("core.measuring.EXACT_PAIRS", pairs)
        words = long_work(*asked)
        assert words.startswith(expected)
        assert bool(words) == bool(expected)
    monkeypatch.setattr("core.metrics.cluster_inertia.EXACT_ROWS", ROWS - 1)
    assert long_work(study, ["from_centre"]).startswith("This groups 1,100 rows by k-means, fitted to every one of")


def test_rows_without_a_value_come_last_and_equal_ones_stay_as_they_stood():
    column = np.array([2.0, np.nan, 5.0, 2.0, -1.0])
    assert ordered(column, falling=True).tolist() == [2, 0, 3, 4, 1]
    assert ordered(column, falling=False).tolist() == [4, 0, 3, 2, 1]
    words = np.array(["pear", "", "apple", "pear"], dtype=object)
    assert ordered(words, falling=False).tolist() == [2, 0, 3, 1]
    assert ordered(words, falling=True).tolist() == [0, 3, 2, 1]


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0.69, 0.61], 3), ([12.3, 14.0], 1), ([1234.0], 0), ([0.00123], 5), ([0.0, np.nan], 2), ([1.4, 0.0], 2)],
)
def test_a_column_shows_three_significant_figures_of_its_usual_value(values, expected):
    assert decimals(np.array(values)) == expected
