"""Scores by a language model in the app: asked for, done beside the dataset, gone on from, and the same elsewhere."""

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core import work
from core.__main__ import main
from core.choice import Choice
from core.dataset import Dataset
from core.errors import Cancelled, UserError
from core.jobs import Jobs
from core.manifest import file_record, manifest
from core.progress import silent
from core.recipe import Recipe
from core.scored_rows import Scoring, score_rows, scored_name
from core.store import Store, write_json
from core.workspace import Entry, Workspace
from pages.ui.commands import scoring_commands
from tests.app_script import button, do, empty_store, go, open_page, open_rows, said
from tests.tiny_language_model import make_tiny_language_model

PAGE = "1_Data"
MARKUP = "**bold** <b> :red[x]"
N = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_language_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pages.ui.state.is_local", lambda address: True)  # so that folders may be named
    return empty_store(tmp_path / "home", monkeypatch)


def rows() -> list[dict[str, Any]]:
    """Rows with an id, nested values, a name of a column that would be markup, and two without an answer."""
    return [
        {
            "id": f"r{i}",
            "instruction": f"say {i}",
            "output": "" if i in (4, 9) else "yes " * (i % 5) + "no",
            MARKUP: {"deep": [1, None, {"a": 2**60 + i}]},
            "gamut_ifd": i,
        }
        for i in range(N)
    ]


@pytest.fixture
def entry(store: Store, tmp_path: Path) -> Entry:
    return open_rows(store, tmp_path / "pool.jsonl", rows(), np.random.default_rng(0).normal(size=(N, 6)))


def widget(page: AppTest, start: str) -> Any:
    return next(each for each in page.main if (each.key or "").startswith(start))


def ask(page: AppTest, model: Path | str, *scores: str) -> AppTest:
    """Name the model, tick those scores alone, and press the button."""
    widget(page, "score model:").set_value("own").run()
    (name,) = [each for each in page.text_input if each.key.endswith(":name")]
    for score in ("log_perplexity", "ifd", "generation_gap"):
        widget(page, f"score {score}:").set_value(score in scores)
    name.set_value(str(model)).run()
    return button(page, "Score 40 rows").click().run()


def args(entry: Entry, model: Path | str, **how: Any) -> dict[str, Any]:
    return {"dataset": entry.dataset, "roles": entry.roles, "scoring": Scoring(str(model), **how).as_json()}


def scored(store: Store, entry: Entry, model: Path | str, **how: Any) -> Entry:
    """The dataset of scored rows that the job makes of an open one."""
    key = work.score(store, args(entry, model, **how), silent)["dataset"]
    found = Workspace(store).get(key)
    assert found is not None
    return found


def written(store: Store, entry: Entry) -> Path:
    (path,) = store.home.glob(f"uploads/*/{entry.files[0]}")
    return path


def test_rows_are_scored_from_the_page_which_then_shows_them(store, entry, folder):
    page = ask(open_page(PAGE, d=entry.dataset), folder, "log_perplexity", "ifd")
    assert "Waiting for the work before it" in " ".join(each.text for each in page.main.get("progress"))
    job = Jobs(store).find(do(store, "score"))
    page.run()
    assert not page.exception
    assert job.result["dataset"] in page.query_params["d"], "the page goes to the scored rows"
    words = said(page) + " ".join(each.value for each in page.success).replace("\\", "").replace("\u2060", "")
    assert "Scored by tiny on CPU" in words
    assert "38 of 40 rows have every score. These are the rows of pool.jsonl" in words
    assert "2 of 40 rows have no score: there is no answer." in words
    assert "The dataset has a column gamut_ifd already, so the new one is called gamut_ifd_." in words
    titles = [json.loads(each.proto.spec)["layout"]["title"]["text"] for each in page.get("plotly_chart")]
    assert any("half of the" in title.replace("<br>", " ") for title in titles)

    page = open_page(PAGE, d=entry.dataset)
    assert "are open as pool_scored.jsonl" in " ".join(each.value for each in page.success).replace("\\", "")
    button(page, "Open it").click().run()
    assert job.result["dataset"] in page.query_params["d"]


def test_the_scored_rows_keep_every_column_the_vectors_the_ids_and_the_set_up(store, entry, folder):
    found = scored(store, entry, folder)
    study, before = Workspace(store).study(found), Workspace(store).study(entry)
    assert found.embeddings == entry.embeddings
    assert np.array_equal(study.embeddings.vectors, before.embeddings.vectors)
    assert study.ids == before.ids == [f"r{i}" for i in range(N)]
    assert study.texts == before.texts
    records = study.dataset.records(range(N))
    assert [
        {k: v for k, v in record.items() if k not in found.scored["columns"].values()} for record in records
    ] == rows()
    assert [(each["column"], each["higher_is_better"]) for each in found.roles["quality"]] == [
        ("gamut_ifd_", True),
        ("gamut_log_perplexity", False),
    ]
    again = Workspace(store).get(entry.dataset)
    assert again == entry, "the dataset that was scored is as it was"


