"""How quickly the map answers the mouse, beside a bare page of plotly.js with as many points and as large a chart.

    python benchmarks/frames.py HOME [--times 9]

HOME is a folder of results (`gamut embed` and the Map page made them); it is copied first. The bare page has one trace
of WebGL points of one size without hover text. "draw" runs from the moment the page has the text of a figure in other
colours until it is drawn; the others are milliseconds from a movement of the mouse until the second frame after it. A
browser without a window draws in software, so that only the ratio counts. Both are measured in turn, in one browser.
"""

import argparse
import json
import math
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import plotly
from in_browser import app, chromium
from playwright.sync_api import Page

PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
STEPS = 12  # movements of one gesture
# The chart that is seen, and what is known of it. Of what comes for the app the largest message holds the figure.
_WATCH = """() => {
    const Real = window.WebSocket;
    window.largest = {size: 0, at: 0};
    window.WebSocket = class extends Real {
        constructor(...how) {
            super(...how);
            this.addEventListener('message', message => {
                const size = message.data.byteLength ?? message.data.size ?? message.data.length;
                if (size > window.largest.size) window.largest = {size, at: performance.now()};
            });
        }
    };
}"""
_CHART = "[...document.querySelectorAll('.js-plotly-plot')].find(chart => chart.querySelector('.nsewdrag'))"
_HEAR = f"""() => {{
    const chart = {_CHART};
    window.drawn = 0;
    chart.removeListener?.('plotly_afterplot', window.heard);
    window.heard = () => {{ window.drawn = performance.now(); }};
    chart.on('plotly_afterplot', window.heard);
}}"""
_POINTS = f"""() => {{
    const chart = {_CHART}, box = chart.getBoundingClientRect();
    return {{
        rows: chart._fullData.reduce((sum, trace) => sum + (trace.customdata ? trace.x.length : 0), 0),
        width: Math.round(box.width), height: Math.round(box.height), size: chart._fullData[0].marker.size,
    }};
}}"""
_BARE = """([rows, width, height, size]) => {
    let seed = 1;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const x = Float32Array.from({length: rows}, () => random() + random() + random());
    const y = Float32Array.from({length: rows}, () => random() + random() + random());
    window.figure = colour => ({
        data: [{
            type: 'scattergl', mode: 'markers', x, y, hoverinfo: 'none', marker: {size, color: colour, opacity: 0.8},
        }],
        layout: {width, height, dragmode: 'pan', margin: {l: 10, r: 10, t: 30, b: 10}},
    });
    const first = window.figure('#2a78d6');
    return Plotly.newPlot('chart', first.data, first.layout, {scrollZoom: true});
}"""
_REDRAW = """async colour => {
    const start = performance.now(), next = window.figure(colour);
    await Plotly.react('chart', next.data, next.layout, {scrollZoom: true});
    return window.drawn - start;
}"""
_FRAMES = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"""
_COLOURS = ("#2a78d6", "#eb6834")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--times", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(options.home, home)
        with app(str(home)) as (url, _), chromium() as browser:
            ours = browser.new_page(viewport={"width": 1280, "height": 900})
            ours.set_default_timeout(600_000)
            ours.add_init_script(f"({_WATCH})()")
            ours.goto(f"{url}/Map")
            ours.get_by_text("Near means similar").wait_for()
            _rest(ours)
            found = ours.evaluate(_POINTS)
            bare = browser.new_page(viewport={"width": 1280, "height": 900})
            bare.set_content("<div id=chart></div>")
            bare.add_script_tag(path=PLOTLY)
            bare.evaluate(_BARE, [found["rows"], found["width"], found["height"], found["size"]])
            bare.evaluate(_HEAR)
            print(json.dumps(found))
            print(f"{'':<8} {'the app':>12} {'bare':>12} {'ratio':>8}")
            for name, (here, there) in _gestures(ours, bare).items():
                one, other = [], []
                for turn in range(options.times + 1):  # the first of each is not counted
                    ours.bring_to_front()
                    one.append(here(turn))
                    bare.bring_to_front()
                    other.append(there(turn))
                mine, theirs = statistics.median(one[1:]), statistics.median(other[1:])
                print(f"{name:<8} {mine:9.0f} ms {theirs:9.0f} ms {mine / theirs:8.2f}", flush=True)


def _gestures(ours: Page, bare: Page) -> dict[str, tuple[Callable[[int], float], Callable[[int], float]]]:
    def redraw(turn: int) -> float:
        return float(bare.evaluate(_REDRAW, _COLOURS[turn % 2]))

    def both(gesture: Callable[[Page], float], tool: str) -> tuple[Callable[[int], float], Callable[[int], float]]:
        return lambda _: _with(ours, tool, gesture), lambda _: _with(bare, tool, gesture)

    return {
        "draw": (lambda turn: _colour(ours, turn), redraw),
        "pan": both(lambda page: _drag(page, list(_line(page))), "Click"),
        "zoom": both(_wheel, "Click"),
        "lasso": both(lambda page: _drag(page, list(_circle(page))), "Lasso"),
    }


def _with(page: Page, tool: str, gesture: Callable[[Page], float]) -> float:
    """The gesture with the mouse set to that tool, from a page at rest and back to one."""
    mode = {"Click": "pan", "Lasso": "lasso"}[tool]
    if page.get_by_test_id("stMain").count():
        page.get_by_test_id("stMain").get_by_text(tool, exact=True).first.click()
        _rest(page)
    elif page.evaluate("document.querySelector('#chart').layout.dragmode") != mode:
        page.evaluate("mode => Plotly.relayout('chart', {dragmode: mode})", mode)
    seconds = gesture(page)
    _rest(page)
    return seconds


def _colour(page: Page, turn: int) -> float:
    """Another colour in the app: from the largest message that comes until the chart is drawn."""
    box = page.get_by_test_id("stMain").get_by_role("combobox", name="Colour by").first
    box.click()
    option = page.get_by_role("option").nth(turn % 2 * 2)
    option.wait_for()
    page.evaluate(_HEAR)
    page.evaluate("window.largest = {size: 0, at: 0}")
    option.click()
    page.wait_for_function("window.drawn > window.largest.at && window.largest.at")
    _rest(page)
    return float(page.evaluate("window.drawn - window.largest.at"))


def _drag(page: Page, places: list[tuple[float, float]]) -> float:
    """Milliseconds of one movement with the button held, on the mean."""
    page.mouse.move(*places[0])
    page.mouse.down()
    spent = [_timed(page, lambda place=place: page.mouse.move(*place)) for place in places[1:]]
    page.mouse.up()
    return statistics.mean(spent)


def _wheel(page: Page) -> float:
    """Milliseconds of one turn of the wheel, on the mean: half of them in, half out."""
    x, y, _ = _middle(page)
    page.mouse.move(x, y)
    half = STEPS // 2
    return statistics.mean(
        _timed(page, lambda way=way: page.mouse.wheel(0, way)) for way in [*[-60] * half, *[60] * half]
    )


def _timed(page: Page, act: Callable[[], None]) -> float:
    start = page.evaluate("performance.now()")
    act()
    page.evaluate(_FRAMES)
    return float(page.evaluate("performance.now()")) - float(start)


def _middle(page: Page) -> tuple[float, float, float]:
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["height"]


def _line(page: Page) -> Iterator[tuple[float, float]]:
    x, y, height = _middle(page)
    for step in range(STEPS + 1):  # there and back
        yield x + height * 0.3 * math.sin(step / STEPS * math.tau), y


def _circle(page: Page) -> Iterator[tuple[float, float]]:
    x, y, height = _middle(page)
    for step in range(STEPS + 1):
        turn = step / STEPS * math.tau
        yield x + height * 0.2 * math.cos(turn), y + height * 0.2 * math.sin(turn)


def _rest(page: Page) -> None:
    """Until nothing runs in the app; on a bare page a moment."""
    page.wait_for_timeout(400)
    if page.get_by_test_id("stApp").count():
        page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
        page.wait_for_timeout(400)


if __name__ == "__main__":
    main()
