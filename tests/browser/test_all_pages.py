"""Every page with few rows open, embedded, mapped, measured and chosen from: light and dark, wide and on a phone."""

import re
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LONG, Server, rest

SIZES = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ANSWERS = {  # what says on each page that it is whole
    "": "Open datasets",
    "Data": "Embedded: 60 rows",
    "Map": "60 rows by UMAP.",
    "Measure": "Higher is more diverse",
    "Compare": "pool.jsonl is broader than narrow.jsonl on 2 of 2 metrics",
    "Select": "12 rows of 60 by NovelSelect",
    "Refine": "8 of 12 rows in 2 of 3 rounds",
    "Export": "The same subset from the command line",
    "Help": "No single number is diversity",
}
TABS = {  # of the Compare page, with what says that each is whole
    "What one has": "Merge advice, cluster by cluster",
    "One map": "One projection of the rows of all sets",
    "Agreement of metrics": "three sets or more",
    "Robustness": "pool.jsonl and narrow.jsonl: ",
    "Size curves": "Metrics by size",
    "Trust card": "A measure of diversity must fall",
}
# Elements of which a part lies to the right of the screen, where nothing around them can be scrolled to it.
TOO_WIDE = """() => {
    const scrolls = e => e && (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(e).overflowX)
        && e.dataset.testid !== 'stMain' && e.tagName !== 'BODY' || scrolls(e.parentElement));
    return [...document.querySelectorAll('[data-testid="stMain"] *')].filter(e => {
        const place = e.getBoundingClientRect();
        return place.width && place.height && place.right > innerWidth + 1 && !scrolls(e.parentElement);
    }).map(e => `${e.tagName} ${e.dataset.testid ?? ''} ${e.className} ${(e.textContent ?? '').slice(0, 40)}`);
}"""

# Titles of figures whose letters have not the colour of the page's own: those of a scheme that was changed since.
OTHER_INK = """() => {
    const ink = getComputedStyle(document.querySelector('[data-testid="stApp"]')).color;
    return [...document.querySelectorAll('.js-plotly-plot .gtitle')].map(e => getComputedStyle(e).fill)
        .filter(fill => fill !== ink);
}"""


@pytest.fixture
def server(prepared_server: Server) -> Server:
    return prepared_server


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    """The screen on which a test sees the app."""
    return str(request.param)


@pytest.fixture
def browser_options(size: str) -> dict[str, Any]:
    return {"viewport": SIZES[size], "color_scheme": "light"} | (
        {"has_touch": True, "is_mobile": True} if size == "phone" else {}
    )


def is_whole(page: Page, answer: str) -> None:
    """In light and dark, the page says that, no fault, and nothing that lies beyond the right of the screen."""
    expect(page.get_by_test_id("stMain").get_by_text(answer).first).to_be_visible()
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        rest(page)
        expect(page.get_by_test_id("stMain").get_by_text(answer).first).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0
        assert page.get_by_text("This is a fault of Gamut").count() == 0
        assert page.evaluate(TOO_WIDE) == [], answer
        assert page.evaluate(OTHER_INK) == [], answer


def test_every_page_is_whole(page: Page, prepared: str):
    for name, answer in ANSWERS.items():
        page.goto(f"/{name}{prepared}")
        is_whole(page, answer)


def test_every_tab_of_a_comparison_is_shown_whole(page: Page, prepared: str):
    page.goto(f"/Compare{prepared}")
    for name, answer in TABS.items():
        page.get_by_role("tab", name=name).click()
        is_whole(page, answer)


@pytest.mark.parametrize("size", ["wide"])
def test_whether_verdicts_stand_is_found_by_a_click(page: Page, prepared: str):
    page.goto(f"/Compare{prepared}")
    page.get_by_role("tab", name="Robustness").click()
    page.get_by_text("What is done differently, and on how many rows").click()
    rows = page.get_by_role("spinbutton", name="Rows embedded anew")
    rows.fill("30")
    rows.press("Enter")
    tokens = page.get_by_role("combobox", name="Tokens of a text that are read")
    tokens.fill("12")  # a number of one's own
    tokens.press("Enter")
    tokens.press("Escape")
    rest(page)
    page.get_by_role("button", name="Embed 30 rows of each in 2 other ways and compare").click()
    said = page.get_by_text(re.compile(r"pool\.jsonl and narrow\.jsonl: [0-2] of [1-2] differences? stand"))
    notes = page.get_by_text("Of every set the same 30 seeded rows (the comparison above: 40)")
    expect(notes).to_be_visible(timeout=LONG)
    expect(said).to_be_visible()
    rest(page)
    page.get_by_role("link", name="Measure", exact=True).click()
    expect(page.get_by_role("heading", name="Measure", level=1)).to_be_visible()
    rest(page)
    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_role("tab", name="Robustness").click()
    expect(notes).to_be_visible()
    page.reload()
    page.get_by_role("tab", name="Robustness").click()
    expect(notes).to_be_visible()
    expect(said).to_be_visible()
