"""Every control of every page is used once in a browser, with any value, and none makes a page fail."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from core.store import Store
from core.workspace import Workspace
from tests.browser.conftest import USED, Server
from tests.browser.sample import NARROW
from tests.browser.steps import lasso
from tests.browser.sweeping import Sweep, quiet
from tests.browser.watched import controls

# Controls that no browser test uses, each with what keeps it out of reach there, and which other test uses it.
UNREACHED: dict[str, str] = {}


@pytest.fixture
def server(sample_server: Server) -> Server:
    return sample_server


def as_it_is(page: Page) -> None:
    """Nothing more is done before the sweep."""


def with_a_row_open(page: Page) -> None:
    """Rows are selected on the map, and the first of them is read."""
    if "&p=" not in page.url:
        lasso(page)
    table = page.get_by_test_id("stMain").get_by_test_id("stDataFrame").first
    table.click(position={"x": 15, "y": 52})
    quiet(page)


PAGES: dict[str, Callable[[Page], None]] = {
    "Help": as_it_is,
    "Measure": as_it_is,
    "Compare": as_it_is,
    "Select": as_it_is,
    "Refine": as_it_is,
    "Export": as_it_is,
    "Map": with_a_row_open,
}


@pytest.mark.parametrize("name", PAGES)
def test_every_control_that_a_page_shows_is_used_and_none_makes_it_fail(page: Page, prepared: str, name: str):
    Sweep(page, prepare=PAGES[name]).run(f"/{name}{prepared}")


def test_every_control_of_the_sidebar_is_used(page: Page, prepared: str):
    Sweep(page, place="stSidebar").run(f"/Help{prepared}")


def test_every_control_of_the_data_page_is_used(page: Page, sample_home: tuple[Path, str]):
    """With the small dataset, which is set up otherwise by that, and closed in the end."""
    entry = next(each for each in Workspace(Store(sample_home[0])).entries() if each.name == NARROW.name)
    Sweep(page).run(f"/Data?d={entry.dataset}")


def test_nothing_that_the_source_has_is_left_that_no_browser_test_used(request: pytest.FixtureRequest):
    """The last of the browser tests: it reads what all of them have used."""
    files = {item.path.name for item in request.session.items if item.path.parent == Path(__file__).parent}
    if missing := {path.name for path in Path(__file__).parent.glob("test_*.py")} - files:
        pytest.skip(f"runs with all browser tests; {', '.join(sorted(missing))} did not run")
    every, used = controls(), set(USED.read_text(encoding="utf-8").splitlines())
    assert every - used <= set(UNREACHED), "used in no browser test, and not said why"
