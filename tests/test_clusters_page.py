"""Clusters on the Map page: ticked ones are selected, renamed, merged and excluded; a choice leaves their rows out."""

import json

import numpy as np
import pytest

from core.cluster_editing import ClusterEditing, excluded_rows
from tests.app_script import button, empty_store, go, open_page, open_rows, said, the_study


@pytest.fixture
def store(tmp_path, monkeypatch):
    found = empty_store(tmp_path / "home", monkeypatch)
    crowd = np.repeat(np.arange(4), [30, 20, 15, 5])
    rows = [{"id": f"r{i}", "text": f"{['bread', 'chess', 'rivers', 'law'][c]} {i}"} for i, c in enumerate(crowd)]
    vectors = np.eye(5)[crowd] + np.random.default_rng(0).normal(size=(70, 5)) * 0.05
    open_rows(found, tmp_path / "rows.jsonl", rows, vectors)
    return found


def tick(page, study, *labels):
    """Tick those lines of the list."""
    page.session_state[page.session_state[f"cluster ticks:{study.key}"].key] = {"selection": {"rows": list(labels)}}
    page = page.run()
    assert not page.exception
    return page


def test_ticked_clusters_are_selected_and_edited_and_excluded_rows_are_must_not_rows(store):
    study = the_study(store)
    first = study.cluster()
    page = open_page("2_Map")
    page = next(each for each in page.selectbox if each.label == "Map").set_value("pca").run()
    page = tick(page, study, 0)
    assert f"**{first.sizes[0]} rows selected**" in said(page)
    assert f"in the cluster {first.names[0]}" in said(page)
    page = tick(page, study, 0, 1)
    assert f"**{first.sizes[:2].sum()} rows selected**" in said(page)
    next(each for each in page.text_input if each.label == "Name of the 2 merged clusters").set_value("<b>Two</b>")
    page = button(page, "Merge").click().run()
    assert the_study(store).cluster().names[0] == "<b>Two</b>"
    assert f"**{first.sizes[:2].sum()} rows selected**" in said(page), "an edit leaves the selection as it is"
    figure = json.loads(next(each for each in page.main.get("plotly_chart")).proto.spec)
    assert any("&lt;b&gt;Two" in trace["name"] for trace in figure["data"]), "in the legend"

    page = tick(page, study, 0)
    page = button(page, "Exclude").click().run()
    now = ClusterEditing(study).clusters
    assert now.excluded == {0}
    assert f"{now.sizes[0]} rows are in excluded clusters" in said(page)
    figure = json.loads(next(each for each in page.main.get("plotly_chart")).proto.spec)
    grey = [trace for trace in figure["data"] if trace["name"].startswith("excluded: ")]
    assert len(grey) == 1
    page = button(page, "Undo: excluded cluster 1").click().run()
    assert not ClusterEditing(study).clusters.excluded
    page = button(page, "Redo: excluded cluster 1").click().run()
    assert ClusterEditing(study).clusters.excluded == {0}

    page = go(page, "5_Select")
    box = next(each for each in page.selectbox if each.label == "Excluded clusters")
    assert box.options == [f"k-means: {now.sizes[0]} rows"]
    box.set_value("kmeans")
    adds = [each for each in page.main.button if each.label == "Add"]
    page = adds[[each.proto.form_id for each in adds].index(box.proto.form_id)].click().run()
    assert not page.exception
    assert f"Limits: {len(excluded_rows(now))} must-not rows" in said(page)
