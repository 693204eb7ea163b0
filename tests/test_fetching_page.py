"""The Data page brings in a dataset of the hub, and an address; what cannot be had is said where it was asked for."""

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import UserError
from core.jobs import Jobs
from core.workspace import Workspace
from pages.ui import bring_in, commands
from tests.app_script import button, do, empty_store, open_page, said
from tests.fake_web import COMMIT, FakeWeb, become_hub, serving


@pytest.fixture
def hub(monkeypatch) -> Iterator[FakeWeb]:
    with serving() as server:
        become_hub(server, monkeypatch)
        rows = b"".join(b'{"prompt": "say %d", "response": "it is %d"}\n' % (i, i) for i in range(40))
        server.datasets = {"org/name": {"train.jsonl": rows, "test.jsonl": rows[:400]}}
        yield server


def field(page: AppTest, label: str):
    return next(each for each in [*page.text_input, *page.number_input, *page.selectbox] if each.label == label)


def way(page: AppTest, name: str) -> AppTest:
    return page.pills(key="way in").set_value(name).run()


def test_a_dataset_of_the_hub_is_looked_up_sampled_and_opened(hub, tmp_path, monkeypatch):
    store = empty_store(tmp_path / "home", monkeypatch)
    page = way(open_page("1_Data"), "Hugging Face hub")
    field(page, "Dataset").set_value("org/nothing")
    button(page.run(), "Look it up").click().run()
    assert "no dataset org/nothing that you may see" in said(page)
    field(page, "Dataset").set_value("org/name")
    button(page.run(), "Look it up").click().run()
    assert not page.exception and f"commit {COMMIT[:10]}" in said(page)
    assert field(page, "Split").options == ["test", "train"] and field(page, "Split").value == "train"
    page.segmented_control(key="hub rows").set_value("A sample").run()
    field(page, "How many").set_value(10).run()
    button(page, "Draw 10 rows from 1.78 kB").click().run()
    do(store, "fetch")
    page = page.run()
    assert not page.exception and not page.error and f"name@{COMMIT}" in said(page)
    (entry,) = Workspace(store).entries()
    assert (entry.name, entry.rows) == ("name", 10)
    address = f"hf://datasets/org/name@{COMMIT}#config=default,split=train,rows=10,seed=0"
    assert commands.source_words(Workspace(store).dataset(entry)) == [address]


def test_without_a_network_and_for_a_private_address_a_sentence_stands_there(hub, tmp_path, monkeypatch):
    from huggingface_hub import constants

    store = empty_store(tmp_path / "home", monkeypatch)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    page = way(open_page("1_Data"), "Hugging Face hub")
    field(page, "Dataset").set_value("org/name")
    button(page.run(), "Look it up").click().run()
    assert not page.exception and "HF_HUB_OFFLINE" in said(page) and "open them as files" in said(page)
    page = way(page, "Address")
    for given, why in {
        "file:///etc/passwd": "no address that Gamut opens",
        "http://a:b@host/x.jsonl": "password",
        "hf://datasets/org/name": "under Hugging Face hub",
    }.items():
        field(page, "Address").set_value(given).run()
        button(page, "Fetch").click().run()
        assert not page.exception and why in said(page), given
    assert not Jobs(store).all(), "and nothing of it is written down"
    field(page, "Address").set_value(f"{hub.url}/x.jsonl").run()
    button(page, "Fetch").click().run()
    with pytest.raises(UserError, match="own network"):
        do(store, "fetch")


def test_a_folder_is_opened_by_its_path_unless_a_file_in_it_leads_out(tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside.jsonl"
    (root / "shards").mkdir(parents=True)
    (root / "shards" / "a.jsonl").write_text("{}")
    assert bring_in.below(root, "shards", folders=True) == root / "shards"
    with pytest.raises(UserError, match="no file"):
        bring_in.below(root, "shards")
    outside.write_text("{}")
    (root / "shards" / "b.jsonl").symlink_to(outside)
    with pytest.raises(UserError, match="leads out"):
        bring_in.below(root, "shards", folders=True)
