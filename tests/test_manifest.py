"""Manifests: what was done can be done again and checked, and nothing false is written or waved through."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import Study
from core.__main__ import main
from core.digest import digest
from core.errors import UserError
from core.manifest_reading import read_manifest
from core.store import Store, write_json
from core.writing import write_subset
from tests.few_rows import few_rows

BREAD, CHATS = few_rows("narrow_bread.jsonl", 30), few_rows("chats_messages.jsonl", 15)

pytestmark = pytest.mark.usefixtures("shared_home")


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.npy"
    np.save(path, np.random.default_rng(5).normal(size=(60, 384)))
    return path


@pytest.fixture
def gaps(tmp_path: Path) -> Path:
    path = tmp_path / "gaps.jsonl"
    path.write_text("".join(f'{{"id": "g{i}", "text": "{word}"}}\n' for i, word in enumerate(WORDS)))
    return path


WORDS = ("one", "", "three cats", "four dogs", "five", "", "seven birds")


def gamut(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out + err


def chosen(capsys: pytest.CaptureFixture[str], out: Path, *words: object, selector: str = "k_center") -> Path:
    """Choose five rows into `out`; returns the manifest."""
    code, said = gamut(capsys, "select", *words, "--selector", selector, "--budget", 5, "--out", out)
    assert code == 0, said
    return out if out.suffix == ".json" else out.with_name(out.name + ".manifest.json")


def changed(path: Path, edit: Any) -> Path:
    found = json.loads(path.read_text())
    edit(found)
    write_json(path, found)
    return path


@pytest.mark.parametrize("ending", ["json", "npy"])
def test_vectors_against_an_embedded_reference_are_replayed_and_verified(capsys, tmp_path, vectors, ending):
    out = tmp_path / f"subset.{ending}"
    proof = chosen(
        capsys, out, "--embeddings", vectors, "--reference", CHATS, "--measure", "novelsum", selector="novelselect"
    )
    again = ("--embeddings", vectors, "--reference", CHATS)
    assert gamut(capsys, "replay", proof, *again) == (0, "The same 5 rows in the same order.\n")
    assert gamut(capsys, "verify", proof, *again, "--subset", out)[0] == 0


def test_a_reference_is_opened_as_it_was_made(capsys, tmp_path, gaps):
    words = (BREAD, "--reference", gaps, "--leave-out-empty")
    proof = chosen(capsys, tmp_path / "ids.json", *words)
    recorded = read_manifest(proof)
    assert recorded["embedding"]["leave_out_empty"]  # the choice, though no row of the data is empty
    assert recorded["reference"]["embedding"]["leave_out_empty"]
    assert recorded["reference"]["n"] == 5
    assert gamut(capsys, "replay", proof, "--data", BREAD, "--reference", gaps)[0] == 0


def test_a_replay_that_differs_writes_nothing(capsys, tmp_path):
    proof = chosen(capsys, tmp_path / "subset.jsonl", BREAD)
    changed(proof, lambda found: found["recipe"]["steps"][0]["select"].update(seed=7))
    out = tmp_path / "again.jsonl"
    code, said = gamut(capsys, "replay", proof, "--data", BREAD, "--out", out)
    assert code == 2
    assert "again.jsonl was not written" in said
    assert not list(tmp_path.glob("again*"))


def test_a_replay_writes_as_the_first_time_and_a_manifest_of_its_own(capsys, tmp_path):
    first, again = tmp_path / "subset.csv", tmp_path / "again.csv"
    proof = chosen(capsys, first, BREAD, "--order", "original", "--escape-formulas", "--measure", "ttr")
    assert gamut(capsys, "replay", proof, "--data", BREAD, "--out", again)[0] == 0
    assert again.read_bytes() == first.read_bytes()
    before, now = read_manifest(proof), read_manifest(tmp_path / "again.csv.manifest.json")
    assert now["files"] == [before["files"][0] | {"name": "again.csv"}]
    assert now["scores"] == before["scores"]
    assert now["repeats"]["made"] == before["made"]


def test_replay_compares_gains_and_scores(capsys, tmp_path):
    proof = chosen(capsys, tmp_path / "ids.json", BREAD, "--measure", "ttr")

    def edit(found):
        found["gains"][2] *= 1.01
        found["manifest"]["scores"][0]["value"] += 0.01

    code, said = gamut(capsys, "replay", changed(proof, edit), "--data", BREAD)
    assert code == 2
    assert "The gain of pick 3 was recorded as" in said
    assert "ttr was recorded as" in said


def test_positions_that_were_changed_in_the_manifest_are_found_out(capsys, tmp_path):
    out = tmp_path / "ids.json"
    proof = chosen(capsys, out, BREAD)

    def edit(found):
        found["positions"][0] = found["manifest"]["selection"]["positions"][0] = 3
        found["ids"][0] = json.loads(BREAD.read_text().splitlines()[3])["id"]

    code, said = gamut(capsys, "verify", changed(proof, edit), "--data", BREAD, "--subset", out)
    assert code == 2
    assert "positions in the manifest were changed" in said


def test_what_verify_checked_is_said(capsys, tmp_path):
    for ending, words in (("json", "the same ids and positions."), ("jsonl", "byte for byte."), ("npy", "vectors.")):
        out = tmp_path / f"subset.{ending}"
        proof = chosen(capsys, out, BREAD)
        code, said = gamut(capsys, "verify", proof, "--data", BREAD, "--subset", out)
        assert (code, words in said, "gamut replay" in said) == (0, True, True)


@pytest.mark.parametrize("options", [(), ("--escape-formulas",), ("--order", "original", "--escape-formulas")])
def test_a_table_is_verified_by_a_manifest_that_does_not_say_how_it_was_written(capsys, tmp_path, options):
    path = tmp_path / "formulas.jsonl"
    path.write_text("".join(f'{{"text": "={word}"}}\n' for word in ("a", "b", "c", "d", "e", "f")))
    out = tmp_path / "subset.csv"
    proof = changed(chosen(capsys, out, path, *options), lambda found: found.update(files=[]))
    assert gamut(capsys, "verify", proof, "--data", path, "--subset", out)[0] == 0


def test_vectors_of_a_dataset_with_rows_left_out_are_verified(capsys, tmp_path, gaps, shared_home):
    out = tmp_path / "subset.npy"
    proof = chosen(capsys, out, gaps, "--leave-out-empty")
    words = ("verify", proof, "--data", gaps, "--subset", out)
    assert gamut(capsys, *words)[0] == 0
    np.save(out, np.load(out)[::-1])
    assert gamut(capsys, *words)[0] == 2
    Store(shared_home).clean(("embeddings",))
    code, said = gamut(capsys, *words)
    assert (code, "are not in the store" in said) == (2, True)


def test_vectors_that_embed_wrote_for_the_rows_with_text_are_taken_back(capsys, tmp_path, gaps):
    written, out = tmp_path / "vectors.npy", tmp_path / "ids.json"
    assert gamut(capsys, "embed", gaps, "--leave-out-empty", "--out", written)[0] == 0
    proof = chosen(capsys, out, gaps, "--leave-out-empty", "--embeddings", written)
    assert read_manifest(proof)["selection"]["pool"] == 5
    assert gamut(capsys, "replay", proof, "--data", gaps, "--embeddings", written)[0] == 0


def test_first_is_recorded_as_the_row_of_the_dataset(capsys, tmp_path, gaps):
    out = tmp_path / "ids.json"
    proof = chosen(capsys, out, gaps, "--leave-out-empty", "--param", "first=3")
    assert json.loads(out.read_text())["positions"][0] == 3
    assert read_manifest(proof)["selection"]["params"]["first"] == 3
    assert gamut(capsys, "replay", proof, "--data", gaps)[0] == 0


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda found: found.update(selection={}), "selection.selector"),
        (lambda found: found.pop("dataset"), "dataset"),
        (lambda found: found.pop("embedding"), "embedding"),
        (lambda found: found["dataset"].pop("roles"), "dataset.roles"),
        (lambda found: found["dataset"]["roles"].update(colour="red"), "dataset.roles"),
        (lambda found: found["dataset"]["roles"].update(quality=["score"]), "dataset.roles"),
        (lambda found: found["embedding"]["template"].update(kind="verse"), "embedding.template"),
        (lambda found: found["selection"].update(positions=[1, -2]), "selection.positions"),
        (lambda found: found.update(reference={"name": "x", "key": "y", "dataset": None}), "reference.embedding"),
        (lambda found: found.update(scores=[{}]), "scores"),
    ],
)
def test_a_broken_manifest_is_refused_with_the_place(capsys, tmp_path, edit, said):
    proof = changed(chosen(capsys, tmp_path / "subset.jsonl", BREAD, selector="random"), edit)
    with pytest.raises(UserError, match=rf"not a whole manifest: {said} is missing"):
        read_manifest(proof)


def test_vectors_appear_whole_or_not_at_all(tmp_path, monkeypatch):
    out = tmp_path / "subset.npy"
    out.write_bytes(b"old")
    study = Study.of_vectors(np.eye(4))
    selection = study.select("random", 2)

    def full(file, *_, **__):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="No space left"):
        write_subset(out, "npy", study, selection)
    assert out.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["subset.npy"]


def test_the_digest_beside_the_positions_is_theirs(capsys, tmp_path):
    how = read_manifest(chosen(capsys, tmp_path / "ids.json", BREAD))["selection"]
    assert how["positions_digest"] == digest(np.array(how["positions"], dtype=np.int64))
