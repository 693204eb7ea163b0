"""The whole job in a real browser on a file of yours: seconds of each step and peak memory of server and worker.

    python benchmarks/journey.py DATA [--budget 5000] [--selector NovelSelect] [--cancel-after 60] [--static]

Upload, embed (cancelled once and resumed), map, measure, choose, download; needs Debian's chromium and the `dev` extra.
With --static a static model of the encoder is made first and embeds all rows: for hundreds of thousands of them.
"""

import argparse
import tempfile
import threading
import time
from pathlib import Path

import psutil
from in_browser import app, chromium, visit
from playwright.sync_api import Page

LONG = 3_600_000  # milliseconds that one step may take


class Memory(threading.Thread):
    """Samples the memory that a process and its children hold (their proportional share of shared pages)."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.peak = 0

    def run(self) -> None:
        while self.process.is_running():
            held = 0
            for one in [self.process, *self.process.children(recursive=True)]:
                try:
                    held += one.memory_full_info().pss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, held)
            time.sleep(0.5)


def at_rest(page: Page) -> None:
    """Wait until nothing is drawn anew: a button that is just being replaced takes no click."""
    page.wait_for_timeout(1000)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


class Clock:
    """Prints how long each step took."""

    def __init__(self) -> None:
        self.start = time.perf_counter()

    def __call__(self, step: str) -> None:
        print(f"{step:<44}{time.perf_counter() - self.start:8.1f} s", flush=True)
        self.start = time.perf_counter()


def embed(page: Page, data: Path, cancel_after: float, static: bool) -> None:
    """From a file to embedded rows."""
    done = Clock()
    page.locator('input[type="file"]').first.set_input_files(data)
    page.get_by_role("button", name=f"Read {data.name}").click()
    begin = page.get_by_role("button", name="Embed")
    begin.first.wait_for()
    done("upload and read")
    page.get_by_text("Embedding takes about").wait_for()
    done("foretell the time of embedding")
    if static:
        page.get_by_test_id("stExpander").filter(has_text="A static model").locator("summary").click()
        page.get_by_role("button", name="Make one and compare").click()
        use = page.get_by_role("button", name="Use the static model")
        use.wait_for()
        at_rest(page)
        use.click()
        use.wait_for(state="detached")
        at_rest(page)
        done("make a static model and compare it")
    begin.first.click()
    page.get_by_role("button", name="Cancel").or_(page.get_by_text("See the map")).first.wait_for()  # or done at once
    page.wait_for_timeout(cancel_after * 1000)
    if page.get_by_role("button", name="Cancel").count():
        page.get_by_role("button", name="Cancel").first.click()
        page.get_by_role("button", name="Resume").wait_for()
        done("embed until cancelled")
        page.get_by_role("button", name="Resume").click()
    page.get_by_text("See the map").wait_for()
    done("embed to the end")


def onward(page: Page, budget: int, selector: str, out: Path) -> None:
    """From embedded rows to a downloaded subset."""
    done = Clock()
    visit(page, "Map")
    page.get_by_text("Near means similar").wait_for()
    done("first map on the screen")
    page.locator("text=/rows? by UMAP[.] /").wait_for()
    done("UMAP and clusters")
    visit(page, "Measure")
    measure = page.get_by_role("button", name="Measure ")
    page.get_by_text("What each metric says").wait_for()
    if measure.count():
        measure.click()
    page.get_by_text("except where the table says lower").wait_for()
    page.get_by_role("button", name="Cancel").first.wait_for(state="detached")
    done("measure by every metric")
    visit(page, "Select")
    for name, value in (("What do you want?", "Choose a selector by its name"), ("Selector", selector)):
        at_rest(page)
        page.get_by_role("combobox", name=name, exact=True).click()
        page.get_by_role("option", name=value, exact=True).click()
    at_rest(page)
    page.get_by_label("Rows", exact=True).fill(str(budget))
    page.get_by_label("Rows", exact=True).press("Enter")
    choose = page.get_by_role("button", name=f"Choose {budget:,} rows")
    choose.wait_for()
    at_rest(page)
    choose.click()
    page.locator(f"text=/{budget:,} rows of .* by {selector}/").first.wait_for()
    page.get_by_role("button", name="Cancel").first.wait_for(state="detached")  # what runs is called so too
    done(f"choose {budget:,} by {selector}, beside 5 random")
    visit(page, "Export")
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download {budget:,} rows as JSONL").click()
    download.value.save_as(out)
    done("download")
    print(f"{sum(1 for _ in out.open('rb')):,} lines, {out.stat().st_size:,} bytes")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--budget", type=int, default=5000)
    parser.add_argument("--selector", default="NovelSelect")
    parser.add_argument("--cancel-after", type=float, default=60.0)
    parser.add_argument("--static", action="store_true", help="embed with a static model that is made on the spot")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, app(home) as (url, process), chromium() as browser:
        memory = Memory(psutil.Process(process))
        memory.start()
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(LONG)
        page.goto(f"{url}/Data")
        page.locator('input[type="file"]').first.wait_for(state="attached")
        out = Path(home) / "subset.jsonl"
        embed(page, options.data, options.cancel_after, options.static)
        onward(page, options.budget, options.selector, out)
        print(f"peak memory of server and worker: {memory.peak / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
