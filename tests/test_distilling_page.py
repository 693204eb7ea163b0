"""A static model on the Data page: asked for, held against the encoder, and used only then."""

import json
from pathlib import Path

import pytest
import streamlit as st

from core import work
from core.progress import silent
from core.workspace import Workspace
from tests.app_script import button, do, empty_store, open_page, said
from tests.test_encoders import words
from tests.tiny_model import make_tiny_model


@pytest.fixture
def store(tmp_path, monkeypatch):
    found = empty_store(tmp_path / "home", monkeypatch)
    rows = dict.fromkeys(words(1100, seed=5))
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in rows))
    key = work.read(found, {"paths": [str(tmp_path / "pool.jsonl")]}, silent)["dataset"]
    folder = make_tiny_model(tmp_path / "model", max_tokens=32)
    Workspace(found).change(key, encoder=str(folder))
    return found


def test_how_it_agrees_is_said_before_it_is_used(store, monkeypatch):
    page = open_page("1_Data")
    button(page, "Make one and compare").click().run()
    do(store, "distill")
    page = open_page("1_Data")
    assert "of the 10 nearest rows are the encoder's (by chance" in said(page)
    assert "times as fast" in said(page)
    (entry,) = Workspace(store).entries()
    assert not Path(entry.encoder).name.startswith("static-")
    before = entry.encoder
    asked = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: "0.0.0.0" if name == "server.address" else asked(name))
    button(page, "Use the static model").click().run()
    assert not page.exception
    (entry,) = Workspace(store).entries()
    assert Path(entry.encoder).name == "static-model"
    assert "Make one and compare" not in [each.label for each in page.main.button]
    assert not page.error  # also where others reach the server: it was made there
    Workspace(store).change(entry.dataset, encoder=before)
    store.clean(("models",))
    page = open_page("1_Data")
    assert not page.exception
    button(page, "Make one and compare")  # what is not there any more is not offered
    assert "Use the static model" not in [each.label for each in page.main.button]


def test_an_open_page_does_not_undo_what_was_set_elsewhere(store):
    page = open_page("1_Data")
    (entry,) = Workspace(store).entries()
    (field,) = [each for each in page.main.text_input if each.label == "Model"]
    assert field.value == entry.encoder
    Workspace(store).change(entry.dataset, encoder="default")  # another visitor, or "Use the static model"
    page.run()  # the browser sends what its fields hold
    (entry,) = Workspace(store).entries()
    assert entry.encoder == "default"
    (field,) = [each for each in page.main.text_input if each.label == "Model"]
    assert field.value == "default"
