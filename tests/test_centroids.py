"""Centroids of domains: from files of every kind, named, inside a recipe, and the same rows wherever it is followed."""

import json
import shutil

import numpy as np
import pytest

from core import Study, UserError
from core.__main__ import main
from core.centroids import Centroids, holds_centroids, read_centroids
from core.choice import Choice
from core.filters import Filter
from core.recipe import Recipe, dump_recipe, read_recipe, with_files
from core.store import Store

POINTS = np.array([[0.9, 0.25, -0.3], [0, 0.9, 1 / 3], [-0.9, -0.2, 0]])
NAMES = ("maths", "code", "law")
PARAMS = {"domains": "centroids", "probe": "closed form", "target": "code", "target_share": 1.0}


def file_of(kind, folder):
    """A file of the points, with the names where the kind has room for them."""
    path = folder / f"c.{kind}"
    if kind == "npy":
        np.save(path, POINTS)
    elif kind == "npz":
        np.savez(path, points=POINTS, names=np.array(NAMES))
    else:
        path.write_text(json.dumps({"centroids": dict(zip(NAMES, POINTS.tolist(), strict=True))}))
    return path


@pytest.mark.parametrize("kind", ["npy", "npz", "json"])
def test_centroids_of_a_file_come_through_a_recipe_to_the_last_bit(kind, tmp_path):
    found = read_centroids(file_of(kind, tmp_path))
    assert found.names == (("1", "2", "3") if kind == "npy" else NAMES)
    assert np.array_equal(found.points, POINTS)
    recipe = Recipe((Choice("entropy", "5", centroids=found),))
    for as_yaml, name in ((True, "r.yaml"), (False, "r.json")):
        (tmp_path / name).write_text(dump_recipe(recipe, as_yaml=as_yaml))
        assert read_recipe(tmp_path / name) == recipe


def test_single_precision_stays_so():
    found = Centroids.of(POINTS.astype(np.float32))
    assert found.type == "float32"
    assert len(found.content) == 9 * 4
    assert np.array_equal(found.points, POINTS.astype(np.float32))


@pytest.mark.parametrize(
    ("points", "names", "said"),
    [
        (POINTS[:1], None, "expected two rows or more of finite numbers, a centroid each, found 1 x 3"),
        (POINTS[0], None, "found 3"),
        (np.full((2, 2), np.nan), None, "finite numbers"),
        (POINTS, ["a", "b"], "3 centroids, which need as many names"),
        (POINTS, ["a", "b", "a"], "no two the same"),
    ],
)
def test_what_are_no_centroids_is_said(points, names, said):
    with pytest.raises(UserError, match=said):
        Centroids.of(points, names)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"maths": ["id1"], "code": ["id2"]}, "is not of the form"),
        ({"centroids": {"maths": [1, 2], "code": [1]}}, "a list of as many numbers"),
        ({"centroids": {"maths": ["a"], "code": ["b"]}}, "a list of as many numbers"),
        ([1], "is not of the form"),
        ({"centroids": {"maths": [10**400, 2], "code": [1, 2]}}, "a list of as many numbers"),
    ],
)
def test_a_json_file_of_something_else_is_refused(tmp_path, content, said):
    (tmp_path / "c.json").write_text(json.dumps(content))
    with pytest.raises(UserError, match=said):
        read_centroids(tmp_path / "c.json")
    assert holds_centroids(json.dumps({"centroids": {}}).encode())
    assert not holds_centroids(b'{"centroids": ["id1"], "code": ["id2"]}'), "seed examples of two domains"


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found | {"points": found["points"][:-8]},
        lambda found: found | {"points": "?"},
        lambda found: found | {"type": "text"},
        lambda found: found | {"names": ["a", "b"]},
        lambda found: {name: value for name, value in found.items() if name != "names"},
        lambda _: 5,
    ],
)
def test_centroids_of_a_recipe_that_were_tampered_with_are_refused_with_their_step(change):
    written = Recipe((Choice("entropy", "5", centroids=Centroids.of(POINTS, NAMES)),)).as_json()
    select = written["steps"][0]["select"]
    select["centroids"] = change(select["centroids"])
    with pytest.raises(UserError, match=r"Step 1 of the recipe: .*entroids"):
        Recipe.from_json(written)


def test_a_target_is_a_domain_by_its_name_and_an_unknown_one_is_answered_with_the_names():
    study = Study.of_vectors(np.random.default_rng(0).normal(size=(60, 3)))
    given = Centroids.of(POINTS, NAMES)
    found = study.choose(Choice("entropy", "8", params=PARAMS, centroids=given)).positions
    rows, points = study.space.unit64(), POINTS / np.linalg.norm(POINTS, axis=1, keepdims=True)
    for _ in range(10):  # the rounds of k-means that begin with the centroids
        of = ((rows[:, None] - points) ** 2).sum(-1).argmin(axis=1)
        points = np.array([rows[of == k].mean(axis=0) if (of == k).any() else points[k] for k in range(3)])
    of = ((rows[:, None] - points) ** 2).sum(-1).argmin(axis=1)
    assert set(of[found]) == {1}
    assert 8 <= (of == 1).sum() < 60
    with pytest.raises(UserError, match="target is 'art', and must be a domain: maths, code, law"):
        study.choose(Choice("entropy", "8", params=PARAMS | {"target": "art"}, centroids=given))


