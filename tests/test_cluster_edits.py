"""Clusters renamed, merged, excluded: names everywhere, numbers that stay, undo, JSON, and choices without them."""

import json
import threading

import numpy as np
import pytest

from core.__main__ import main
from core.cluster_editing import ClusterEditing, excluded_rows
from core.cluster_edits import ClusterEdits
from core.cluster_edits_json import read_edits_file
from core.errors import UserError
from core.filters import Filter
from core.finding import find
from core.opening import dataset_with_vectors, open_dataset
from core.results import Clusters
from core.row_values import row_values
from core.searching import Query
from core.store import Store

FOUND = Clusters(
    "kmeans", {"k": 4}, np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 3, -1], np.int32), ("a", "b", "c", "d"), (0, 4, 7, 9)
)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """120 rows in six crowds of different sizes, their vectors, and a home folder."""
    monkeypatch.setenv("GAMUT_HOME", str(tmp_path / "home"))
    rng = np.random.default_rng(3)
    crowd = np.repeat(np.arange(6), [40, 30, 20, 15, 10, 5])
    words = ["bread", "chess", "rivers", "stars", "music", "law"]
    rows = [{"id": f"r{i}", "text": f"{words[c]} {words[c]}ing {i}"} for i, c in enumerate(crowd)]
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    np.save(tmp_path / "v.npy", (np.eye(6)[crowd] + rng.normal(size=(120, 6)) * 0.1).astype(np.float32))
    return tmp_path


def open_study(files):
    store = Store(files / "home")
    return dataset_with_vectors(open_dataset([files / "pool.jsonl"], store), str(files / "v.npy"), store)


def test_people_who_edit_clusters_at_once_lose_nothing_of_each_other(files):
    def edit(number: int) -> None:
        own = ClusterEditing(open_study(files))
        for turn in range(10):
            own.rename(number, f"{number} by its own person, {turn}")

    ClusterEditing(open_study(files))  # the clusters are found once
    people = [threading.Thread(target=edit, args=(number,)) for number in (1, 2, 3)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    names = ClusterEditing(open_study(files)).clusters.names
    assert {f"{number} by its own person, 9" for number in (1, 2, 3)} <= set(names)


def test_a_merged_cluster_is_one_larger_than_its_parts_and_goes_by_the_numbers_of_all():
    edits = ClusterEdits().merge(FOUND, [2, 3]).rename(FOUND, 4, "last").exclude(FOUND, [3])
    now = edits.of(FOUND)
    assert now.labels.tolist() == [1, 1, 1, 1, 0, 0, 0, 0, 0, 2, -1], "five rows of b and c are before four of a"
    assert now.names == ("b + c", "a", "last")
    assert now.parts == ((2, 3), (1,), (4,))
    assert now.medoids == (4, 0, 9)
    assert now.sizes.tolist() == [5, 4, 1]
    assert now.excluded == {0}
    assert excluded_rows(now).tolist() == [4, 5, 6, 7, 8]
    assert [now.label_of(number) for number in (1, 2, 3, 4)] == [1, 0, 0, 2]
    again = edits.split(FOUND, 2).include(FOUND, [2, 3]).rename(FOUND, 4, "").of(FOUND)
    assert (again.names, again.labels.tolist(), again.excluded) == (FOUND.names, FOUND.labels.tolist(), frozenset())


def test_merging_merged_clusters_keeps_what_they_are_called_and_excludes_only_where_all_were():
    edits = ClusterEdits().merge(FOUND, [1, 2], "X").exclude(FOUND, [1])
    assert edits.merge(FOUND, [2, 4]).of(FOUND).names == ("X + d", "c")
    assert edits.merge(FOUND, [2, 4]).excluded == ()
    assert edits.exclude(FOUND, [4]).merge(FOUND, [4, 1]).of(FOUND).excluded == {0}
    assert ClusterEdits.from_json(json.loads(json.dumps(edits.as_json()))) == edits


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: ClusterEdits().rename(FOUND, 5, "x"), "numbered from 1 to 4"),
        (lambda: ClusterEdits().rename(FOUND, 1, "b"), "'b' already"),
        (lambda: ClusterEdits().rename(FOUND, 1, "in no cluster"), "already"),
        (lambda: ClusterEdits().rename(FOUND, 1, "\u202e\u00a0"), "can be seen"),
        (lambda: ClusterEdits().merge(FOUND, [2, 2]), "Two clusters or more"),
        (lambda: ClusterEdits().split(FOUND, 2), "as it was found"),
        (lambda: ClusterEdits(labels="0").exclude(FOUND, [1]), "other clusters"),
        (lambda: ClusterEdits.from_json({"name": {}}), "no field 'name'"),
        (lambda: ClusterEdits.from_json({"merged": [[1, 2], [2, 3]]}), "merged twice"),
        (lambda: ClusterEdits.from_json({"names": {"1+x": "n"}}), "names no cluster"),
        (lambda: ClusterEdits.from_json({"names": {"1+2": "n"}}).of(FOUND), "not merged"),
        (lambda: ClusterEdits.from_json({"excluded": [True]}), "list of numbers"),
    ],
)
def test_what_is_no_edit_is_refused(wrong, says):
    with pytest.raises(UserError, match=says):
        wrong()


