"""The login: whatever is wrong with it shows nothing, and whole addresses or domains say who may use the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton

from core.__main__ import main
from core.errors import UserError
from core.members import is_member, members
from tests.app_script import empty_store, open_page, said


@contextmanager
def secrets_in(path: Path, text: str | None) -> Iterator[None]:
    """Streamlit's secrets are those of this file."""
    if text is not None:
        path.write_text(text)
    before = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(path)])
    secrets_singleton._reset()
    try:
        yield
    finally:
        config.set_option("secrets.files", before)
        secrets_singleton._reset()


@pytest.mark.parametrize(
    ("secrets", "users", "says"),
    [
        ("[auth\nbroken", "", "cannot be read"),
        ("[auth]\n", "", "[auth] in the secrets of this server is empty"),
        ('[auth]\nredirect_uri = "x"\n', "", "names no provider"),
        ('[auth]\nclient_id = "x"\n', "", "asks who you are"),
        (None, "@example.org", "no login is set up"),
        (None, "*", "neither an address"),
    ],
)
def test_what_is_wrong_with_the_login_shows_nothing(secrets, users, says, tmp_path, monkeypatch):
    empty_store(tmp_path / "home", monkeypatch)
    monkeypatch.setenv("GAMUT_USERS", users)
    with secrets_in(tmp_path / "secrets.toml", secrets):
        page = open_page("1_Data")
    assert says in said(page)
    assert not page.sidebar.selectbox and not page.main.selectbox and not page.sidebar.button


def test_without_secrets_or_with_others_nothing_is_asked(tmp_path, monkeypatch):
    empty_store(tmp_path / "home", monkeypatch)
    with secrets_in(tmp_path / "secrets.toml", 'other = "x"\n'):
        page = open_page("1_Data")
    assert "Bring a dataset in" in said(page)


def test_who_may_use_the_server(monkeypatch):
    monkeypatch.setenv("GAMUT_USERS", " Ada@example.org, @lab.example ")
    allowed = members()
    assert is_member({"email": "ADA@EXAMPLE.ORG"}, allowed) and is_member({"email": "bob@lab.example"}, allowed)
    for email in ("eve@example.org", "x@sub.lab.example", "x@lab.example@evil.example", "@", "", None, 3):
        assert not is_member({"email": email}, allowed), email
    assert not is_member({"email": "ada@example.org", "email_verified": False}, allowed)
    assert not is_member({}, allowed) and is_member({}, ())
    kelvin = "\N{KELVIN SIGN}"  # a small k to Python, as ß is ss
    for theirs, own in ((f"ada@{kelvin}.example", "@k.example"), ("ada@straße.example", "@strasse.example")):
        monkeypatch.setenv("GAMUT_USERS", own)
        assert not is_member({"email": theirs}, members()) and is_member({"email": f"Ada{own.upper()}"}, members())
    for wrong in ("ada", "a@b@c", "@", "*@example.org", "a b@example.org", ",", " , "):
        monkeypatch.setenv("GAMUT_USERS", wrong)
        with pytest.raises(UserError):
            members()


def test_the_app_does_not_start_with_secrets_that_name_no_login(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GAMUT_HOME", str(tmp_path / "home"))
    for text, says in (("[auth\n", "cannot be read"), ("x = 1\n", "has no [auth]"), (None, "cannot be read")):
        path = tmp_path / "s.toml"
        path.unlink(missing_ok=True)
        if text:
            path.write_text(text)
        assert main(["app", "--secrets", str(path)]) == 2
        assert says in capsys.readouterr().err
