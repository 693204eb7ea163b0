"""Make the pictures of the README and the docs from the running app, with the sample data.

python docs/make_pictures.py        (needs Debian's chromium and the `dev` extra)
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
WAIT = 120_000  # milliseconds that the worker may take for one step


@contextmanager
def app() -> Iterator[str]:
    """The app on a free port with an empty home folder; yields its address."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"GAMUT_HOME": home},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://localhost:{port}"
            _wait_for(f"{url}/_stcore/health")
            yield url
        finally:
            process.terminate()
            process.wait(30)


def prepare(page: Page, url: str) -> None:
    """Open and embed the sample, measure it, and choose 60 rows."""
    page.goto(url)
    page.get_by_role("button", name="Open the sample").click()
    page.get_by_role("button", name="Embed 600 rows").click()
    page.get_by_text("See the map").wait_for()
    visit(page, "Map")
    page.get_by_text("600 rows by UMAP.").wait_for()
    visit(page, "Measure")
    page.get_by_text("n = 600").first.wait_for()
    visit(page, "Select")
    page.get_by_role("button", name="Choose 60 rows").click()
    page.get_by_text("60 rows of 600 by").wait_for()


def visit(page: Page, name: str) -> None:
    """Go to a page by the sidebar and wait until it is drawn."""
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, level=1).wait_for()
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.wait_for_timeout(4000)  # plots are drawn after the script has ended


def photograph(browser: Browser, url: str, query: str, scheme: str) -> None:
    """Each page in one colour scheme."""
    page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme=scheme)
    page.set_default_timeout(WAIT)
    page.goto(f"{url}/Data?{query}")
    for name in ("Data", "Map", "Measure", "Select", "Export"):
        visit(page, name)
        if name == "Map":
            page.wait_for_timeout(3000)
        page.screenshot(path=IMAGES / f"{name.lower()}_{scheme}.png")
    page.close()


def main() -> None:
    """Write docs/images/*.png."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        sys.exit("There is no chromium: run tests/browser/install_chromium.sh")
    IMAGES.mkdir(exist_ok=True)
    with app() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.set_default_timeout(WAIT)
        prepare(page, url)
        query = page.url.partition("?")[2]
        page.close()
        for scheme in ("light", "dark"):
            photograph(browser, url, query, scheme)
        browser.close()
    for path in sorted(IMAGES.glob("*.png")):
        print(f"{path.name} {path.stat().st_size // 1024} kB")


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    sys.exit("The app did not start.")


if __name__ == "__main__":
    main()