def test_a_file_of_lists_in_lists_is_refused(tmp_path):
    (tmp_path / "deep.json").write_text("[" * 200_000)
    with pytest.raises(UserError, match="is not JSON"):
        read_edits_file(tmp_path / "deep.json")


@pytest.mark.parametrize(("params", "says"), [({"progress": 1}, "no parameter 'progress'"), ({"k": 2}, None)])
def test_edits_with_parameters_that_are_not_those_here_are_refused(files, capsys, params, says):
    (files / "e.json").write_text(json.dumps({"params": params, "excluded": [1]}))
    choose = ["select", str(files / "pool.jsonl"), "--embeddings", str(files / "v.npy"), "--selector", "random"]
    choose += ["--budget", "9", "--must-not", "clusters:excluded", "--cluster-edits", str(files / "e.json")]
    assert main([*choose, "--out", str(files / "o.jsonl")]) == (2 if says else 0)
    assert (says or "are not chosen") in capsys.readouterr().err
    with pytest.raises(UserError, match=rf"kmeans \({next(iter(params))} .*found by kmeans \(k "):
        ClusterEditing(open_study(files)).take(ClusterEdits.from_json({"params": params, "excluded": [1]}))


def test_edits_are_kept_undone_in_their_order_and_name_rows_everywhere(files):
    study = open_study(files)
    editing = ClusterEditing(study)
    first = study.cluster()
    editing.rename(1, "Baking")
    editing.merge([2, 3], "Games and water")
    editing.exclude([2])
    later = open_study(files)  # another session
    assert later.clustered().names == ClusterEditing(later).clusters.names
    names = row_values(later, ["cluster"])["cluster"]
    merged = np.isin(first.labels, [1, 2])
    assert (names[merged] == "Games and water").all()
    assert (names[first.labels == 0] == "Baking").all()
    found = find(later, Query(values=(Filter("cluster", one_of=("Games and water",)),)))
    assert found.rows.tolist() == np.flatnonzero(merged).tolist() == excluded_rows(later.cluster()).tolist()
    assert [ClusterEditing(later).undo() for _ in range(3)] == [
        "Excluded cluster 2",
        "Merged clusters 2 and 3",
        "Renamed cluster 1",
    ]
    assert later.cluster().names == first.names
    with pytest.raises(UserError, match="nothing to undo"):
        editing.undo()
    assert [editing.redo(), editing.redo()] == ["Renamed cluster 1", "Merged clusters 2 and 3"]
    assert "Games and water" in later.cluster().names
    assert later.subset(np.arange(60), "part").clusters_key("kmeans", None, {}) != editing.key


def test_the_command_edits_as_python_does_and_a_choice_without_excluded_rows_can_be_done_again(files, capsys):
    pool, edits = [str(files / "pool.jsonl"), "--embeddings", str(files / "v.npy")], files / "edits.json"
    choose = ["select", *pool, "--selector", "k_center", "--budget", "9", "--must-not", "clusters:excluded"]
    assert main([*choose, "--out", str(files / "x.json")]) == 2
    assert "No cluster is excluded" in capsys.readouterr().err
    assert main(["clusters", *pool, "--merge", "1,2=Two", "--exclude", "2,4", "--rename", "3=Third"]) == 0
    study = open_study(files)
    now = ClusterEditing(study).clusters
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["1+2", str(now.sizes[0]), "Two", "(excluded)"]
    assert main(["clusters", *pool, "--save-edits", str(edits), "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["clusters"]
    assert [each["name"] for each in listed] == list(now.names)
    assert main(["clusters", *pool, "--rows", "excluded", "--out", str(files / "never.txt")]) == 0
    assert (files / "never.txt").read_text().split() == [f"r{row}" for row in excluded_rows(now)]

    assert main([*choose, "--add", "cluster", "--out", str(files / "ids.json")]) == 0
    chosen = json.loads((files / "ids.json").read_text())
    assert not set(chosen["positions"]) & set(excluded_rows(now).tolist())
    assert chosen["values"]["cluster"] == [now.names[now.labels[row]] for row in chosen["positions"]]
    assert chosen["manifest"]["clusters"] == json.loads(edits.read_text())

    (files / "r.yaml").write_text("steps: [{select: {selector: random, budget: 20}}]")
    recipe = ["select", *pool, "--recipe", str(files / "r.yaml"), "--must-not", "clusters:excluded"]
    assert main([*recipe, "--out", str(files / "r.json")]) == 0
    assert not set(json.loads((files / "r.json").read_text())["positions"]) & set(excluded_rows(now).tolist())

    again = ["replay", str(files / "ids.json"), "--data", pool[0], "--embeddings", pool[2]]
    assert main(["clusters", *pool, "--undo"]) == 0
    assert main(["clusters", *pool, "--rename", "1=Other", "--include", "4"]) == 0
    assert main(again) == 0, "with the names of then"
    assert main([*choose, "--cluster-edits", str(edits), "--add", "cluster", "--out", str(files / "b.json")]) == 0
    assert json.loads((files / "b.json").read_text())["values"] == chosen["values"]
    assert main(["clusters", *pool, "--edits", str(edits)]) == 0
    assert ClusterEditing(study).clusters.names == now.names
