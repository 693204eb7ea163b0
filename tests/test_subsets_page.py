"""Saved subsets on the pages: made, changed, combined and undone below the map, and inputs of every other page."""

import hashlib
import io
import json
import shlex
import zipfile
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.__main__ import main
from core.choice import Choice
from core.errors import UserError
from core.figures import Theme, map_figure
from core.recipe import Recipe
from core.store import Store
from core.subset_names import COLOURS
from core.subsets import Subsets
from pages.ui import chosen, saved
from tests import app_script
from tests.app_script import button, do, do_all, empty_store, open_page, open_rows, the_study
from tests.fake_web import become_hub, serving

N = 50
MADE = {"by": "map", "how": "a lasso"}
ODD = "<b>x</b> **y** $z$ :material/home: שלום 👩‍👩‍👧"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A dataset with ids and vectors of its own, of which PCA and clusters are found at once."""
    monkeypatch.chdir(tmp_path)
    found = empty_store(tmp_path / "home", monkeypatch)
    vectors = np.random.default_rng(0).normal(size=(N, 6))
    open_rows(found, tmp_path / "rows.jsonl", [{"id": f"r{i}", "text": f"row {i}"} for i in range(N)], vectors)
    study = the_study(found)
    for method in ("kmeans", "hdbscan"):
        study.cluster(method, xy=study.project("pca"))
    return found


@pytest.fixture
def subsets(store: Store) -> Subsets:
    return Subsets(store)


@pytest.fixture
def data(store: Store):
    return the_study(store).dataset


def said(page: AppTest) -> str:
    """What the page says, without the signs that keep the direction of a name to itself."""
    return app_script.said(page).replace("\u2068", "").replace("\u2069", "")


def on_the_map(**query: str) -> AppTest:
    page = open_page("2_Map", **query)
    return page.selectbox(key="map method").set_value("pca").run()


def field(page: AppTest, label: str, place: int = 0):
    every = [*page.main.text_input, *page.main.text_area, *page.main.selectbox, *page.main.multiselect]
    return [each for each in every if each.label == label][place]


def fill(page: AppTest, name: str, note: str = "", place: int = -1) -> AppTest:
    """Type the name and the note of a new subset into the form that stands last, or at that place."""
    field(page, "Name", place).set_value(name)
    field(page, "Note", place).set_value(note)
    return page


def test_rows_on_the_map_are_saved_with_how_they_were_found_and_a_taken_name_is_refused(store, subsets, data):
    page = on_the_map()
    assert "None yet" in said(page)
    page = next(each for each in page.main.text_input if each.label == "Words").set_value("row 1").run()
    page = fill(page, ODD, "why", 0)
    page = button(page, "Save").click().run()
    assert not page.exception
    (found,) = subsets.all(data.key)
    assert (found.name, found.note) == (ODD, "why")
    assert found.rows.tolist() == [i for i in range(N) if "1" in str(i)]
    assert found.made["by"] == "map"
    assert "row 1" in json.dumps(found.made)
    assert page.success
    table = next(each.value for each in page.dataframe if "How it was made" in each.value)
    assert table["Name"].tolist() == [ODD]
    page = button(fill(page, ODD, "again", 0), "Save").click().run()
    assert "already" in page.error[0].value
    assert field(page, "Note").value == "again", "what was typed stays"
    assert len(subsets.all(data.key)) == 1


def test_subsets_are_changed_deleted_and_undone_and_another_tabs_change_stays(subsets, data):
    first = subsets.add(data, [1, 2], "first", made=MADE)
    page = on_the_map()
    subsets.change(data.key, first.id, name="renamed elsewhere")
    page.text_area[-1].set_value("a note")
    page = button(page, "Save changes").click().run()
    found = subsets.get(data.key, first.id)
    assert (found.name, found.note) == ("renamed elsewhere", "a note")
    page = button(page, "Delete").click().run()
    assert subsets.all(data.key) == []
    page = on_the_map()  # as after a reload
    page = button(page, "Undo: deleted renamed elsewhere").click().run()
    assert [each.name for each in subsets.all(data.key)] == ["renamed elsewhere"]
    assert button(page, "Redo: deleted")
    subsets.add(data, [9], "from another tab", made=MADE)
    page = button(page, "Undo: changed").click().run()
    assert "changed elsewhere since" in said(page)
    assert len(subsets.all(data.key)) == 2


def test_subsets_are_combined_with_the_number_of_rows_before_they_are_saved(subsets, data):
    a = subsets.add(data, [1, 2, 3], "a", made=MADE)
    b = subsets.add(data, [3, 4], "b", made=MADE)
    page = on_the_map()
    page.selectbox(key="subset operation").set_value("difference").run()
    page = field(page, "Subsets").set_value([b.id, a.id]).run()
    assert "1 row" in said(page)
    page = button(fill(page, "b alone"), "Save as a new subset").click().run()
    found = subsets.named(data.key, "b alone")
    assert (found.rows.tolist(), found.made["of"]) == ([4], [b.tag, a.tag])
    assert any("b alone" in each.value for each in page.success)


def test_a_subset_is_selected_on_the_map_and_its_rows_say_that_they_are_in_it(subsets, data):
    subsets.add(data, [7], "seven", made=MADE)
    page = button(on_the_map(), "Select its rows").click().run()
    assert "1 row selected" in said(page)
    assert "in the subset seven" in said(page)
    assert "In the subset seven." in said(page)


def test_the_map_is_coloured_by_subset_in_the_colours_that_these_have(store, subsets, data):
    study = the_study(store)
    subsets.add(data, [0, 1, 2], "a", made=MADE, colour="wine")
    subsets.add(data, [2, 3], "in no subset", made=MADE, colour="green")
    found = saved.categories(study)
    assert list(found.values[:5]) == ["a", "a", "in several of 2 subsets", "in no subset", "in no subset "]
    for theme in (Theme.light(), Theme.dark()):
        drawn = map_figure(study.project("pca").xy, found, theme).figure
        inks = {trace.name: trace.marker.color for trace in drawn.data}
        assert inks == {
            "in no subset (46)": theme.neutral,
            "a (2)": theme.palette[COLOURS.index("wine")],
            "in several of 2 subsets (1)": theme.text,
            "in no subset (1)": theme.palette[COLOURS.index("green")],
        }
    page = on_the_map()
    page = page.selectbox(key="colour by").set_value("@subset").run()
    assert not page.exception


def test_a_finished_choice_is_saved_and_subsets_limit_the_next(store, subsets, data):
    page = open_page("5_Select")
    page = button(page, "Choose").click().run()
    id = do(store, "select")
    page = open_page("5_Select", s=id)
    page = button(page, "Save").click().run()
    assert not page.exception
    (found,) = subsets.all(data.key)
    recipe = Recipe.from_json(found.made["recipe"])
    assert found.rows.tolist() == the_study(store).follow(recipe).selection.positions.tolist()
    next(each for each in page.selectbox if each.label == "A saved subset").set_value(found.id)
    page = button(page, "Add").click().run()
    assert f"Limits: {len(found)} must-have rows" in said(page)


def test_subsets_are_sets_of_a_comparison(store, subsets, data):
    subsets.add(data, range(25), "first half", made=MADE)
    late = subsets.add(data, range(25, 50), "late", made=MADE)
    page = open_page("4_Compare")
    sets = next(each for each in page.multiselect if each.label == "Sets")
    page = sets.set_value(sets.options and [data.key, f"subset:{late.id}"]).run()
    next(each for each in page.multiselect if each.key == "compare metrics").set_value(["vendi"]).run()
    page = button(page, "Compare 2 sets at 25 rows").click().run()
    subsets.remove(data.key, late.id)  # what was asked about stays
    do(store, "compare")
    page = page.run()
    assert "rows.jsonl" in said(page)
    assert "late" in said(page)
    assert not page.exception


def test_a_subset_is_measured_against_the_whole(store, subsets, data):
    part = subsets.add(data, range(10, 30), "part", made=MADE)
    page = open_page("3_Measure")
    page = field(page, "Rows").set_value(part.id).run()
    do_all(store)
    page = page.run()
    study = the_study(store)
    expected = study.subset(np.arange(10, 30), "part").measure(["novelsum"])[0]
    table = next(each.value for each in page.dataframe if "Metric" in each.value)
    row = table[table["Metric"] == "NovelSum"].iloc[0]
    assert (row["n"], row["Reference"]) == (20, "rows.jsonl")
    assert row["Value"].startswith(f"{expected.value:.3f}"[:4])
    assert not page.exception


def test_a_subset_is_exported_as_several_files_as_the_command_line_does(store, subsets, data, tmp_path, monkeypatch):
    from pages.ui import exporting_shards

    part = subsets.add(data, [7, 3, 40, 12], "a part", made=MADE)
    page = open_page("7_Export")
    page = field(page, "What to export").set_value(part.id).run()
    page = page.number_input(key="shard size:rows").set_value(3).run()
    written = []
    real = exporting_shards._written
    monkeypatch.setattr(exporting_shards, "_written", lambda *given: written.append(real(*given)) or written[-1])
    button(page, "Write the files").click().run()
    assert not page.exception
    content, names = written[-1]
    (words,) = [shlex.split(each.value) for each in page.code if "--shards" in each.value]
    assert main([*words[1:], "--home", str(store.home)]) == 0
    manifest = tmp_path / f"{words[-1]}.manifest.json"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert [archive.read(name) for name in names] == [(tmp_path / name).read_bytes() for name in names]
        proof = json.loads(archive.read(manifest.name))
        (tmp_path / "of_the_page.json").write_bytes(archive.read(manifest.name))
    assert proof["files"] == json.loads(manifest.read_text())["files"]
    assert proof["subset"]["name"] == "a part"
    check = ["verify", str(tmp_path / "of_the_page.json"), "--data", str(tmp_path / "rows.jsonl"), "--subset", "."]
    assert main([*check, "--home", str(store.home)]) == 0


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "json", "ids", "npy"])
def test_a_subset_is_exported_as_the_command_line_does(store, subsets, data, kind, tmp_path):
    part = subsets.add(data, [9, 3, 4], "a part: שלום", made=MADE, note="n")
    page = open_page("7_Export")
    page = field(page, "What to export").set_value(part.id).run()
    page = page.radio(key="format").set_value(kind).run()
    assert not page.exception
    on_the_hub = kind in ("jsonl", "csv", "parquet")
    assert len(page.get("download_button")) == 1 + (kind != "json") + on_the_hub
    assert ("The hub takes rows" in said(page)) != on_the_hub
    shown = [shlex.split(each.value) for each in page.code if each.value.startswith("gamut ")]
    command, check = (next(words for words in shown if words[1] == first) for first in ("subset", "verify"))
    assert main([*command[1:]]) == 0
    assert main([*check[1:]]) == 0
    out = Path(command[-1])
    study = the_study(store)
    content, proof = saved_file(study, subsets.named(data.key, part.name), kind, out.name)
    mine = (
        json.loads(out.read_text())["manifest"]
        if kind == "json"
        else json.loads(Path(f"{out}.manifest.json").read_text())
    )
    same = {name: value for name, value in mine.items() if name not in ("made", "files")}
    assert same == {name: json.loads(json.dumps(proof))[name] for name in same}
    if kind != "json":
        assert out.read_bytes() == content
        assert [file["sha256"] for file in proof["files"]] == [hashlib.sha256(content).hexdigest()]


def test_a_subset_is_pushed_from_the_page_as_from_the_command_line_unless_it_was_changed(
    store, subsets, data, tmp_path, monkeypatch
):
    part = subsets.add(data, [9, 3, 4], "a part", made=MADE, note="n")
    monkeypatch.setenv("GAMUT_ALLOW_PUSH", "1")
    with serving() as hub:
        become_hub(hub, monkeypatch)
        monkeypatch.setenv("HF_TOKEN", "hf_not_a_real_token")
        page = field(open_page("7_Export"), "What to export").set_value(part.id).run()
        page = page.text_input(key="push name").set_value("org/mine").run()
        button(page, "Push to the hub").click().run()
        do(store, "push_subset")
        page = page.run()
        assert not page.exception and any("Pushed" in each.value for each in page.success)
        (words,) = [shlex.split(each.value) for each in page.code if "gamut subset push" in each.value]
        assert main([*words[1:-1], "--out", "folder"]) == 0  # the last one is --private
        mine = {path.relative_to("folder").as_posix(): path.read_bytes() for path in Path("folder").rglob("*.*")}
        same = set(mine) - {"proof/manifest.json"}  # which tells when it was made
        assert same and all(hub.pushed[path] == mine[path] for path in same)
        button(page.checkbox(key="push update").check().run(), "Push to the hub").click().run()
        subsets.change(data.key, part.id, note="another")
        with pytest.raises(UserError, match="changed or deleted meanwhile"):
            do(store, "push_subset")


def saved_file(study, subset, kind, name):
    from pages.ui import exporting_subset

    options = {} if kind == "json" else {"order": "chosen"}
    options |= {"escape_formulas": False} if kind == "csv" else {}
    return exporting_subset._written.__wrapped__("", study, subset, kind, name, options)


def test_the_proof_of_a_chosen_subset_tells_its_recipe(store):
    study = the_study(store)
    choice = Choice("random", "5")
    selection = study.choose(choice)
    found = chosen.Chosen(None, Recipe((choice,)), "", selection, [], [])
    made = saved.chosen_by(found, study)
    assert Recipe.from_json(made["recipe"]) == Recipe((choice,))
    assert made["embedding"]["key"] == study.embeddings.key
