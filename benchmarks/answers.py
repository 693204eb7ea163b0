"""Seconds from a click to the answer on the Map page of a dataset that is embedded and mapped already.

    python benchmarks/answers.py HOME [--times 5]

HOME is a folder of results (`gamut embed` and the Map page made them); it is copied first. Each action is done several
times; the middle and the worst are printed. The time runs until the page's script has ended and the charts are drawn;
beside it the bytes that the browser received.
"""

import argparse
import math
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from in_browser import app, chromium
from playwright.sync_api import Page, WebSocket

_DONE = """moment => {
    const app = document.querySelector('[data-testid="stApp"]');
    const busy = !app || app.dataset.testScriptState !== 'notRunning'
        || document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]');
    const now = performance.now();
    window.since = busy ? undefined : window.since ?? now;
    return !busy && now - window.since >= moment ? window.since : 0;
}"""
_REST = 300  # milliseconds without anything running, which are not counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        home = Path(folder) / "home"
        shutil.copytree(options.home, home)
        with app(str(home)) as (url, _):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(600_000)
            received = _bytes(page)
            page.goto(f"{url}/Map")
            _settled(page)
            page.wait_for_timeout(10_000)
            _settled(page)
            for name, act in _actions(page).items():
                found = []
                for turn in range(options.times):
                    before = received[0]
                    page.evaluate("window.since = undefined; window.started = performance.now()")
                    act(turn)
                    page.wait_for_timeout(30)  # until the event has gone out
                    found.append((_settled(page), received[0] - before))
                seconds = [each[0] for each in found]
                size = max(each[1] for each in found)
                print(
                    f"{name:<28} middle {statistics.median(seconds):5.2f} s   worst {max(seconds):5.2f} s"
                    f"   {size / 1e6:7.2f} MB received at most",
                    flush=True,
                )


def _actions(page: Page) -> dict[str, Callable[[int], None]]:
    main, side = page.get_by_test_id("stMain"), page.get_by_test_id("stSidebar")
    words = ("python function", "capital of france", "poem about the sea", "healthy recipe", "explain gravity")

    def visit(name: str) -> None:
        side.get_by_role("link", name=name, exact=True).click()

    def search(turn: int, how: str) -> None:
        if not main.get_by_role("textbox", name=how, exact=True).count():
            main.get_by_role("combobox", name="Find by").click()
            page.get_by_role("option", name=how, exact=True).click()
            _settled(page)
        box = main.get_by_role("textbox", name=how, exact=True).first
        box.fill(words[turn % len(words)])
        _restart(page)
        box.press("Enter")

    def pick(label: str, turn: int) -> None:
        box = main.get_by_role("combobox", name=label).first
        box.click()
        option = page.get_by_role("option").nth(turn % 2 * 2)
        option.wait_for()
        _restart(page)
        option.click()

    def there_and(visit: Callable[[str], None], first: str, then: str) -> None:
        visit(first)
        _settled(page)
        _restart(page)
        visit(then)

    return {
        "to Measure": lambda _: there_and(visit, "Map", "Measure"),
        "to the Map": lambda _: there_and(visit, "Measure", "Map"),
        "lasso": lambda turn: _lasso(page, 0.12 + 0.05 * turn),
        "another colour": lambda turn: pick("Colour by", turn),
        "search by words": lambda turn: search(turn, "Words"),
        "search by meaning": lambda turn: search(turn, "Meaning"),
    }


def _restart(page: Page) -> None:
    page.evaluate("window.since = undefined; window.started = performance.now()")


def _lasso(page: Page, share: float) -> None:
    """A circle of that share of the map's height."""
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box is not None
    x, y, radius = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["height"] * share
    places = [(x + radius * math.cos(t / 12 * math.tau), y + radius * math.sin(t / 12 * math.tau)) for t in range(13)]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    _restart(page)
    page.mouse.up()


def _settled(page: Page) -> float:
    """Wait until nothing runs; the seconds since the clock was started until then."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        since = page.evaluate(_DONE, _REST)
        if since:
            return float(page.evaluate("window.since - (window.started ?? window.since)")) / 1000
        page.wait_for_timeout(20)
    raise TimeoutError("The page does not come to rest.")


def _bytes(page: Page) -> list[int]:
    """How many bytes the server has sent over the page's connection, as a list of one that grows."""
    found = [0]

    def count(payload: str | bytes) -> None:
        found[0] += len(payload)

    def watch(socket: WebSocket) -> None:
        socket.on("framereceived", count)

    page.on("websocket", watch)
    return found


if __name__ == "__main__":
    main()
