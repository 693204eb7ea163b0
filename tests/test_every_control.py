"""Every control that a page shows is used once, one after the other, with any value: no page fails."""

import re
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest, element_tree

from core.choice import Choice
from core.jobs import Jobs
from core.recipe import Recipe
from core.subsets import Subsets
from core.workspace import Workspace
from tests.app_script import ROOT, do_all, empty_store, open_page, open_rows, said

KINDS = (
    *("checkbox", "toggle", "radio", "selectbox", "multiselect", "button_group", "slider"),
    *("number_input", "text_input", "text_area"),
)


class Shown(str):
    """An option as it is shown, where its value is not known."""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Two datasets, the first with everything that pages offer something for: done once, as they ask for it."""
    monkeypatch.chdir(tmp_path)
    store = empty_store(tmp_path / "home", monkeypatch)
    draw = np.random.default_rng(0)
    for name, n in (("other", 40), ("rows", 60)):
        rows = [
            {
                "id": f"{name}{i}",
                "prompt": f"ask {i % 7} {name}",
                "response": f"say {i} of {i % 5}",
                "topic": "abc"[i % 3],
                "score": i % 9,
                "list": [1.0, float(i)],
            }
            for i in range(n)
        ]
        open_rows(store, tmp_path / f"{name}.jsonl", rows, draw.normal(size=(n, 8)))
    entry = next(each for each in Workspace(store).entries() if each.name == "rows.jsonl")
    other = next(each for each in Workspace(store).entries() if each.name == "other.jsonl")
    study = Workspace(store).study(entry)
    for name, some in (("some", range(20)), ("more", range(10, 40))):
        Subsets(store).add(study.dataset, list(some), name, made={"by": "ids"})
    for method in ("kmeans", "hdbscan"):
        study.cluster(method, xy=study.project("pca"))
    about = {"dataset": entry.dataset, "setup": entry.key, "reference": None}
    recipe = Recipe((Choice("k_center", "12"),)).as_json()
    jobs = Jobs(store)
    chosen = jobs.submit("select", "x", **about, recipe=recipe, metrics=["vendi"], random_seeds=[1]).id
    sets = [{"dataset": each.dataset, "setup": each.key} for each in (entry, other)]
    how = {"metrics": ["vendi", "knn_distance"], "params": {}}
    compared = jobs.submit("compare", "x", sets=sets, reference=None, **how, size=20, differences=True).id
    do_all(store)
    return {"d": entry.dataset, "s": chosen, "c": compared}


def another(widget: Any) -> Any:
    """Some other value that the widget can have; its own where there is none."""
    options = [Shown(each) for each in getattr(widget, "options", [])]
    match widget.type:
        case "checkbox" | "toggle":
            return not widget.value
        case "selectbox" | "radio":
            return next((each for each in reversed(options) if each != options[widget.index or 0]), widget.value)
        case "multiselect":
            left = [each for each in options if each not in widget.values]
            return [*map(Shown, widget.values), *left[:1]] if left else [*map(Shown, widget.values[1:])]
        case "button_group":
            left = [each for each in options if each not in widget.formatted_values]
            return left[-1] if left else widget.value
        case "number_input":
            now = widget.value if widget.value is not None else widget.min or 0
            up = now + widget.step
            return up if widget.max is None or up <= widget.max else now - widget.step
        case "slider":
            return widget.min if widget.value != widget.min else widget.max
        case _:
            return f"{widget.value or ''}1"


def named(widget: Any) -> str:
    """By what a control is known again: its key, without what another value of the page changes in it."""
    return f"{widget.type} {re.sub('[0-9a-f]{6,}|[0-9]+', '', f'{widget.label} {widget.key}')}"


def sweep(page: AppTest, kinds: tuple[str, ...]) -> AppTest:
    """Use every control of these kinds that the page beside its sidebar shows, and those that this brings, once."""
    tried: set[str] = set()
    while left := [
        each for kind in kinds for each in page.main.get(kind) if not each.disabled and named(each) not in tried
    ]:
        name = named(left[0])
        tried.add(name)
        page = (left[0].click() if left[0].type == "button" else left[0].set_value(another(left[0]))).run()
        assert not page.exception, (name, page.exception)
        assert "This is a fault of Gamut" not in said(page), name
    return page


@pytest.mark.parametrize("name", [path.stem for path in sorted((ROOT / "pages").glob("*.py"))])
def test_no_control_of_a_page_makes_it_fail(home, monkeypatch, name):
    """Work is only queued, since nobody does it here."""
    show = element_tree._format_value_for_widget
    monkeypatch.setattr(
        element_tree, "_format_value_for_widget", lambda how, v: str(v) if isinstance(v, Shown) else show(how, v)
    )
    sweep(open_page(name, **home), (*KINDS, "button"))
