"""The real app in a real browser: one server for all browser tests, a fresh browser context for each.

A test fails when the page or its console reports an error, when the server or its worker logs a traceback, and when the
browser asks anybody but this machine for anything.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, Route, expect, sync_playwright

from tests.browser.prepared import prepare

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "tests" / "screenshots"
START = 180.0  # seconds that the server may take
# On a link to a page, Streamlit's front end asks below that page first, to learn under which path the app is served.
_PROBE = re.compile(r"/[A-Z]\w*/_stcore/(health|host-config)$")
# Where a browser leaves a page while its connection is being made, Streamlit's server reports that it could not speak.
_LEFT = re.compile(
    r"Traceback \(most recent call last\):\n(?:[ \t].*\n)+starlette\.websockets\.WebSocketDisconnected: .*"
)
STEP = 90_000  # milliseconds that a page may take for one step, on two busy cores
MOMENT = 200  # milliseconds of rest where nothing is clicked next, or what is clicked is waited for by itself
LONG = 600_000  # milliseconds that the worker may take for one job there, its start included
PATIENCE = 1800  # seconds for one test; what hangs has run into one of the limits above long before
expect.set_options(timeout=STEP)  # which the limits of a browser context do not touch
# Nothing runs, nothing is about to be drawn anew, and so it has been for a moment: a script that asks for its own
# rerun ends for an instant in between. Asked again and again, it knows by the window since when there is rest.
_AT_REST = """moment => {
    const app = document.querySelector('[data-testid="stApp"]');
    const busy = !app || app.dataset.testScriptState !== 'notRunning' || app.dataset.testConnectionState !== 'CONNECTED'
        || document.querySelector('[data-testid="stProgress"], [data-testid="stSpinner"], [data-testid="stSkeleton"]')
        || document.querySelector('[data-stale="true"], [class*="st-key-tray-cancel"]');
    const now = performance.now();
    window.restsSince = busy ? undefined : window.restsSince ?? now;
    return !busy && now - window.restsSince >= moment;
}"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks of all browser tests; that they go to one process is said in tests/conftest.py."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(PATIENCE))


@dataclass
class Server:
    """The running app: where it is, its home folder, and what it has logged."""

    url: str
    home: Path
    logs: tuple[Path, ...]

    def logged(self) -> list[str]:
        return [log.read_text(encoding="utf-8", errors="replace") if log.exists() else "" for log in self.logs]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with an empty home folder; it may open files below the tests' own folder by path."""
    place = tmp_path_factory.mktemp("app")
    with serving(place, place / "home") as found:
        yield found


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home folder in which everything is done once with few rows, and the query that names it."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    return home, prepare(home)


@pytest.fixture
def prepared(prepared_home: tuple[Path, str]) -> str:
    """The query that names what was made of the few rows."""
    return prepared_home[1]


@pytest.fixture(scope="session")
def prepared_server(prepared_home: tuple[Path, str]) -> Iterator[Server]:
    """The app with that home folder, as if it may push and had a Ray cluster, neither of which it reaches."""
    home, _ = prepared_home
    with serving(
        home.parent, home, GAMUT_ALLOW_PUSH="1", HF_TOKEN="hf_none", HF_HUB_OFFLINE="1", RAY_ADDRESS="auto"
    ) as found:
        yield found


@contextmanager
def serving(place: Path, home: Path, *more: str, **variables: str) -> Iterator[Server]:
    """The app on a free port with that home folder; its log lies in `place`, below which it opens files by path.

    It notes the controls that are used (tests/browser/every_control.py).

    `more` are further options of Streamlit, `variables` of the environment.
    """
    port = _free_port()
    log = place / "server.log"
    settings = {"GAMUT_HOME": str(home), "GAMUT_DATA_ROOT": str(place), "STREAMLIT_LOGGER_ENABLE_RICH": "false"}
    settings |= variables
    command = [
        sys.executable,
        "-m",
        "tests.browser.watched",
        "run",
        "app.py",
        f"--server.port={port}",
        "--server.address=localhost",
        *more,
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | settings, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        found = Server(f"http://localhost:{port}", home, (log, home / "jobs" / "worker.log"))
        _wait_for(found, process, log)
        yield found
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.fail("There is no chromium. Run `make browser`, or tests/browser/install_chromium.sh.")
    with sync_playwright() as playwright:
        # Containers give little shared memory and often only one user, for whom chromium's sandbox does not start.
        found = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield found
        found.close()


@pytest.fixture
def browser_options() -> dict[str, Any]:
    """Options of the browser context; a test that wants another size or colour scheme overrides this fixture."""
    return {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", "accept_downloads": True}


@pytest.fixture
def begins_at() -> str:
    """The path at which a fresh page is; "" where a test goes to one itself."""
    return "/"


@pytest.fixture
def page(server: Server, browser: Browser, browser_options: dict[str, Any], begins_at: str) -> Iterator[Page]:
    """A fresh page of the app, on its front page; the test fails when anything goes wrong behind its back."""
    before = [len(text) for text in server.logged()]
    wrong: list[str] = []
    context = browser.new_context(base_url=server.url, **browser_options)
    context.set_default_timeout(STEP)
    found = context.new_page()

    def stay_here(route: Route) -> None:
        if route.request.url.startswith((server.url, "data:", "blob:")):
            route.continue_()
        else:
            wrong.append(f"the browser asked for {route.request.url}")
            route.abort()

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not _PROBE.search(message.location["url"]):
            wrong.append(f"console: {message.text}")

    def on_response(response: Response) -> None:
        if response.status >= 400 and not _PROBE.search(response.url):
            wrong.append(f"{response.status} for {response.url}")

    def on_failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # what a page that is left no longer waits for
            wrong.append(f"{request.failure} for {request.url}")

    context.route(re.compile("^https?:"), stay_here)
    found.on("console", on_console)
    found.on("pageerror", lambda error: wrong.append(f"page: {error}"))
    found.on("response", on_response)
    found.on("requestfailed", on_failed)
    if begins_at:
        found.goto(begins_at)
        settle(found)
    yield found
    context.close()
    for log, start, text in zip(server.logs, before, server.logged(), strict=True):
        if "Traceback (most recent call last)" in (said := _LEFT.sub("", text[start:])):
            wrong.append(f"{log.name}:\n{said[-6000:]}")
    assert not wrong, "\n".join(wrong)


def settle(page: Page) -> None:
    """Wait until the app has been drawn and its script has come to its end."""
    page.get_by_test_id("stApp").wait_for()
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


def rest(page: Page, moment: int = 500) -> None:
    """Wait until no work runs or waits and nothing is about to be drawn anew: what is clicked then stays in place.

    `moment` is how many milliseconds it has to be so.
    """
    page.evaluate("() => { window.restsSince = undefined }")  # the rest before the last click is not this one
    page.wait_for_function(_AT_REST, arg=moment, polling=50, timeout=LONG)


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[[Page, str], Path]:
    """Keeps a picture of the whole page in tests/screenshots, which git ignores."""

    def take(page: Page, name: str) -> Path:
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{request.node.path.stem}-{name}.png"
        seen = page.viewport_size
        assert seen is not None
        # The page scrolls inside a frame of Streamlit's, which a picture of the "full page" cuts off.
        tall = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        page.set_viewport_size({"width": seen["width"], "height": max(seen["height"], min(tall, 6000))})
        rest(page)
        page.screenshot(path=path)
        page.set_viewport_size(seen)
        return path

    return take


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"The app did not start:\n{log.read_text(errors='replace')[-4000:]}")
