"""The tab "One map" of the Compare page: asked for, made by a job, and shown for all sets, one, and two that differ."""

import json

import numpy as np
import pytest

from tests.app_script import button, do, empty_store, open_page, open_rows, said

PAGE = "4_Compare"


@pytest.fixture
def compared(tmp_path, monkeypatch):
    """Two sets of which the second lies about two of the eight axes of the first; the job that compared them."""
    store = empty_store(tmp_path / "home", monkeypatch)
    entry = None
    for name, rows, axes in (("narrow", 30, 2), ("<b>broad", 40, 8)):
        vectors = np.eye(8)[np.arange(rows) % axes] + 0.05 * np.random.default_rng(rows).standard_normal((rows, 8))
        entry = open_rows(store, tmp_path / f"{name}.jsonl", [{"text": f"{name} {i}"} for i in range(rows)], vectors)
    page = open_page(PAGE, d=entry.dataset)
    next(each for each in page.multiselect if each.key == "compare metrics").set_value(["vendi"]).run()
    button(page, "Compare 2 sets").click().run()
    return store, entry, do(store, "compare")


def test_sets_are_laid_out_on_one_map(compared):
    store, entry, job = compared
    page = open_page(PAGE, d=entry.dataset, c=job)
    page.selectbox(key="joint method").set_value("pca").run()
    button(page, "Lay 40 rows and 30 rows out on one map").click().run()
    do(store, "joint_map")
    page.run()
    assert not page.exception
    assert "40 rows of <b>broad.jsonl, 30 rows of narrow.jsonl by PCA." in said(page)

    def traces():
        drawn = [json.loads(each.proto.spec) for each in page.get("plotly_chart")]
        return next(each["data"] for each in drawn if each["data"][0]["type"] in ("scattergl", "heatmap"))

    assert {trace["name"] for trace in traces()} == {"&lt;b&gt;broad.jsonl (40)", "narrow.jsonl (30)"}
    shown = page.selectbox(key=f"joint view:{job}")
    shown.set_value("2. narrow.jsonl").run()
    front, *_ = [trace for trace in traces() if trace["name"] == "narrow.jsonl (30)"]
    behind = [trace for trace in traces() if trace is not front]
    assert front["marker"]["color"] != behind[0]["marker"]["color"]
    page.selectbox(key=f"joint view:{job}").set_value("Where two differ").run()
    assert "of their density in common" in said(page)
    assert traces()[0]["type"] == "heatmap"
