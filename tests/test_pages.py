"""What the pages do with odd texts, values and faults, without a browser."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from core import work
from core.errors import UserError
from core.jobs import Jobs
from core.progress import silent
from core.workspace import Workspace
from pages.ui import bring_in, state
from pages.ui.words import cell, cells, json_value, plain
from tests.app_script import empty_store, open_page

JOIN = "\u2060"


@pytest.mark.parametrize(
    "text",
    [":material/home:", ":streamlit:", "a -> b", "<-", "--", ">=", "<=", "~=", "https://a.example", "www.a.example"],
)
def test_what_streamlit_would_turn_into_something_else_is_broken_by_a_sign_without_width(text):
    shown = plain(text).replace("\\", "")
    assert JOIN in shown
    assert shown.replace(JOIN, "") == text


def test_a_cell_holds_what_a_table_and_a_browser_can_show():
    assert cell(None) is None
    assert cell(2**70) == str(2**70)
    assert cell(7) == 7
    assert cell(True) == "True"
    cell("a\ud800b").encode()
    assert json_value({"a": [2**70, None, {"b": "\udc00"}]}) == {"a": [str(2**70), None, {"b": "\ufffd"}]}


def test_numbers_beside_texts_in_a_column_are_texts():
    assert cells([1, None, {"x": [1]}, 2.5, True]) == ["1", None, "{'x': [1]}", "2.5", "True"]
    assert cells([1, None, 2.5]) == [1, None, 2.5]


def test_values_of_all_kinds_in_a_column_are_a_table_of_the_data_page(opened, tmp_path):
    store, _ = opened
    path = tmp_path / "mixed.jsonl"
    path.write_text('{"text": "a", "v": 1}\n{"text": "b", "v": {"x": [1]}}\n{"text": "c", "w": "s"}\n')
    work.read(store, {"paths": [str(path)]}, silent)
    page = open_page("1_Data")
    assert not page.exception
    (first,) = [each.value for each in page.dataframe if "v" in each.value]
    assert first["v"].fillna("").tolist() == ["1", "{'x': [1]}", ""]


def test_a_home_of_nobody_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match="no path"):
        bring_in.below(tmp_path, "~nobody-of-that-name/x")


@pytest.fixture
def opened(tmp_path, monkeypatch):
    """A dataset that is read but not embedded, in a home folder of its own."""
    store = empty_store(tmp_path / "home", monkeypatch)
    file = tmp_path / "numbers.jsonl"
    file.write_text("".join(json.dumps({"a": i, "b": i * 2}) + "\n" for i in range(8)))
    key = work.read(store, {"paths": [str(file)]}, silent)["dataset"]
    return store, key


def test_embeddings_that_a_cleaning_took_away_are_no_embeddings(opened):
    store, key = opened
    workspace = Workspace(store)
    workspace.change(key, embeddings="0" * 64, encoder_title="gone")
    found = workspace.get(key)
    assert found is not None
    assert found.embeddings is None
    assert [entry.embeddings for entry in workspace.entries()] == [None]


def test_roles_set_to_none_leave_the_roles_within_reach(opened):
    store, key = opened
    workspace = Workspace(store)
    workspace.change(key, template={"kind": "both", "column": None, "pattern": None})
    page = open_page("1_Data")
    assert len(page.error) == 1
    assert "fault of Gamut" not in page.error[0].value
    assert {"Prompt", "Text", "Text to embed"} <= {box.label for box in page.selectbox}


def test_the_same_rows_read_again_go_by_the_name_of_their_latest_file(opened, tmp_path):
    store, key = opened
    assert open_page("1_Data", d=key).subheader[0].value == r"numbers\.jsonl"
    again = tmp_path / "renamed.jsonl"
    again.write_bytes((tmp_path / "numbers.jsonl").read_bytes())
    assert work.read(store, {"paths": [str(again)]}, silent)["dataset"] == key
    assert open_page("1_Data", d=key).subheader[0].value == r"renamed\.jsonl"


def test_what_the_user_can_mend_is_no_fault_of_gamut():
    def script() -> None:
        from core.errors import UserError
        from pages.ui.frame import guarded

        def draw() -> None:
            raise UserError("Row 3 is odd.")

        guarded(draw)

    page = AppTest.from_function(script).run()
    assert "Row 3 is odd" in page.error[0].value.replace("\\", "")
    assert "fault of Gamut" not in page.error[0].value


def test_a_list_column_is_a_way_out_where_there_is_no_text(opened):
    store, key = opened
    Workspace(store).change(key, template={"kind": "both", "column": None, "pattern": None})
    page = open_page("1_Data")
    assert any("Vectors of your own need none" in words.value for words in page.markdown)


@pytest.mark.parametrize(("address", "local"), [(None, False), ("0.0.0.0", False), ("localhost", True), ("::1", True)])
def test_a_server_is_local_only_where_it_is_bound_to_this_machine(address, local, tmp_path, monkeypatch):
    """`streamlit run app.py` from another folder finds no configuration: it then listens to everybody."""
    monkeypatch.setattr("streamlit.get_option", lambda name: address if name == "server.address" else None)
    monkeypatch.delenv("GAMUT_DATA_ROOT", raising=False)
    assert state.data_root() is None, "no file is opened by path unless a folder was named for it"
    if local:
        state.check_encoder(str(tmp_path))
    else:
        with pytest.raises(UserError, match="below the server's data folder"):
            state.check_encoder(str(tmp_path))


def test_a_page_shows_the_embedding_that_it_waits_for(opened):
    store, key = opened
    Jobs(store).submit("embed", "Embed numbers", dataset=key)
    page = open_page("2_Map")
    assert "Cancel" in [button.label for button in page.main.button]
    assert not [words for words in page.info if "not embedded yet" in words.value]
