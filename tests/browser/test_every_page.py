"""Every page opens on an empty home folder and says what to do, on a wide screen and on a phone, in light and dark."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from .conftest import ROOT, settle

PAGES = sorted(path.stem.split("_", 1)[1] for path in (ROOT / "pages").glob("*.py"))
LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "has_touch": True, "is_mobile": True},
}


@pytest.fixture(params=LOOKS)
def browser_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    return LOOKS[request.param]


def test_every_page_opens_with_nothing_in_it(
    page: Page, screenshot: Callable[[Page, str], Path], request: pytest.FixtureRequest
):
    look = request.node.callspec.params["browser_options"]
    for name in ["", *PAGES]:
        page.goto(f"/{name}")
        settle(page)
        page.get_by_role("heading", level=1).first.wait_for()
        assert page.get_by_test_id("stException").count() == 0
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name or 'the front page'} is {wide} pixels wider than the screen"
        screenshot(page, f"{name or 'front'}-{look}")
