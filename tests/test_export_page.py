"""The Export page by its script: the bundle, evaluation files, frameworks; the command line does the same."""

import io
import json
import shlex
import zipfile
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import work
from core.__main__ import main
from core.choice import Choice
from core.errors import UserError
from core.jobs import Jobs
from core.progress import silent
from core.recipe import Recipe
from core.store import Store
from core.work_proof import bundle_path
from core.workspace import Workspace
from tests.app_script import button, do, do_all, empty_store, open_page, open_rows, said
from tests.fake_web import become_hub, serving

PAGE = "7_Export"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Forty rows with vectors of their own, of which ten also stand in an evaluation file that is open."""
    monkeypatch.chdir(tmp_path)
    found = empty_store(tmp_path / "home", monkeypatch)
    rows = [{"id": f"r{i}", "instruction": f"Say number {i} <b>", "output": f"It is {i}"} for i in range(40)]
    (tmp_path / "test.jsonl").write_text(
        "".join(json.dumps({"question": row["instruction"]}) + "\n" for row in rows[:10])
    )
    work.read(found, {"paths": [str(tmp_path / "test.jsonl")]}, silent)
    open_rows(found, tmp_path / "rows.jsonl", rows, np.random.default_rng(1).normal(size=(40, 8)))
    return found


@pytest.fixture
def page(store: Store) -> AppTest:
    """The page after eight rows were chosen."""
    (entry,) = [each for each in Workspace(store).entries() if each.name == "rows.jsonl"]
    recipe = Recipe((Choice("k_center", "8", seed=2),))
    Jobs(store).submit(
        "select", "Choose", dataset=entry.dataset, reference=None, recipe=recipe.as_json(), metrics=[], random_seeds=[]
    )
    return open_page(PAGE, d=entry.dataset, s=do(store, "select"))


def downloads(page: AppTest) -> list[str]:
    return [each.proto.label for each in page.get("download_button")]


def picker(page: AppTest):
    return next(each for each in page.multiselect if each.label == "Open datasets to hold them against")


def commands(page: AppTest, word: str) -> list[list[str]]:
    lines = [line for each in page.code if each.language == "bash" for line in each.value.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith(f"gamut {word}")]


def test_the_proof_is_made_as_a_job_and_the_command_line_makes_the_same_bytes(store, page, tmp_path, capsys):
    assert "Download the proof of 8 rows" not in downloads(page)
    assert not [job for job in Jobs(store).all() if job.state == "queued"], "nothing begins unasked"
    button(page, "Make the proof").click().run()
    do(store, "bundle")
    page = page.run()
    assert not page.exception
    assert "Download the proof of 8 rows" in downloads(page)
    (job,) = [job for job in Jobs(store).all() if job.what == "bundle"]
    made = bundle_path(store, job.result)
    assert job.result["sha256"] in said(page)
    (command,) = commands(page, "select")
    assert main([*command, "--home", str(tmp_path / "other")]) == 0
    again = tmp_path / command[command.index("--bundle") + 1]
    assert again.read_bytes() == made.read_bytes()
    checks = commands(page, "verify") + commands(page, "replay")
    assert len(checks) == 3, "of the file, and of the proof"
    for words in checks:
        vectors = [] if "--embeddings" in words else ["--embeddings", "rows.npy"]
        assert main([*words, *vectors, "--home", str(tmp_path / "other")]) == 0, words
    (choice,) = [each for each in Jobs(store).all() if each.what == "select"]
    page = open_page(PAGE, d=job.args["dataset"], s=choice.id)
    assert "Download the proof of 8 rows" in downloads(page), "a reload finds it"


def test_rows_that_stand_in_an_evaluation_file_are_told_and_left_out_and_the_proof_says_so(store, page):
    (test,) = [each for each in Workspace(store).entries() if each.name == "test.jsonl"]
    page = picker(page).set_value([test.dataset]).run()
    button(page, "Hold 40 rows against 1 file").click().run()
    do(store, "contamination")
    page = page.run()
    assert not page.exception
    assert "Of all 40 rows 10 meet one." in said(page)
    table = next(each.value for each in page.dataframe if "its row" in each.value)
    chosen = len(set(table["row"]))
    assert f"{chosen} of 8 chosen rows meet a row of test.jsonl" in said(page)
    assert table["row"].tolist() == table["its row"].tolist()
    (command,) = commands(page, "select")
    assert command[command.index("--against") + 1] == "test.jsonl"
    button(page, "Choose again without them").click().run()
    assert "select" in [job.what for job in do_all(store)]
    page = page.run()
    assert "0 of 8 chosen rows meet a row of test.jsonl" in said(page)
    page = page.radio[0].set_value("csv").run()
    button(page, "Make the proof").click().run()
    (choice,) = [each for each in Jobs(store).all() if each.what == "select" and '"never"' in json.dumps(each.args)]
    do(store, "bundle")
    page = open_page(PAGE, d=choice.args["dataset"], s=choice.id)
    assert "Download the proof of 8 rows" in downloads(page), "a reload finds it, whatever was set"
    (job,) = [job for job in Jobs(store).all() if job.what == "bundle"]
    with zipfile.ZipFile(bundle_path(store, job.result)) as archive:
        met = json.loads(archive.read("contamination.json"))
        assert min(json.loads(archive.read("ids.json"))["positions"]) >= 10
    assert met["counts"]["any"] == 0
    assert met["all_rows"]["counts"]["any"] == 10


def test_what_a_framework_asks_for_is_shown_and_what_it_cannot_read_is_said(page):
    entry = next(json.loads(each.value) for each in page.code if each.language == "json")
    assert entry["rows_k_center_8"]["columns"] == {"prompt": "instruction", "response": "output"}
    page = page.radio[0].set_value("ids").run()
    assert "export them as .jsonl, .csv or .parquet" in said(page)
    assert not page.exception


def test_shards_are_written_and_the_command_writes_the_same(store, page, tmp_path, monkeypatch):
    from pages.ui import exporting_shards

    page = page.number_input(key="shard size:rows").set_value(3).run()
    page = page.selectbox(key="shard packing:jsonl").set_value("gz").run()
    written = []

    def kept(*given: object) -> tuple[bytes, list[str]]:
        written.append(real(*given))
        return written[-1]

    real = exporting_shards._written
    monkeypatch.setattr(exporting_shards, "_written", kept)
    button(page, "Write the files").click().run()
    assert not page.exception
    assert any(label.startswith("Download 3 files") for label in downloads(page))
    content, names = written[-1]
    (command,) = [words for words in commands(page, "select") if "--shards" in words]
    assert main([*command, "--home", str(tmp_path / "other")]) == 0
    manifest = tmp_path / f"{command[-1]}.manifest.json"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert sorted([*names, manifest.name]) == sorted(archive.namelist())
        assert [archive.read(name) for name in names] == [(tmp_path / name).read_bytes() for name in names]
        assert json.loads(archive.read(manifest.name))["files"] == json.loads(manifest.read_text())["files"]


def test_the_card_is_seen_beforehand_and_pushed_where_the_app_may(store, page, monkeypatch):
    assert "Make the proof above first" in said(page)
    button(page, "Make the proof").click().run()
    do(store, "bundle")
    page = page.run()
    assert any("size_categories" in each.value for each in page.code) and "pushes nothing itself" in said(page)
    with serving() as hub:
        become_hub(hub, monkeypatch)
        monkeypatch.setenv("HF_TOKEN", "hf_not_a_real_token")
        monkeypatch.setenv("GAMUT_ALLOW_PUSH", "1")
        page.text_input(key="push name").set_value("org/mine")
        button(page.run(), "Push to the hub").click().run()
        assert not page.exception
        monkeypatch.delenv("GAMUT_ALLOW_PUSH")
        with pytest.raises(UserError, match="may not push"):
            do(store, "push")
        monkeypatch.setenv("GAMUT_ALLOW_PUSH", "1")
        do(store, "push")
        page = page.run()
        assert not page.exception
        assert "README.md" in hub.pushed and any("Pushed" in each.value for each in page.success)
