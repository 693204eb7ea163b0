"""What a person does on the pages. Each step waits until what it does can be seen, so that the next one finds it."""

import math
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import LONG, rest, settle

READ = re.compile("^Read ")  # the button that reads what was uploaded
# The chart in which the mouse does that. Charts that are on their way out are still in the document for a moment.
_CHART = """mode => [...document.querySelectorAll('.js-plotly-plot')].find(
    chart => chart.isConnected && chart._fullLayout?.dragmode === mode && chart.querySelector('.nsewdrag')
        && !chart.closest('[data-stale="true"]'))"""


def main_part(page: Page) -> Locator:
    """The page beside its sidebar."""
    return page.get_by_test_id("stMain")


def sidebar(page: Page) -> Locator:
    return page.get_by_test_id("stSidebar")


def go(page: Page, name: str) -> None:
    """To another page by the sidebar."""
    sidebar(page).get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    settle(page)


def give(page: Page, *paths: Path) -> None:
    """Put files into the uploader, which is folded away while a dataset is open."""
    way_in = page.get_by_test_id("stExpander").filter(has_text="Open a dataset").first
    if way_in.locator("details[open]").count() == 0:
        way_in.locator("summary").first.click()
    way_in.get_by_text("JSONL, JSON, CSV").wait_for()
    way_in.locator('input[type="file"]').set_input_files(paths)
    way_in.get_by_role("button", name=READ).wait_for()
    settle(page)


def upload(page: Page, *paths: Path, name: str | None = None) -> None:
    """Read files through the uploader of the Data page; `name` is what the dataset is then called."""
    give(page, *paths)
    page.get_by_role("button", name=READ).click()
    expect(page.get_by_role("heading", name=name or paths[0].name, level=3)).to_be_visible(timeout=LONG)
    rest(page)  # the time that embedding takes has been estimated, and nothing moves any more


def embed(page: Page) -> None:
    """Embed the open dataset and wait for the end."""
    page.get_by_role("button", name=re.compile("^Embed [0-9]")).click()
    expect(page.get_by_text("See the map")).to_be_visible(timeout=LONG)
    rest(page)


def cancel(page: Page) -> None:
    """Cancel the work that the page is waiting for."""
    main_part(page).get_by_role("button", name="Cancel").click()
    expect(main_part(page).get_by_text("was cancelled")).to_be_visible(timeout=LONG)
    rest(page)


def lasso(page: Page) -> None:
    """Draw a circle with the mouse around the middle of the map."""
    box = _chart(page, "lasso")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    radius = min(box["width"], box["height"]) * 0.4
    turns = [turn / 16 * 2 * math.pi for turn in range(17)]
    places = [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=3)
    page.mouse.up()
    expect(main_part(page).get_by_text("rows selected")).to_be_visible()
    rest(page)


def box(page: Page) -> None:
    """Set the mouse to Box, and draw one over the middle of the map."""
    main_part(page).get_by_text("Box", exact=True).click()
    rest(page)  # until then the chart may be drawn anew under the mouse
    frame = _chart(page, "select")
    page.mouse.move(frame["x"] + frame["width"] * 0.2, frame["y"] + frame["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(frame["x"] + frame["width"] * 0.8, frame["y"] + frame["height"] * 0.8, steps=10)
    page.mouse.up()
    expect(main_part(page).get_by_text("rows selected")).to_be_visible()
    rest(page)


def click_a_point(page: Page) -> None:
    """Set the mouse to Click, and click the point of the fourth row that is drawn."""
    main_part(page).get_by_text("Click", exact=True).click()
    rest(page)
    _chart(page, "pan")
    place = page.evaluate(
        f"""() => {{
            const chart = ({_CHART})('pan'), layout = chart._fullLayout;
            const frame = chart.querySelector('.nsewdrag').getBoundingClientRect();
            const points = chart._fullData.find(trace => trace.x && trace.x.length > 4);
            return [frame.left + layout.xaxis.l2p(points.x[3]), frame.top + layout.yaxis.l2p(points.y[3])];
        }}"""
    )
    page.mouse.move(place[0] - 3, place[1] - 3)
    page.mouse.move(*place, steps=3)
    page.wait_for_function(f"() => ({_CHART})('pan')?._hoverdata?.length")  # plotly has found the point below the mouse
    # It answers a movement up to 50 ms late, and forgets the point where the button is held by then.
    page.evaluate("() => new Promise(done => setTimeout(done, 100))")
    page.mouse.down()
    page.mouse.up()
    expect(main_part(page).get_by_text("Nearest rows").first).to_be_visible()
    rest(page)


def choose(page: Page, rows: int) -> None:
    """Ask for that many rows on the Select page."""
    page.get_by_label("Rows", exact=True).fill(str(rows))
    page.get_by_label("Rows", exact=True).press("Enter")
    button = page.get_by_role("button", name=f"Choose {rows} rows")
    button.wait_for()
    rest(page)
    button.click()


def pick(page: Page, select_box: Locator, option: str) -> None:
    """Take an option of a select box by typing its name.

    A box takes text that arrives in the same moment as the focus, as `fill` alone brings it, without opening its list
    while the page is still being drawn. So it is opened first, on a page at rest; a list that opens while the page
    scrolls to it is closed again.
    """
    rest(page)
    select_box.scroll_into_view_if_needed()
    rest(page)
    select_box.click()
    page.get_by_role("option").first.wait_for()
    select_box.fill(option)
    page.get_by_role("option", name=option).first.click()
    rest(page)


def download(page: Page, button: str, folder: Path) -> Path:
    """Press that button, and keep the file that the browser gets."""
    with page.expect_download(timeout=LONG) as found:
        page.get_by_role("button", name=button).click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    return path


def _chart(page: Page, mode: str) -> dict[str, float]:
    """Where on the screen the map lies, once it is drawn and the mouse does `mode` in it."""
    page.wait_for_function(f"mode => ({_CHART})(mode)", arg=mode, timeout=LONG)
    rest(page)
    frame = page.evaluate_handle(f"mode => ({_CHART})(mode).querySelector('.nsewdrag')", mode).as_element()
    assert frame is not None
    frame.scroll_into_view_if_needed()
    found = frame.bounding_box()
    assert found is not None
    return dict(found)
