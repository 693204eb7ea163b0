"""The app and a browser for scripts that drive it; needs Debian's chromium and the `dev` extra."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
_START = 90.0  # seconds that the app may take to answer


@contextmanager
def app(home: str, clock: Path | None = None) -> Iterator[tuple[str, int]]:
    """The app on a free port with that home folder; yields its address and the id of its process.

    With `clock` the server notes there when it is asked and when it has answered (timed_server.py).
    """
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        port = probe.getsockname()[1]
    streamlit = ["-m", "streamlit"] if clock is None else [str(ROOT / "benchmarks" / "timed_server.py")]
    command = [sys.executable, *streamlit, "run", "app.py", f"--server.port={port}"]
    env = os.environ | {"GAMUT_HOME": home} | ({} if clock is None else {"GAMUT_CLOCK": str(clock)})
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        url = f"http://localhost:{port}"
        _wait_for(f"{url}/_stcore/health", process)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        sys.exit("There is no chromium: run tests/browser/install_chromium.sh")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


def visit(page: Page, name: str) -> None:
    """Go to a page of the app by the sidebar."""
    page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", name=name, level=1).wait_for()


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + _START
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    sys.exit("The app did not start.")
