"""What a command writes: never over what it reads, nor over another file that it writes."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from tests.few_rows import few_rows

SAMPLE = few_rows("narrow_bread.jsonl", 12)

pytestmark = pytest.mark.usefixtures("shared_home")


@pytest.fixture
def pool(tmp_path):
    return Path(shutil.copy(SAMPLE, tmp_path / "pool.jsonl"))


def refused(capsys, path, *words):
    """The sentence with which a command is refused; the file at `path` stays as it is."""
    before = path.read_bytes()
    code = main([str(word) for word in words])
    said = capsys.readouterr().err
    assert code == 2
    assert path.read_bytes() == before
    assert said.count("\n") == 1
    return said


def select(*words):
    return ["select", *words, "--selector", "random", "--budget", 3]


def test_a_choice_is_not_written_over_its_data(capsys, pool):
    assert "is the data, and would be written over" in refused(capsys, pool, *select(pool), "--out", pool)


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_a_link_to_the_data_is_the_data(capsys, pool, tmp_path, link):
    link(pool, tmp_path / "other.jsonl")
    assert "is the data" in refused(capsys, pool, *select(pool), "--out", tmp_path / "other.jsonl")


def test_another_way_to_write_the_path_of_the_data_is_the_data(capsys, pool):
    there = pool.parent / ".." / pool.parent.name / pool.name
    assert "is the data" in refused(capsys, pool, *select(pool), "--out", there)


@pytest.mark.parametrize(
    ("option", "what"),
    [("--must", "must-have"), ("--must-not", "must-not"), ("--extend", "have already"), ("--reference", "reference")],
)
def test_a_choice_is_not_written_over_a_file_that_it_reads(capsys, pool, tmp_path, option, what):
    other = tmp_path / "other.txt"
    other.write_text("bread-1\n")
    assert what in refused(capsys, other, *select(pool), option, other, "--out", other)


def test_a_choice_is_not_written_over_the_vectors(capsys, tmp_path):
    path = tmp_path / "vectors.npy"
    np.save(path, np.eye(6))
    assert "is the vectors" in refused(capsys, path, *select("--embeddings", path), "--out", path)


def test_a_choice_is_not_written_over_one_table_of_a_file(capsys, tmp_path):
    path = tmp_path / "tables.npz"
    np.savez(path, a=np.eye(6), b=np.eye(6))
    said = refused(
        capsys, path, *select("--embeddings", f"{path}:a"), "--out", tmp_path / "x.json", "--save-recipe", path
    )
    assert "is the vectors" in said


def test_the_manifest_is_not_written_over_a_file_that_is_read(capsys, pool, tmp_path):
    data = pool.rename(tmp_path / "x.jsonl.manifest.json")
    words = [*select(data), "--format", "jsonl"]
    assert "is the data" in refused(capsys, data, *words, "--out", tmp_path / "x.jsonl")


def test_two_files_of_a_command_are_not_one(capsys, pool, tmp_path):
    out = tmp_path / "x.json"
    said = refused(capsys, pool, *select(pool), "--out", out, "--save-recipe", out)
    assert "would be written twice" in said
    assert not out.exists()


def test_a_recipe_is_not_written_over(capsys, pool, tmp_path):
    recipe = tmp_path / "recipe.json"
    recipe.write_text('{"steps": [{"select": {"selector": "random", "budget": 3}}]}')
    assert "is the recipe" in refused(capsys, recipe, "select", pool, "--recipe", recipe, "--out", recipe)


def test_values_of_rows_places_and_vectors_are_not_written_over_the_data(capsys, pool, tmp_path):
    assert "is the data" in refused(capsys, pool, "measure", pool, "--rows", pool)
    table = pool.rename(tmp_path / "pool.csv")
    assert "is the data" in refused(capsys, table, "map", table, "--out", table)
    vectors = tmp_path / "pool.npy"
    np.save(vectors, np.eye(5))
    assert "is the data" in refused(capsys, vectors, "embed", vectors, "--out", vectors)


def test_a_replay_is_not_written_over_its_manifest(capsys, pool, tmp_path):
    out = tmp_path / "ids.json"
    assert main([str(word) for word in [*select(pool), "--out", out, "--quiet"]]) == 0
    capsys.readouterr()
    assert "is the manifest" in refused(capsys, out, "replay", out, "--data", pool, "--out", out)


def test_scores_and_refinements_are_not_written_over_what_they_read(capsys, pool, tmp_path):
    assert "is the data" in refused(capsys, pool, "score", pool, "--out", pool)
    state = tmp_path / "run.json"
    state.write_text("{}")
    assert "is the state" in refused(capsys, state, "refine", "rows", pool, "--state", state, "--out", state)
    words = ["refine", "rows", pool, "--state", state, "--out", tmp_path / "a.csv", "--form", tmp_path / "a.csv"]
    assert "would be written twice" in refused(capsys, state, *words)
    assert "is the data" in refused(capsys, pool, "refine", "begin", pool, "--state", pool, "--replace")
    assert "is the feedback" in refused(
        capsys, state, "refine", "feedback", pool, "--state", state, "--feedback", state
    )
