"""What a reference has and a set lacks, against nearest rows found one by one; page and command say the same."""

import json

import numpy as np
import pytest

from core.__main__ import main
from core.cluster_editing import ClusterEditing
from core.empty_regions import empty_regions
from core.errors import UserError
from core.planted import NEAR_COPY
from core.work_opening import open_study
from core.workspace import Workspace
from tests.app_script import button, do, empty_store, open_page, open_rows, said

WORDS = ("bread", "chess", "rivers", "stars")


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A set of rows in two crowds, and a reference of four, two of which are the same."""
    found = empty_store(tmp_path / "home", monkeypatch)
    rng = np.random.default_rng(8)
    for name, crowd in (("reference", np.arange(200) % 4), ("mine", np.arange(120) % 2)):
        rows = [{"id": f"{name}{i}", "text": f"{WORDS[c]} {name} {i}"} for i, c in enumerate(crowd)]
        open_rows(found, tmp_path / f"{name}.jsonl", rows, np.eye(12)[crowd] + rng.normal(size=(len(rows), 12)) * 0.08)
    return found


def studies(store):
    entries = {entry.name: entry.dataset for entry in Workspace(store).entries()}
    mine = open_study(store, {"dataset": entries["mine.jsonl"], "reference": entries["reference.jsonl"]})
    return mine, entries["reference.jsonl"]


def slow_nearest(some, others, *, own=False):
    """The cosine distance of each row to its nearest other one."""
    one, other = (rows / np.linalg.norm(rows, axis=1)[:, None] for rows in (some, others))
    return np.array([min(1 - a @ b for j, b in enumerate(other) if not (own and i == j)) for i, a in enumerate(one)])


def test_regions_are_the_crowds_that_the_set_has_not(store):
    mine, _ = studies(store)
    found = empty_regions(mine)
    vectors = [np.asarray(each.embeddings.vectors, dtype=np.float64) for each in (mine, mine.reference)]
    expected = slow_nearest(vectors[1], vectors[0])
    np.testing.assert_allclose(found.distances, expected, atol=1e-9)
    own = slow_nearest(vectors[0], vectors[0], own=True)
    assert found.usual == pytest.approx(np.quantile(own[own > NEAR_COPY], 0.9), abs=1e-9)
    lacking = np.flatnonzero(np.arange(200) % 4 >= 2)
    assert sorted(row for region in found.regions for row in region.rows.tolist()) == lacking.tolist()
    for region in found.regions:
        assert region.distance == pytest.approx(np.median(expected[region.rows]), abs=1e-9)
        assert (np.diff(found.distances[region.rows]) <= 0).all(), "the farthest first"
        assert region.name.startswith(("rivers", "stars"))
    assert found.far == np.count_nonzero(expected > found.usual)

    editing = ClusterEditing(mine.reference)
    editing.rename(editing.clusters.numbers(editing.clusters.names.index(found.regions[0].name))[0], "Lacking")
    assert empty_regions(mine).regions[0].name == "Lacking"
    with pytest.raises(UserError, match="its own reference"):
        empty_regions(mine.against(None))
    assert not empty_regions(mine.against(mine)).regions, "a set lacks nothing of itself"


def test_the_page_says_how_to_set_a_reference_and_lists_what_the_command_writes(store, tmp_path, capsys):
    mine, reference = studies(store)
    page = open_page("2_Map", d=mine.dataset.key)
    page = next(each for each in page.selectbox if each.label == "Map").set_value("pca").run()
    assert "choose it as **Reference** in the sidebar" in said(page)
    page = open_page("2_Map", d=mine.dataset.key, ref=reference)
    page = button(page, "Look for what reference.jsonl has").click().run()
    do(store, "empty_regions")
    page = page.run()
    assert not page.exception
    found = empty_regions(mine)
    assert f"**{found.far} rows** of 200 in reference.jsonl have nothing near them" in said(page)
    key = f"empty regions:{mine.key}:{mine.reference.key}"
    page.session_state[key] = {"selection": {"rows": [0]}}
    page = page.run()
    assert not page.exception
    assert f"**{found.regions[0].name}**: rows of reference.jsonl, the farthest first" in said(page)

    mine_words = [str(tmp_path / "mine.jsonl"), "--embeddings", str(tmp_path / "mine.npy")]
    words = ["empty-regions", *mine_words, "--reference", str(tmp_path / "reference.npy")]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["far"], told["usual"]) == (found.far, found.usual)
    assert [each["positions"] for each in told["regions"]] == [each.rows.tolist() for each in found.regions]
    assert main([*words, "--out", str(tmp_path / "x.jsonl")]) == 2
    assert "vectors alone" in capsys.readouterr().err
