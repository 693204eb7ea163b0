"""What the worker does, in this process: a dataset is read, set up, embedded and studied."""

import threading
from pathlib import Path

import pytest

from core import work
from core.progress import silent
from core.store import Store
from core.template import Template
from core.workspace import Entry, Workspace


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture
def entry(store: Store, tmp_path: Path) -> Entry:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"prompt": "one", "response": "two"}\n{"prompt": "three", "response": "four"}\n')
    found = Workspace(store).get(work.read(store, {"paths": [str(path)]}, silent)["dataset"])
    assert found is not None
    return found


def asked(entry: Entry) -> dict[str, object]:
    names = ("dataset", "roles", "template", "encoder", "leave_out_empty")
    return {name: getattr(entry, name) for name in names}


def test_an_embedding_belongs_to_the_set_up_that_it_was_asked_for(store, entry):
    work.embed(store, asked(entry), silent)
    kept = Workspace(store).get(entry.dataset)
    assert Workspace(store).study(kept).texts == ["one\ntwo", "three\nfour"]


@pytest.mark.parametrize(
    "change",
    [
        {"template": Template("prompt").as_json()},
        {"encoder": "another"},
        {"leave_out_empty": True},
        {"roles": {"prompt": "response"}},
    ],
)
def test_a_set_up_that_was_changed_meanwhile_does_not_get_the_vectors_of_the_old_one(store, entry, change):
    workspace = Workspace(store)

    def meanwhile(share: float, message: str) -> None:
        workspace.change(entry.dataset, **change)

    work.embed(store, asked(entry), meanwhile)
    now = workspace.get(entry.dataset)
    assert now is not None
    assert now.embeddings is None
    assert all(getattr(now, name) == value for name, value in change.items())


def test_a_score_column_that_was_named_meanwhile_changes_no_text(store, entry):
    workspace = Workspace(store)

    def meanwhile(share: float, message: str) -> None:
        workspace.change(entry.dataset, roles={**entry.roles, "label": "prompt"})

    work.embed(store, asked(entry), meanwhile)
    assert workspace.get(entry.dataset).embeddings is not None


def test_a_dataset_that_was_closed_meanwhile_stays_closed(store, entry):
    workspace = Workspace(store)
    work.embed(store, asked(entry), lambda share, message: workspace.close(entry.dataset))
    assert workspace.get(entry.dataset) is None


def test_a_dataset_that_is_closed_while_it_is_changed_stays_closed(store, entry, monkeypatch):
    workspace, put = Workspace(store), Workspace.put
    closing = threading.Thread(target=workspace.close, args=(entry.dataset,))

    def slowly(self, changed):
        closing.start()
        closing.join(0.1)
        return put(self, changed)

    monkeypatch.setattr(Workspace, "put", slowly)
    workspace.change(entry.dataset, leave_out_empty=True)
    closing.join()
    assert workspace.get(entry.dataset) is None


def test_a_file_that_is_opened_again_under_another_name_goes_by_that(store, entry, tmp_path):
    (tmp_path / "rows.jsonl").rename(tmp_path / "renamed.jsonl")
    work.read(store, {"paths": [str(tmp_path / "renamed.jsonl")]}, silent)
    now = Workspace(store).get(entry.dataset)
    dataset = Workspace(store).dataset(now)
    assert (now.name, dataset.name, dataset.sources[0].name) == ("renamed.jsonl",) * 3


def test_a_set_up_kept_by_another_version_is_read(store, entry):
    path = Workspace(store).folder / f"{entry.dataset}.json"
    path.write_text(path.read_text().replace("{", '{"gone": 1, ', 1))
    assert Workspace(store).get(entry.dataset) == entry
