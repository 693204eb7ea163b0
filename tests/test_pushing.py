"""Chosen rows to a hub: the folder, its card, the proof beside the rows, and the upload to a server that stands in."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml

from core.__main__ import main
from core.digest import digest_file
from core.errors import UserError
from core.metrics import METRICS
from core.proof import names
from core.pushing import hub_folder, may_push, push
from core.pushing.card import code
from core.selectors import SELECTORS
from tests.fake_web import COMMIT, FakeWeb, become_hub, serving

SELECTOR = SELECTORS["k_center"].title


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with rows under a name that is markup, their vectors, and the bundle of half of them."""
    folder = tmp_path_factory.mktemp("made")
    rows = [{"id": f"r{i}", "instruction": f"Say {i} <b>", "output": f"It is {i}"} for i in range(120)]
    (folder / "po|ol `<i>.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    np.save(folder / "own.npy", np.random.default_rng(1).normal(size=(120, 8)).astype(np.float32))
    words = [
        "select",
        str(folder / "po|ol `<i>.jsonl"),
        "--embeddings",
        str(folder / "own.npy"),
        "--selector",
        "k_center",
    ]
    words += ["--budget", "60", "--out", str(folder / "a.jsonl"), "--bundle", str(folder / "proof.zip"), "--quiet"]
    assert main([*words, "--measure", "vendi,knn_distance", "--home", str(folder / "home")]) == 0
    return folder


@pytest.fixture
def hub(monkeypatch) -> Iterator[FakeWeb]:
    with serving() as server:
        become_hub(server, monkeypatch)
        yield server


def test_the_folder_holds_rows_card_and_a_proof_that_can_be_checked(made, tmp_path, capsys):
    folder = tmp_path / "folder"
    assert main(["push", str(made / "proof.zip"), "org/name", "--out", str(folder)]) == 0
    assert (folder / "data" / "rows.jsonl").read_bytes() == (made / "a.jsonl").read_bytes()
    text = (folder / "README.md").read_text()
    _, front, body = text.split("---\n", 2)
    told = yaml.safe_load(front)
    assert told["size_categories"] == ["n<1K"] and "gamut" in told["tags"] and "license" not in told
    assert told["configs"][0]["data_files"] == [{"split": "train", "path": "data/rows.jsonl"}]
    assert f"60 of 120 rows of `` po¦ol `<i>.jsonl ``, chosen by {SELECTOR}" in body
    assert "No licence is stated" in body and "not held against evaluation files" in body
    scores = {each["metric"]: each for each in json.loads((folder / "proof" / "manifest.json").read_text())["scores"]}
    score = scores["knn_distance"]
    (line,) = [line for line in body.splitlines() if line.startswith(f"| {METRICS['knn_distance'].title} ")]
    shown = [f"{value:#.3g}" for value in (score["value"], *score["interval"])]
    assert [cell.strip() for cell in line.split("|")][2:5] == ["higher", shown[0], f"{shown[1]} to {shown[2]}"]
    sums = names.read_sums((folder / "SHA256SUMS").read_text())
    assert sums == {path: digest_file(folder / path) for path in sums} and "README.md" in sums
    data = ["--data", str(made / "po|ol `<i>.jsonl")]
    check = ["verify", str(folder / "proof" / "manifest.json"), *data, "--subset", str(folder / "data" / "rows.jsonl")]
    assert main([*check, "--home", str(made / "home")]) == 0
    assert (
        main(
            [
                "replay",
                str(folder / "proof" / "manifest.json"),
                *data,
                "--embeddings",
                str(made / "own.npy"),
                "--home",
                str(made / "home"),
                "--quiet",
            ]
        )
        == 0
    )
    assert code("a``b") == "``` a``b ```" and code("<b>\n#") == "`<b> #`"
    with pytest.raises(UserError, match="not empty"):
        hub_folder(made / "proof.zip", folder, "org/name")


def test_pushing_makes_the_dataset_and_uploads_and_writes_over_nothing_unasked(
    made, hub, tmp_path, monkeypatch, capsys
):
    command = ["push", str(made / "proof.zip"), "org/name", "--private", "--quiet"]
    assert main(command) == 2
    assert "needs a token" in capsys.readouterr().err and not hub.asked
    monkeypatch.setenv("HF_TOKEN", "hf_not_a_real_token")
    assert not may_push(), "the app pushes where it is told to alone"
    monkeypatch.setenv("GAMUT_ALLOW_PUSH", "1")
    assert may_push()
    assert main(command) == 0
    assert f"/datasets/org/name/commit/{COMMIT}" in capsys.readouterr().out
    assert hub.made[0]["name"] == "name" and hub.made[0]["type"] == "dataset"
    assert hub.made[0].get("private") is True or hub.made[0].get("visibility") == "private"
    assert hub.pushed["data/rows.jsonl"] == (made / "a.jsonl").read_bytes()
    assert {"README.md", "SHA256SUMS", "proof/manifest.json", "proof/report.html"} <= set(hub.pushed)
    assert not any(b"hf_not_a_real" in content for content in hub.pushed.values())
    hub.datasets["org/name"] = hub.pushed
    assert main(command) == 2
    assert "on the hub already" in capsys.readouterr().err
    hub_folder(made / "proof.zip", tmp_path / "folder", "org/name")
    assert push(tmp_path / "folder", "org/name", private=False, update=True).endswith(COMMIT)
    before = len(hub.made)
    with pytest.raises(UserError, match="everybody sees it"):
        push(tmp_path / "folder", "org/name", private=True, update=True)
    assert len(hub.made) == before
    for name in ("org", "org/name@main", "org/na me", "org/name/x"):
        with pytest.raises(UserError):
            push(tmp_path / "folder", name, private=False)


def test_a_saved_subset_is_pushed_with_card_and_proof_and_another_format_replaces_its_rows(
    made, hub, tmp_path, monkeypatch, capsys
):
    data, home = made / "po|ol `<i>.jsonl", ["--home", str(made / "home")]
    (tmp_path / "ids.txt").write_text("r7\nr3\nr5\n")
    asked = ["--name", "odd `|<i>", "--note", "for **later**", "--ids", str(tmp_path / "ids.txt")]
    assert main(["subset", "make", str(data), *asked, *home]) == 0
    push_it = ["subset", "push", str(data), "--subset", "odd `|<i>", "--to", "org/odd", "--quiet", *home]
    folder = tmp_path / "folder"
    assert main([*push_it, "--out", str(folder)]) == 0
    rows = [json.loads(line) for line in (folder / "data" / "rows.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["r7", "r3", "r5"]
    _, front, body = (folder / "README.md").read_text().split("---\n", 2)
    assert yaml.safe_load(front)["configs"][0]["data_files"] == [{"split": "train", "path": "data/rows.jsonl"}]
    assert "3 of 120 rows of `` po¦ol `<i>.jsonl ``, saved as the subset `` odd `¦<i> `` with Gamut" in body
    assert "`for **later**`" in body and "gamut replay" not in body
    assert digest_file(folder / "proof" / "ids.txt") in body
    manifest = folder / "proof" / "manifest.json"
    check = ["verify", str(manifest), "--data", str(data), "--subset", str(folder / "data" / "rows.jsonl"), *home]
    assert main(check) == 0
    sums = names.read_sums((folder / "SHA256SUMS").read_text())
    assert sums == {path: digest_file(folder / path) for path in sums} and len(sums) == 4
    monkeypatch.setenv("HF_TOKEN", "hf_not_a_real_token")
    assert main([*push_it, "--private"]) == 0
    assert hub.pushed["data/rows.jsonl"] == (folder / "data" / "rows.jsonl").read_bytes()
    hub.pushed |= {"data/more.jsonl": b"{}", "proof/report.html": b"of a bundle that was there before"}
    hub.datasets["org/odd"] = hub.pushed
    assert main([*push_it, "--as", "csv", "--update"]) == 0
    assert {path for path in hub.pushed if path != "README.md"} == {
        *("data/rows.csv", "data/more.jsonl", "proof/manifest.json", "proof/ids.txt", "SHA256SUMS")
    }
    assert b"data/rows.csv" in hub.pushed["README.md"]
    capsys.readouterr()


def test_a_bundle_that_was_changed_or_has_no_rows_is_not_pushed(made, tmp_path):
    import zipfile

    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(made / "proof.zip") as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"It is 7", b"It is 8"))
    with pytest.raises(UserError, match=r"rows\.jsonl was changed"):
        hub_folder(changed, tmp_path / "one", "org/name")


def test_a_folder_that_ended_midway_is_not_there_and_an_empty_one_is_filled(made, tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    with monkeypatch.context() as patch:
        patch.setattr("core.pushing.folder._card", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            hub_folder(made / "proof.zip", folder, "org/name")
    assert list(tmp_path.iterdir()) == []
    folder.mkdir()
    hub_folder(made / "proof.zip", folder, "org/name")
    assert {path.name for path in folder.iterdir()} == {"data", "proof", "README.md", "SHA256SUMS"}
