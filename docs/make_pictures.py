"""Make the pictures of the README and the docs from the running app, with the sample data.

The sample is embedded, mapped, measured, chosen from, drawn from in rounds, and compared with the narrow
sample about baking bread.

python docs/make_pictures.py        (needs Debian's chromium and the `dev` extra)
"""

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))  # where scripts share a browser

from in_browser import ROOT, app, chromium, visit

IMAGES = ROOT / "docs" / "images"
WAIT = 120_000  # milliseconds that the worker may take for one step


def prepare(page: Page, url: str) -> None:
    """Open and embed both samples; map and measure the mixed one, compare the two, choose from and refine the mixed."""
    page.goto(url)
    page.get_by_role("button", name="Open the sample").click()
    embed(page, 600)
    mixed = page.url.partition("?")[2]
    show(page, "Map")
    page.get_by_text("600 rows by UMAP.").wait_for()
    show(page, "Measure")
    page.get_by_text("n = 600").first.wait_for()
    show(page, "Compare")
    page.get_by_role("button", name="Open the narrow sample").click()
    embed(page, 200)
    page.goto(f"{url}/Compare?{mixed}")
    page.get_by_role("button", name=re.compile("^Compare 2 sets")).click()
    page.get_by_text("gamut_sample.jsonl is broader than narrow_bread.jsonl").wait_for()
    show(page, "Select")
    page.get_by_role("button", name="Choose 60 rows").click()
    page.get_by_text("60 rows of 600 by").wait_for()
    show(page, "Refine")
    page.get_by_role("button", name="Draw 20 rows for round 1 of 3").click()
    page.get_by_text("feedback for round 1 is awaited").wait_for()


def embed(page: Page, rows: int) -> None:
    """Embed the dataset that was just opened, of so many rows."""
    page.get_by_role("button", name=f"Embed {rows} rows").click()
    page.get_by_text(f"Embedded: {rows} rows").wait_for()


def show(page: Page, name: str) -> None:
    """Go to a page and wait until it is drawn."""
    visit(page, name)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.wait_for_timeout(4000)  # plots are drawn after the script has ended


def photograph(browser: Browser, url: str, query: str, scheme: str) -> None:
    """Each page in one colour scheme."""
    page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme=scheme)
    page.set_default_timeout(WAIT)
    page.goto(f"{url}/Data?{query}")
    for name in ("Data", "Map", "Measure", "Compare", "Select", "Refine", "Export"):
        show(page, name)
        if name == "Map":
            page.wait_for_timeout(3000)
        page.screenshot(path=IMAGES / f"{name.lower()}_{scheme}.png")
    page.close()


def main() -> None:
    """Write docs/images/*.png."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, app(home) as (url, _), chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.set_default_timeout(WAIT)
        prepare(page, url)
        query = page.url.partition("?")[2]
        page.close()
        for scheme in ("light", "dark"):
            photograph(browser, url, query, scheme)
    for path in sorted(IMAGES.glob("*.png")):
        print(f"{path.name} {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
