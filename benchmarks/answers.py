"""Seconds from a click to the answer on the Map page of a dataset that is embedded and mapped already.

    python benchmarks/answers.py HOME [--times 5]

HOME is a folder of results (`gamut embed` and the Map page made them); it is copied first. Each action is done once,
which is told apart, and then several times, of which the middle and the worst are printed. "Server" runs from the
message in to the last message of the run out, "browser" from the click until the charts are drawn; a browser without a
window draws in software. Beside them the bytes that went out at most.
"""

import argparse
import json
import math
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from in_browser import app, chromium
from playwright.sync_api import Page

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
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(options.home, home)
        clock = Path(folder) / "clock.jsonl"
        with app(str(home), clock) as (url, _):
            os.nice(10)  # the browser, which draws on the same cores, comes after the server
            with chromium() as browser:
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.set_default_timeout(600_000)
                page.goto(f"{url}/Map")
                _settled(page)
                page.wait_for_timeout(10_000)
                _settled(page)
                _answers(page, clock, options.times)


def _answers(page: Page, clock: Path, times: int) -> None:
    print(f"{'':<18} {'server: first, middle, worst':>34} {'browser: first, middle, worst':>36}   sent")
    for name, act in _actions(page).items():
        server, seen, sizes = [], [], []
        for turn in range(times + 1):
            page.evaluate("window.since = undefined; window.started = performance.now()")
            act(turn)
            page.wait_for_timeout(30)  # until the event has gone out
            seen.append(_settled(page))
            seconds, size = _answered(clock)
            server.append(seconds)
            sizes.append(size)
        print(f"{name:<18} {_three(server):>34} {_three(seen):>36}   {max(sizes) / 1e6:.2f} MB", flush=True)


def _three(seconds: list[float]) -> str:
    first, *others = seconds
    return f"{first:9.2f} {statistics.median(others):9.2f} {max(others):9.2f} s"


def _answered(clock: Path) -> tuple[float, int]:
    """Seconds from the last event in to the last end of a run out, and bytes that went out between them.

    Where a run asked for another one (`st.rerun`), both count.
    """
    notes = [json.loads(line) for line in clock.read_text().splitlines()]
    last = max(place for place, note in enumerate(notes) if note["what"] == "in")
    end = notes[-1]
    return end["seconds"] - notes[last]["seconds"], end["bytes"] - notes[last]["bytes"]


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


if __name__ == "__main__":
    main()