def test_texts_are_not_embedded_again(store, tmp_path, folder):
    lines = rows()[:12]
    path = tmp_path / "few.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + json.dumps({"id": "e", "instruction": " "}))
    workspace = Workspace(store)
    key = work.read(store, {"paths": [str(path)]}, silent)["dataset"]
    first = workspace.change(key, leave_out_empty=True)
    names = ("dataset", "roles", "template", "encoder", "leave_out_empty")
    work.embed(store, {name: getattr(first, name) for name in names}, silent)
    found = scored(store, workspace.get(key), folder)
    assert found.embeddings == workspace.get(key).embeddings is not None
    assert len(workspace.study(found)) == 12
    assert len(list((store.home / "embeddings").iterdir())) == 1


@pytest.mark.parametrize("scores", [("log_perplexity", "ifd"), ("generation_gap",)])
def test_the_page_the_command_line_and_python_write_the_same_bytes(store, entry, folder, tmp_path, scores, capsys):
    page = ask(open_page(PAGE, d=entry.dataset), folder, *scores)
    job = Jobs(store).find(do(store, "score"))
    found = Workspace(store).get(job.result["dataset"])
    content = written(store, found).read_bytes()
    (command,) = scoring_commands(found)
    assert main([*shlex.split(command)[1:], "--home", str(tmp_path / "other"), "--quiet"]) == 0
    assert (tmp_path / "pool_scored.jsonl").read_bytes() == content
    told = capsys.readouterr().err
    assert all(note in told for note in found.scored["notes"])
    dataset = Workspace(store).dataset(entry)
    python = score_rows(dataset, Store(tmp_path / "third"), Scoring(str(folder), scores))
    python.write(tmp_path / "python.jsonl", "jsonl")
    assert (tmp_path / "python.jsonl").read_bytes() == content
    assert not page.exception


def test_a_choice_by_scores_is_made_and_proven_from_the_command_line(store, entry, folder, tmp_path):
    ask(open_page(PAGE, d=entry.dataset), folder, "log_perplexity")
    found = Workspace(store).get(Jobs(store).find(do(store, "score")).result["dataset"])
    recipe = Recipe((Choice("quality", "7", quality=("gamut_log_perplexity", False), missing="lowest"),))
    study = Workspace(store).study(found)
    Jobs(store).submit(
        "select", "Choose", dataset=found.dataset, reference=None, recipe=recipe.as_json(), metrics=[], random_seeds=[]
    )
    page = open_page("7_Export", d=found.dataset, s=do(store, "select"))
    shown = next(code.value for code in page.code if "gamut select" in code.value)
    first, second = shown.splitlines()
    assert first.startswith("gamut score pool.jsonl --model")
    assert second.startswith("gamut select pool_scored.jsonl")
    check = next(code.value for code in page.code if code.value.startswith("gamut verify"))
    home = ["--home", str(tmp_path / "other")]
    for command in (first, second, check):
        assert main([*shlex.split(command)[1:], *(home if "verify" not in command else [])]) == 0, command
    selection = study.follow(recipe).selection
    proof = tmp_path / "proof.json"
    subset = tmp_path / shlex.split(second)[-1]
    write_json(proof, manifest(study, selection, recipe, files=[file_record(subset, "jsonl")]))
    vectors = ["--embeddings", "pool.npy"]
    assert main(["verify", str(proof), "--data", "pool_scored.jsonl", "--subset", str(subset), *vectors]) == 0
    assert main(["replay", str(proof), "--data", "pool_scored.jsonl", *vectors, *home]) == 0


def test_what_was_scored_before_a_cancel_is_not_scored_again(store, entry, folder, monkeypatch):
    from core.lm import LanguageModel

    monkeypatch.setattr("core.lm.scoring._STRETCH", 8)
    asked: list[int] = []
    losses = LanguageModel.losses
    monkeypatch.setattr(LanguageModel, "losses", lambda self, batch: asked.append(len(batch)) or losses(self, batch))

    def stop(share: float, message: str) -> None:
        if "Scored 16 of" in message:
            raise Cancelled

    with pytest.raises(Cancelled):
        work.score(store, args(entry, folder), stop)
    assert len(Workspace(store).entries()) == 1, "nothing half done is open"
    before = sum(asked)
    key = work.score(store, args(entry, folder), silent)["dataset"]
    assert sum(asked) == 2 * 38, "every answer given its prompt and alone, once"
    assert before >= 2 * 16
    whole = scored(Store(store.home.parent / "other"), _opened_elsewhere(store, entry), folder)
    assert whole.dataset == key


def _opened_elsewhere(store: Store, entry: Entry) -> Entry:
    other = Store(store.home.parent / "other")
    work.read(other, {"paths": [str(store.home.parent / "pool.jsonl")]}, silent)
    found = Workspace(other).get(entry.dataset)
    assert found is not None
    return found


