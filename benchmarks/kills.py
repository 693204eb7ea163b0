"""Kill the worker, the server and the browser's tab at seeded moments of a long job, in the real app.

python benchmarks/kills.py --rows 3000 --kills 10

A file is embedded in the browser. Whenever the job has reached the next seeded share, one of the three is killed by
SIGKILL (the tab is crashed by the browser itself); then the app is opened again as a person would, and what it offers
is taken: "Try again" where the job has failed, nothing where it goes on. After every kill all that is in the store is
opened; at the end the vectors must be those of the same file embedded without any kill, bit for bit.
"""

import argparse
import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from in_browser import ROOT, app, chromium
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as BrowserError

sys.path.insert(0, str(ROOT))

from core.jobs import Job, Jobs
from core.store import Store

VICTIMS = ("worker", "server", "tab")
PATIENCE = 600.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        home = Path(folder) / "home"
        file = Path(folder) / "long.jsonl"
        _write(file, options.rows)
        _run(browser, home, file, options)
        killed = _vectors(home)
        calm = Path(folder) / "calm"
        command = [sys.executable, "-m", "core", "embed", str(file), "--home", str(calm)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        same = killed == _vectors(calm)
    print(f"The vectors are {'the same, bit for bit' if same else 'OTHERS'} as without any kill.")
    sys.exit(not same)


def _write(path: Path, rows: int) -> None:
    samples = [json.loads(line) for line in (ROOT / "sample_data" / "gamut_sample.jsonl").read_bytes().splitlines()]
    with path.open("w") as out:
        for row in range(rows):
            sample = samples[row % len(samples)]
            out.write(json.dumps(sample | {"response": f"{sample['response']} Number {row}."}) + "\n")


def _run(browser: Browser, home: Path, file: Path, options: argparse.Namespace) -> None:
    rng = np.random.default_rng(options.seed)
    moments = np.sort(rng.uniform(0.02, 0.95, options.kills))
    victims = [VICTIMS[number % len(VICTIMS)] for number in range(options.kills)]
    url = _Served(home)
    page = browser.new_page()
    page.goto(url.now)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Data", exact=True).click()
    page.locator('input[type="file"]').first.set_input_files(file)
    page.get_by_role("button", name="Read ").click()
    page.get_by_role("button", name="Embed ").click(timeout=PATIENCE * 1000)
    jobs = Jobs(Store(home))
    for moment, victim in zip(moments, victims, strict=True):
        job = _reached(jobs, float(moment))
        if job is None:
            print("The job was done before the next kill: give it more rows.")
            break
        here = page.url
        if victim == "worker":
            os.kill(_worker(home), signal.SIGKILL)
        elif victim == "server":
            url.kill()
        else:
            with contextlib.suppress(BrowserError):
                page.goto("chrome://crash", timeout=5000)
        with contextlib.suppress(BrowserError):
            page.close()
        found = _opened(home)
        page = browser.new_page()
        page.goto(here.replace(url.before, url.now))
        how = _go_on(page, jobs)
        print(f"{victim} killed at {job.share:.0%}: {how}; {found}", flush=True)
    _reached(jobs, 1.0)
    page.get_by_text("See the map").wait_for(timeout=PATIENCE * 1000)
    url.kill()


class _Served:
    """The app, started again on another port after it was killed."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.before = ""
        self._start()

    def _start(self) -> None:
        self._context = app(str(self._home))
        self.now, self._pid = self._context.__enter__()
        self.before = self.before or self.now

    def kill(self) -> None:
        self.before = self.now
        os.kill(self._pid, signal.SIGKILL)
        self._context.__exit__(None, None, None)
        self._start()


def _embedding(jobs: Jobs) -> Job | None:
    return next((job for job in jobs.all() if job.what == "embed"), None)


def _reached(jobs: Jobs, share: float) -> Job | None:
    """The job once it has come so far; None when it is done before."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        job = _embedding(jobs)
        if job is not None and job.state == "done":
            return None
        if job is not None and job.state == "running" and job.share >= share:
            return job
        time.sleep(0.05)
    sys.exit(f"The job does not get on: {_embedding(jobs)}")


def _go_on(page: Page, jobs: Jobs) -> str:
    """Take what the page offers, until the job runs."""
    end, again = time.monotonic() + PATIENCE, page.get_by_role("button", name="Try again").first
    asked = ""
    while time.monotonic() < end:
        job = _embedding(jobs)
        if job is not None and job.running and (asked or job.state == "running"):
            return asked or "it went on by itself"
        if job is not None and job.state == "failed" and again.is_visible():
            said = job.error.split(".")[0]
            with contextlib.suppress(BrowserError):
                again.click(timeout=5000)
            asked = f'the page said "{said}", and "Try again" went on'
        if job is not None and job.state == "done":
            return asked or "it was done"
        page.wait_for_timeout(100)
    sys.exit(f"The app does not go on: {_embedding(jobs)}")


def _worker(home: Path) -> int:
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "core.worker" in words and str(home) in words:
            return int(process.pid)
    sys.exit("There is no worker.")


def _opened(home: Path) -> str:
    """Open everything in the store that counts as finished."""
    store, results = Store(home), 0
    for folder in (home / "results").glob("[0-9a-f]*"):
        results += store.load(folder.name) is not None
    arrays = [path for path in (home / "embeddings").glob("*/vectors.npy") if not path.parent.name.startswith(".")]
    whole = [path for path in arrays if not path.parent.name.endswith(".partial")]
    for path in whole:
        assert np.isfinite(np.load(path)).all(), path
    datasets = [path for path in (home / "datasets").iterdir() if not path.name.startswith(".")]
    return f"{len(datasets)} dataset, {results} results and {len(whole)} finished embeddings are whole"


def _vectors(home: Path) -> str:
    (path,) = (home / "embeddings").glob("*/vectors.npy")
    return hashlib.sha256(np.load(path).tobytes()).hexdigest()


if __name__ == "__main__":
    main()
