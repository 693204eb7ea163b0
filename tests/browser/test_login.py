"""The login in the browser, by a provider on this machine: nothing is seen before it, and who may not is told so."""

import json

import pytest
from playwright.sync_api import Page, expect

from core import work
from core.progress import silent
from core.store import Store
from tests.browser.conftest import serving, settle
from tests.browser.steps import sidebar
from tests.oidc_provider import providing, secrets_of


@pytest.fixture
def private(tmp_path):
    """The app behind a login, with a dataset that strangers must not see even the name of."""
    (tmp_path / "secret_names.jsonl").write_text(json.dumps({"text": "hidden"}) + "\n")
    work.read(Store(tmp_path / "home"), {"paths": [str(tmp_path / "secret_names.jsonl")]}, silent)
    with providing() as provider:
        secrets = tmp_path / "secrets.toml"
        secrets.write_text(secrets_of(provider.url))
        with serving(tmp_path, tmp_path / "home", f"--secrets.files={secrets}", GAMUT_USERS="@example.org") as server:
            yield server


def log_in(page: Page, who: str) -> None:
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name=who).click()
    page.get_by_test_id("stApp").wait_for()
    settle(page)


def test_nothing_is_seen_before_the_login_and_all_is_after_it(private, browser):
    server = private
    context = browser.new_context(base_url=server.url)
    context.set_default_timeout(30_000)
    page = context.new_page()
    frames: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(_bytes(frame))))
    page.goto("/Help?pr=unknown&p=abc")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    expect(page.get_by_text("you come to the link that you followed")).to_be_visible()
    settle(page)
    assert frames and not any(b"secret_names" in frame for frame in frames), "not even the names of datasets are sent"

    log_in(page, "eve")
    expect(page.get_by_text("Eve may not use this server")).to_be_visible()
    assert not any(b"secret_names" in frame for frame in frames)
    page.get_by_role("button", name="Log out").click()

    log_in(page, "ada")
    expect(page.get_by_role("heading", name="Help", level=1)).to_be_visible()  # the link that was opened at first
    assert "/Help?" in page.url and "p=abc" in page.url
    expect(sidebar(page).get_by_role("combobox", name="Dataset")).to_have_value("secret_names.jsonl (1)")
    expect(sidebar(page).get_by_text("Logged in as Ada <b>Lovelace</b>")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Help", level=1)).to_be_visible()
    sidebar(page).get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('gamut:link')") is None, "nobody else is led to an earlier link"
    context.close()
    assert not any("Traceback" in text for text in server.logged())


def _bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame
