"""A saved subset as the reference in the app: chosen in the sidebar, kept by its rows, as on the command line."""

import json
import shlex

import numpy as np
import pytest

from core.__main__ import main
from core.errors import UserError
from core.references import of_subset, reference_named
from core.store import Store
from core.subset import part_of
from core.subsets import Subsets
from core.workspace import Workspace
from pages.ui import commands, state
from tests.app_script import do, empty_store, go, open_page, open_rows, said, the_study

N = 30
SOME = [*range(3, 15), 20, 27]


@pytest.fixture
def store(tmp_path, monkeypatch) -> Store:
    monkeypatch.chdir(tmp_path)
    found = empty_store(tmp_path / "home", monkeypatch)
    vectors = np.random.default_rng(0).normal(size=(N, 6))
    open_rows(found, tmp_path / "rows.jsonl", [{"id": f"r{i}", "text": f"row {i}"} for i in range(N)], vectors)
    Subsets(found).add(the_study(found).dataset, SOME, "some", made={"by": "ids"})
    return found


def chooser(page):
    return next(each for each in page.sidebar.selectbox if each.label == "Reference")


def test_a_subset_that_is_chosen_in_the_sidebar_is_measured_against_as_on_the_command_line(store, tmp_path, capsys):
    study = the_study(store)
    (subset,) = Subsets(store).all(study.dataset.key)
    page = open_page("3_Measure")
    word = f"{study.dataset.key}.{subset.rows_key}"
    page = chooser(page).set_value(word).run()
    assert page.query_params["ref"] == word
    assert state.job("measure", state.jobs().all()[0].args).args["reference"] == word  # as the worker is told
    mine = state.study(Workspace(store).entries()[0], reference_named(word, Workspace(store)))
    assert mine.reference_word == word
    (found,) = mine.measure(["novelsum"], intervals=False)
    assert "reference: some" in said(go(page, "3_Measure"))
    by_hand = study.against(part_of(study, np.array(SOME), "any name")).measure(["novelsum"], intervals=False)[0]
    words = ["measure", "rows.jsonl", "--embeddings", "rows.npy", *commands.reference_words(mine)]
    capsys.readouterr()
    assert main([*words, "--metrics", "novelsum", "--no-intervals", "--json", "--quiet"]) == 0
    (told,) = json.loads(capsys.readouterr().out)["scores"]
    assert told["value"] == found.value == by_hand.value != study.measure(["novelsum"], intervals=False)[0].value
    assert told["reference"] == found.reference == "some"


def test_a_command_without_the_vectors_that_the_app_has_says_so(store, monkeypatch, capsys):
    def stop(*given, **how):
        raise UserError("embedding")

    monkeypatch.setattr("core.opening.embed_dataset", stop)
    assert main(["measure", "rows.jsonl"]) == 2
    told = capsys.readouterr().err
    assert told.index("vectors of your own (rows.npy)") < told.index("add --embeddings") < told.index("embedding\n")
    assert main(["measure", "rows.jsonl", "--embeddings", "rows.npy", "--metrics", "vendi", "--no-intervals"]) == 0
    assert "vectors of your own" not in capsys.readouterr().err


def test_a_subset_made_anew_under_its_name_is_not_taken_for_the_old_one(store):
    study, subsets, workspace = the_study(store), Subsets(store), Workspace(store)
    key = study.dataset.key
    (old,) = subsets.all(key)
    (entry,) = workspace.entries()
    word = of_subset(entry, old).word
    subsets.change(key, old.id, name="other")
    assert reference_named(word, workspace).name == "other"  # another name alone changes nothing
    subsets.remove(key, old.id)
    new = subsets.add(study.dataset, [0, 1], "other", made={"by": "ids"})
    assert of_subset(entry, new).word != word
    assert reference_named(word, workspace).study(workspace).positions.tolist() == SOME
    page = open_page("3_Measure", ref=word)
    assert chooser(page).value == word and "no longer saved" in str(chooser(page).options)
    page = open_page("3_Measure", ref=f"{key}.{'0' * 32}")  # rows that nobody has ever saved
    assert (
        "not there any more" in " ".join(each.value for each in page.sidebar.warning) and chooser(page).value == "self"
    )


def test_a_choice_against_a_subset_is_repeated_by_the_command_that_the_export_page_shows(store, tmp_path):
    study, workspace = the_study(store), Workspace(store)
    (entry,) = workspace.entries()
    (subset,) = Subsets(store).all(entry.dataset)
    page = open_page("5_Select", ref=of_subset(entry, subset).word)
    page = next(each for each in page.main.button if each.label.startswith("Choose ")).click().run()
    do(store, "select")
    page = go(page, "7_Export")
    shown = next(each.value for each in page.code if "gamut select" in each.value)
    assert "--reference subset:some" in shown
    assert main(shlex.split(shown)[1:]) == 0
    proof = next(path for path in tmp_path.glob("*.manifest.json"))
    found = json.loads(proof.read_text())
    assert found["reference"]["subset"]["positions"] == SOME
    mine = study.against(part_of(study, np.array(SOME), "some"))
    assert found["reference"]["key"] == mine.reference.embeddings.key
