"""The widget that names a language model, and which names a server refuses that others reach."""

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import UserError
from pages.ui import state


def script(proxy: bool, usual: str) -> None:
    import streamlit as st

    from pages.ui.language_models import choose_model

    st.session_state["chosen"] = choose_model("m", proxy=proxy, help="It scores the answers.", usual=usual)


def run(proxy: bool = True, usual: str = "proxy") -> AppTest:
    page = AppTest.from_function(script, kwargs={"proxy": proxy, "usual": usual}).run()
    assert not page.exception
    return page


def test_the_proxy_is_chosen_at_first_and_called_what_it_is():
    page = run()
    assert page.session_state["chosen"] == "proxy"
    assert "no judge of how your model will fare" in page.caption[0].value
    assert not page.text_input


def test_a_model_of_ones_own_is_named_and_until_then_there_is_none():
    page = run()
    page.radio[0].set_value("own").run()
    assert page.session_state["chosen"] == ""
    page.text_input[0].set_value("  org/model ").run()
    assert page.session_state["chosen"] == "org/model"
    assert not page.caption, "what is said of the proxy is not said of another model"


def test_the_model_of_the_last_time_is_there_again():
    page = run(usual="models/my-llm")
    assert page.session_state["chosen"] == "models/my-llm"


def test_where_the_proxy_is_not_offered_a_name_is_asked_for():
    page = run(proxy=False)
    assert not page.radio
    page.text_input[0].set_value("proxy").run()
    assert page.session_state["chosen"] == "proxy"


def test_a_server_for_others_takes_folders_below_its_data_root_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("streamlit.get_option", lambda name: "0.0.0.0" if name == "server.address" else None)
    monkeypatch.delenv("GAMUT_DATA_ROOT", raising=False)
    for name in ("", "proxy", "org/model", "org/model@main"):
        state.check_model(name)
    inside, outside = tmp_path / "root" / "model", tmp_path / "other"
    for folder in (inside, outside):
        folder.mkdir(parents=True)
        with pytest.raises(UserError, match="a language model is named by its hub name"):
            state.check_model(str(folder))
    monkeypatch.setenv("GAMUT_DATA_ROOT", str(tmp_path / "root"))
    state.check_model(str(inside))
    for name in (str(outside), f"{inside}/../../other", "~nobody-of-this-name/x", "a\x00b"):
        with pytest.raises(UserError):
            state.check_model(name)


def test_a_refused_name_is_a_sentence_and_no_model(tmp_path, monkeypatch):
    page = run(proxy=False)
    monkeypatch.setattr("pages.ui.state.is_local", lambda address: False)
    page.text_input[0].set_value(str(tmp_path)).run()
    assert not page.exception
    assert page.session_state["chosen"] == ""
    assert "named by its hub name" in page.error[0].value