def test_seed_examples_give_their_names_to_the_domains():
    study = Study.of_vectors(np.random.default_rng(0).normal(size=(60, 3)))
    examples = {"maths": (1, 2), "code": (3, 4)}
    choice = Choice("entropy", "8", params=PARAMS | {"rounds": 0}, examples=examples)
    rows = study.space.unit64()
    means = np.array([rows[[1, 2]].mean(axis=0), rows[[3, 4]].mean(axis=0)])
    of = (rows @ (means / np.linalg.norm(means, axis=1, keepdims=True)).T).argmax(axis=1)
    assert set(of[study.choose(choice).positions]) == {1}


def test_centroids_of_other_dimensions_are_refused_with_both_numbers():
    study = Study.of_vectors(np.random.default_rng(0).normal(size=(60, 5)))
    with pytest.raises(UserError, match="The centroids have 3 dimensions, and the embeddings of vectors have 5"):
        study.choose(Choice("entropy", "8", params=PARAMS, centroids=Centroids.of(POINTS, NAMES)))


def test_a_recipe_of_several_steps_is_followed_anew_when_its_file_of_centroids_has_changed(tmp_path):
    study = Study.of_vectors(np.random.default_rng(0).normal(size=(60, 3)), store=Store(tmp_path / "home"))
    path = file_of("npy", tmp_path)
    recipe = Recipe(
        (Choice("random", "40"), Choice("entropy", "6", params=PARAMS | {"target": "2"}, centroids=str(path)))
    )
    before, key = study.follow(recipe).selection.positions.tolist(), study.recipe_key(recipe)
    assert study.recipe_key(recipe) == key
    np.save(path, POINTS[::-1] * [1, -1, 1])
    assert study.recipe_key(recipe) != key
    after = study.follow(recipe).selection.positions.tolist()
    assert after != before
    assert (
        after
        == Study.of_vectors(np.random.default_rng(0).normal(size=(60, 3))).follow(recipe).selection.positions.tolist()
    )


@pytest.fixture
def data(tmp_path, home):
    vectors = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
    np.save(tmp_path / "v.npy", vectors)
    (tmp_path / "rows.jsonl").write_text(
        "".join(json.dumps({"id": f"r{n}", "text": f"t {n}"}) + "\n" for n in range(60))
    )
    return [str(tmp_path / "rows.jsonl"), "--embeddings", str(tmp_path / "v.npy")]


def chosen(path):
    return json.loads(path.read_text())["ids"]


def test_a_recipe_saved_with_centroids_chooses_the_same_rows_where_their_file_is_not(data, tmp_path, monkeypatch):
    """The command saves a recipe, whose manifest and file then stand alone: on another machine, with no such path."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    words = ["--selector", "entropy", "--budget", "9", "--param", "domains=centroids", "--param", "target=law"]
    saved, ids = here / "r.yaml", here / "ids.json"
    words += ["--centroids", str(file_of("npz", here)), "--save-recipe", str(saved), "--out", str(ids)]
    assert main(["select", *data, *words]) == 0
    shutil.copy(saved, there / "r.yaml")
    before = chosen(ids)
    shutil.copy(ids, there / "ids.json")
    shutil.rmtree(here)
    monkeypatch.setenv("GAMUT_HOME", str(tmp_path / "another home"))
    assert main(["select", *data, "--recipe", str(there / "r.yaml"), "--out", str(there / "again.json")]) == 0
    assert chosen(there / "again.json") == before
    assert main(["replay", str(there / "ids.json"), "--data", *data]) == 0


def test_a_recipe_that_names_a_file_finds_it_beside_itself_or_says_so(data, tmp_path, capsys, monkeypatch):
    folder = tmp_path / "recipes"
    folder.mkdir()
    file_of("json", folder)
    written = Recipe((Filter("text"), Choice("entropy", "9", params=PARAMS, centroids="c.json")))
    (folder / "r.yaml").write_text(dump_recipe(written))
    whole = with_files(read_recipe(folder / "r.yaml"), folder)
    assert whole.choice.centroids == read_centroids(folder / "c.json")
    monkeypatch.chdir(tmp_path)
    words = ["select", *data, "--recipe", "recipes/r.yaml", "--out", str(tmp_path / "ids.json")]
    assert main(words) == 0
    (folder / "c.json").unlink()
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "The recipe names the centroids c.json, and they cannot be had" in said
    assert "beside the recipe" in said
