"""Roles of columns that the user changed: in the options of a command, in the one that Export shows, in manifests."""

import argparse
import json
import shlex
from dataclasses import replace

import pytest

from core import work
from core.__main__ import main
from core.choice import Choice
from core.cli.roles import add_roles, parse_quality, quality_word, role_words, roles_of
from core.errors import UserError
from core.manifest_reading import read_manifest
from core.progress import silent
from core.recipe import Recipe
from core.shapes import Quality, Roles
from core.store import Store
from core.workspace import Workspace
from core.writing import write_subset

GUESSED = Roles(prompt="instruction", response="output", quality=(Quality("score"),), label="category", id="id")


def parsed(*words: str, guessed: Roles = GUESSED) -> Roles:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_roles(parser)
    return roles_of(parser.parse_args(words), guessed)


def test_without_options_the_roles_are_those_that_were_guessed():
    assert parsed() == GUESSED


def test_every_role_can_be_given_and_taken_away():
    assert parsed("--prompt", "q", "--role", "label=topic", "--role", "system=rules") == replace(
        GUESSED, prompt="q", label="topic", system="rules"
    )
    assert parsed("--role", "id=", "--role", "label=", "--role", "quality=") == replace(
        GUESSED, id=None, label=None, quality=()
    )
    assert parsed("--id", "") == replace(GUESSED, id=None)
    two = parsed("--role", "quality=a", "--role", "quality=b:low").quality
    assert two == (Quality("a"), Quality("b", higher_is_better=False))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--role", "topic"], "expected ROLE=COLUMN"),
        (["--role", "colour=topic"], "expected ROLE=COLUMN"),
        (["--role", "id=a", "--role", "id=b"], "given twice"),
        (["--id", "a", "--role", "id=b"], "given twice"),
    ],
)
def test_what_is_no_role_is_refused(words, said):
    with pytest.raises(UserError, match=said):
        parsed(*words)


@pytest.mark.parametrize(
    "chosen",
    [
        GUESSED,
        Roles(),
        Roles(text="-dash", label="a=b", id="none"),
        replace(GUESSED, prompt=None, text="instruction"),
        replace(GUESSED, quality=(Quality("x:low"), Quality("y:high", higher_is_better=False), Quality("z"))),
        Roles(*"abcdef", (), "g", "h"),
    ],
)
def test_the_words_for_roles_are_read_back_as_those_roles(chosen):
    assert parsed(*role_words(GUESSED, chosen)) == chosen
    assert role_words(chosen, chosen) == []


