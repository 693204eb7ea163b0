"""Projects in the sidebar: nothing to see without them, one switch with them, links, and two people at once."""

import numpy as np
import pytest

from core.projects import Projects
from core.workspace import Workspace
from tests.app_script import empty_store, go, open_page, open_rows, said

WIDE = {"a.jsonl": 12, "b.jsonl": 9, "c.jsonl": 7}
RTL = "مشروع <b>1</b>"


@pytest.fixture
def store(tmp_path, monkeypatch):
    found = empty_store(tmp_path / "home", monkeypatch)
    for name, rows in WIDE.items():
        texts = [{"text": f"{name} number {row}", "id": f"{name}:{row}"} for row in range(rows)]
        open_rows(found, tmp_path / name, texts, np.random.default_rng(rows).normal(size=(rows, 4)))
    return found


def keys(store):
    return {entry.name: entry.dataset for entry in Workspace(store).entries()}


def word(page, name):
    """What the page's address says of that name."""
    found = page.query_params.get(name)
    return found[0] if isinstance(found, list) else found


def box(page, label):
    return next((each for each in page.sidebar.selectbox if each.label == label), None)


def listed(page):
    """The names in the sidebar's list of datasets."""
    return sorted(each.partition(" (")[0] for each in box(page, "Dataset").options)


def within(place, label, kind):
    return next(each for each in getattr(place, kind) if each.label.startswith(label))


def test_without_projects_there_is_nothing_but_a_quiet_button_and_one_is_made_with_it(store):
    page = open_page("1_Data")
    assert box(page, "Project") is None
    assert listed(page) == sorted(WIDE)
    assert word(page, "pr") is None
    here = word(page, "d")
    within(page.sidebar, "Name of a new", "text_input").set_value(RTL)
    assert within(page.sidebar, "Datasets", "multiselect").value == [here], "the one that is open"
    page = within(page.sidebar, "Make the project", "button").click().run()
    assert not page.exception
    (made,) = Projects(store).all()
    assert (made.name, made.datasets) == (RTL, (here,))
    assert word(page, "pr") == made.id and word(page, "d") == here
    assert [each.replace("\u2068", "").replace("\u2069", "") for each in box(page, "Project").options] == [
        "In no project (2)",
        f"{RTL} (1)",
    ]
    page = box(page, "Project").set_value("").run()
    assert len(listed(page)) == 2 and word(page, "pr") is None
    page = within(page.sidebar, "Undo", "button").click().run()
    assert box(page, "Project") is None and listed(page) == sorted(WIDE)


def test_a_project_is_changed_left_deleted_and_brought_back_and_no_dataset_is_lost(store):
    key = keys(store)
    made = Projects(store).new("mine", [key["a.jsonl"], key["b.jsonl"]])
    page = open_page("1_Data", pr=made.id)
    assert listed(page) == ["a.jsonl", "b.jsonl"]
    Projects(store).change(made.id, add=[key["c.jsonl"]])  # somebody else, while the form is open
    within(page.sidebar, "Name", "text_input").set_value("ours")
    datasets = within(page.sidebar, "Datasets", "multiselect")
    page = within(datasets.unselect(key["a.jsonl"]) and page.sidebar, "Save changes", "button").click().run()
    now = Projects(store).get(made.id)
    assert (now.name, set(now.datasets)) == ("ours", {key["b.jsonl"], key["c.jsonl"]}), "both changes hold"
    assert listed(page) == ["b.jsonl", "c.jsonl"]
    page = within(page.sidebar, "Delete the project", "button").click().run()
    assert box(page, "Project") is None and listed(page) == sorted(WIDE)
    page = within(page.sidebar, "Undo", "button").click().run()
    assert Projects(store).get(made.id) == now
    assert not page.exception


def test_a_link_carries_the_project_and_one_without_it_or_with_a_lost_one_still_opens_its_dataset(store):
    key = keys(store)
    first = Projects(store).new("first", [key["a.jsonl"], key["b.jsonl"]])
    second = Projects(store).new("second", [key["b.jsonl"]])
    page = open_page("1_Data", pr=second.id, d=key["b.jsonl"])
    assert listed(page) == ["b.jsonl"] and word(page, "pr") == second.id
    assert word(go(page, "8_Help"), "pr") == second.id
    page = open_page("1_Data", d=key["b.jsonl"])
    assert word(page, "pr") == first.id and word(page, "d") == key["b.jsonl"]
    page = open_page("1_Data", pr="../../x", d=key["c.jsonl"])
    assert listed(page) == ["c.jsonl"] and word(page, "pr") is None
    assert any("not there any more" in each.value for each in page.sidebar.caption)


def test_two_people_see_nothing_of_each_others_pages(store):
    key = keys(store)
    made = Projects(store).new("hers", [key["a.jsonl"]])
    hers, his = open_page("2_Map", pr=made.id), open_page("2_Map", d=key["b.jsonl"])
    hers = within(hers.main, "Words", "text_input").set_value("number 3").run()
    hers = within(hers.main, "Find", "button").click().run()
    his = his.run()
    assert word(hers, "p") and word(his, "p") is None
    assert (word(hers, "d"), word(his, "d")) == (key["a.jsonl"], key["b.jsonl"])
    assert word(his, "pr") is None
    assert "Draw a lasso" in said(his) and "1 row selected" in said(hers)