def test_a_model_that_is_not_there_is_a_sentence_and_nothing_is_lost(store, entry, tmp_path):
    for name, words in ((tmp_path / "nowhere", "There is no folder"), (tmp_path, "holds no language model")):
        with pytest.raises(UserError, match=words):
            work.score(store, args(entry, name), silent)
    broken = make_tiny_language_model(tmp_path / "broken")
    (broken / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(UserError, match="cannot be loaded as a causal language model"):
        work.score(store, args(entry, broken), silent)
    assert Workspace(store).entries() == [entry]


def test_rows_without_any_answer_are_refused_before_and_after(store, tmp_path, folder):
    path = tmp_path / "prompts.jsonl"
    path.write_text("".join(json.dumps({"prompt": f"ask {i}", "topic": "a" * i}) + "\n" for i in range(5)))
    entry = Workspace(store).get(work.read(store, {"paths": [str(path)]}, silent)["dataset"])
    page = open_page(PAGE, d=entry.dataset)
    assert "No column is the answer yet" in said(page)
    with pytest.raises(UserError, match=r"No row of prompts.jsonl has a score\. 5 of 5 rows have no score"):
        work.score(store, args(entry, folder), silent)


def test_without_a_score_or_a_model_there_is_nothing_to_press(store, entry):
    page = open_page(PAGE, d=entry.dataset)
    assert not button(page, "Score 40 rows").disabled
    widget(page, "score model:").set_value("own").run()
    assert button(page, "Score 40 rows").disabled, "no model is named"
    widget(page, "score model:").set_value("proxy").run()
    for score in ("log_perplexity", "ifd"):
        widget(page, f"score {score}:").set_value(False)
    page.run()
    assert button(page, "Score 40 rows").disabled
    assert "Tick at least one score" in said(page)


def test_a_score_that_is_the_length_of_the_answer_is_said(entry, store, folder):
    found = score_rows(Workspace(store).dataset(entry), store, Scoring(str(folder), ("log_perplexity",)))
    lengths = np.arange(N)
    told = replace(found.found, given=np.where(lengths == 3, np.nan, -2.0 * lengths), counted=lengths)
    (note,) = [each for each in replace(found, found=told).notes() if each.startswith("Mind:")]
    assert "gamut_log_perplexity goes with the length of the answer (rank correlation -1.00)" in note
    assert "a high one is mostly a short answer" in note
    few = replace(told, given=np.where(lengths < 9, told.given, np.nan))
    assert not [each for each in replace(found, found=few).notes() if each.startswith("Mind:")], "of 8 rows"


def test_scores_come_behind_those_that_a_dataset_has(store, tmp_path, folder):
    lines = [{"text": f"text {i}", "score": i} for i in range(12)]
    entry = open_rows(store, tmp_path / "texts.jsonl", lines, np.eye(12))
    found = scored(store, entry, folder, scores=("log_perplexity",))
    assert [each["column"] for each in found.roles["quality"]] == ["score", "gamut_log_perplexity"]


def test_scored_rows_that_are_scored_again_carry_both_commands_and_keep_their_set_up(store, entry, folder):
    first = scored(store, entry, folder, scores=("ifd",))
    workspace = Workspace(store)
    asked = args(first, folder, scores=("ifd",)) | {"commands": [["gamut", "score", "again"]]}
    second = workspace.get(work.score(store, asked, silent)["dataset"])
    assert second.name == "pool_scored_scored.jsonl"
    assert second.scored["columns"] == {"ifd": "gamut_ifd__"}
    assert second.scored["commands"] == [["gamut", "score", "again"]]
    workspace.change(second.dataset, leave_out_empty=True)
    assert work.score(store, asked, silent)["dataset"] == second.dataset
    assert workspace.get(second.dataset).leave_out_empty, "what was set up since stays"


def test_a_dataset_of_several_packed_files_has_a_name_of_its_own(read):
    def called(name: str) -> str:
        found: Dataset = read('{"prompt": "a", "response": "b"}\n', name)
        return scored_name(found)

    assert called("pool.jsonl") == "pool_scored.jsonl"
    assert called("v1.2_pool.csv") == "v1.2_pool_scored.jsonl"
    assert called("-x y'$.jsonl") == "x y'$_scored.jsonl"
    assert called(".jsonl") == "jsonl_scored.jsonl"


def test_a_page_that_is_left_and_reloaded_finds_the_work(store, entry, folder):
    page = ask(open_page(PAGE, d=entry.dataset), folder, "ifd")
    page = go(go(page, "2_Map"), PAGE)
    assert "Cancel" in [each.label for each in page.main.button]
    page = open_page(PAGE, d=entry.dataset)
    (job,) = [job for job in Jobs(store).all() if job.what == "score"]
    Jobs(store).cancel(job.id)
    page = page.run()
    assert "was cancelled" in said(page)
    button(page, "Resume").click().run()
    assert Jobs(store).find(job.id).state == "queued"