@pytest.mark.parametrize("column", ["score", "a:low", "a:high", "a:b", ":low"])
@pytest.mark.parametrize("high", [True, False])
def test_the_word_for_a_score_column_is_read_back(column, high):
    assert parse_quality(quality_word(column, high)) == (column, high)


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_the_command_and_the_check_of_export_make_a_dataset_whose_roles_were_changed(tmp_path, monkeypatch, ending):
    """Changed on the Data page: the id taken away, another label, a score the other way round, the prompt as text."""
    import streamlit as st

    from pages.ui import commands

    monkeypatch.setenv("GAMUT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    st.cache_resource.clear()
    words = ("ant", "bee", "cat", "dog", "emu", "fox", "gnu", "hen", "ibis", "jay", "", "koi")
    rows = [
        {
            "id": f"r{i}",
            "prompt": word,
            "response": f"about {i}",
            "category": "ab"[i % 2],
            "kind": str(i % 3),
            "score": i,
        }
        for i, word in enumerate(words)
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    store = Store()
    workspace = Workspace(store)
    key = work.read(store, {"paths": [str(tmp_path / "rows.jsonl")]}, silent)["dataset"]
    entry = workspace.get(key)
    assert entry is not None
    guessed = Roles.from_json(entry.roles)
    assert (guessed.prompt, guessed.response, guessed.label, guessed.id) == ("prompt", "response", "category", "id")
    roles = Roles(text="prompt", quality=(Quality("score", higher_is_better=False),), label="kind")
    entry = workspace.change(key, roles=roles.as_json(), leave_out_empty=True)
    work.embed(store, entry.embedded | {"roles": entry.roles}, silent)
    entry = workspace.get(key)
    assert entry is not None and entry.embeddings is not None
    study = workspace.study(entry)
    recipe = Recipe((Choice("quality", "4", quality=("score", False)),))
    selection = study.follow(recipe).selection
    options = {"order": "original"} | ({"escape_formulas": True} if ending == "csv" else {})
    options |= {"add": ["rank", "nearest", "cluster"]}
    expected, out = tmp_path / "expected", tmp_path / f"subset.{ending}"
    write_subset(expected, ending, study, selection, **options)

    command = shlex.split(commands.command(entry, study, recipe, out.name, options))
    assert main(command[1:]) == 0
    assert out.read_bytes() == expected.read_bytes()
    made = tmp_path / f"{out.name}.manifest.json"
    found = read_manifest(made)
    assert found["dataset"]["roles"] == json.loads(json.dumps(roles.as_json()))
    assert found["selection"]["positions"] == selection.positions.tolist() == [0, 1, 2, 3]
    assert main(["verify", str(made), "--data", "rows.jsonl", "--subset", str(out)]) == 0
    assert main(["replay", str(made), "--data", "rows.jsonl"]) == 0


def test_a_manifest_with_the_id_taken_away_names_rows_by_number(tmp_path, capsys):
    data, out = tmp_path / "rows.jsonl", tmp_path / "ids.json"
    data.write_text("".join(f'{{"id": "r{i}", "text": "verse {i}"}}\n' for i in range(6)))
    words = ["select", str(data), "--selector", "random", "--budget", "3", "--home", str(tmp_path / "home")]
    assert main([*words, "--role", "id=", "--out", str(out)]) == 0
    found = json.loads(out.read_text())
    assert found["ids"] == found["positions"]
    again = ["--data", str(data), "--home", str(tmp_path / "home")]
    assert main(["verify", str(out), *again, "--subset", str(out)]) == 0
    assert main(["replay", str(out), *again, "--out", str(tmp_path / "again.json")]) == 0
    assert json.loads((tmp_path / "again.json").read_text())["ids"] == found["ids"]
    assert main([*words, "--out", str(out)]) == 0
    assert set(json.loads(out.read_text())["ids"]) <= {f"r{i}" for i in range(6)}


def test_a_role_for_a_column_that_is_not_there_is_refused(tmp_path, capsys):
    data = tmp_path / "rows.jsonl"
    data.write_text('{"text": "one"}\n')
    words = ["measure", str(data), "--role", "label=topic", "--home", str(tmp_path / "home")]
    assert main(words) == 2
    assert "no column 'topic'" in capsys.readouterr().err


def test_a_reference_is_named_where_the_command_opens_it_as_it_was_set_up(tmp_path, monkeypatch):
    import streamlit as st

    from pages.ui import commands

    monkeypatch.setenv("GAMUT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    st.cache_resource.clear()
    store = Store()
    workspace = Workspace(store)
    entries = []
    for name, rows in (("pool", 9), ("broad", 12)):
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(f'{{"prompt": "{name} {i}", "response": "{i * i}"}}\n' for i in range(rows)))
        entry = workspace.get(work.read(store, {"paths": [str(path)]}, silent)["dataset"])
        assert entry is not None
        work.embed(store, entry.embedded | {"roles": entry.roles}, silent)
        entries.append(workspace.get(entry.dataset))
    pool, broad = entries
    study = workspace.study(pool).against(workspace.study(broad))
    assert commands.reference_is_said(pool, study, study.reference)
    selection = study.select("novelselect", 3)
    words = commands.command(pool, study, Recipe((Choice("novelselect", "3"),)), "ids.json", {})
    assert main(shlex.split(words)[1:]) == 0
    found = read_manifest(tmp_path / "ids.json")
    assert found["reference"]["key"] == study.reference.embeddings.key
    assert found["selection"]["positions"] == selection.positions.tolist()

    changed = workspace.change(broad.dataset, roles=Roles(text="response").as_json(), embeddings=None)
    work.embed(store, changed.embedded | {"roles": changed.roles}, silent)
    other = workspace.study(pool).against(workspace.study(workspace.get(broad.dataset)))
    assert not commands.reference_is_said(pool, other, other.reference)
