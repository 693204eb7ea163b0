"""Every page opens on an empty home folder and says what to do, on a wide screen and on a phone, in light and dark."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize

from .conftest import ROOT, Server, rest, serving, settle

PAGES = sorted(path.stem.split("_", 1)[1] for path in (ROOT / "pages").glob("*.py"))
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
LOOKS: list[tuple[Literal["light", "dark"], ViewportSize]] = [
    ("light", WIDE),
    ("light", PHONE),
    ("dark", PHONE),
    ("dark", WIDE),
]
# How bright the page is behind its text, from 0 to 255.
_BRIGHTNESS = """() => {
    const colour = getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor;
    return Math.max(...colour.match(/\\d+/g).slice(0, 3).map(Number));
}"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path, tmp_path / "home") as found:
        yield found


def test_every_page_opens_with_nothing_in_it(page: Page):
    for name in ["", *PAGES]:
        page.goto(f"/{name}")
        settle(page)
        page.get_by_role("heading", level=1).first.wait_for()
        for scheme, size in LOOKS:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(size)
            rest(page)
            assert page.get_by_test_id("stException").count() == 0
            assert (page.evaluate(_BRIGHTNESS) < 128) == (scheme == "dark")
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name or 'the front page'} is {wide} pixels wider than a screen of {size['width']}"
