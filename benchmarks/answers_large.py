"""Seconds from a message in to the answer out, on the server, of the Map page of a very large dataset.

    python benchmarks/answers_large.py HOME [--picture FILE.png]

HOME is a folder of results in which the latest dataset is open in the app and mapped. Each action is done three times.
At the end the most memory that the server had in use.
"""

import argparse
import os
import tempfile
from pathlib import Path

from answers import _answered, _lasso, _restart, _settled
from in_browser import app, chromium
from playwright.sync_api import Page

_TIMES = 3
_PATTERNS = (r"\bsort(ed|ing)\b", r"(?i)photosynth\w+", r"capital of \w+")
_WORDS = ("photosynthesis plants", '"explain the"', "python function")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--picture", type=Path, help="of the page at the end")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clock = Path(folder) / "clock.jsonl"
        with app(str(options.home.absolute()), clock) as (url, process):
            os.nice(10)  # the browser, which draws on the same cores, comes after the server
            with chromium() as browser:
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.set_default_timeout(600_000)
                page.goto(f"{url}/Map")
                _settled(page)
                print(f"{'first visit':20} {_answered(clock)[0]:8.2f} s", flush=True)
                _answers(page, clock)
                if options.picture:
                    page.screenshot(path=str(options.picture))
            print(f"most memory of the server: {_peak(process):.2f} GB")


def _answers(page: Page, clock: Path) -> None:
    main = page.get_by_test_id("stMain")

    def search(kind: str, words: str, called: str = "") -> None:
        if not main.get_by_role("textbox", name=called or kind, exact=True).count():
            main.get_by_role("combobox", name="Find by").click()
            page.get_by_role("option", name=kind, exact=True).click()
            _settled(page)
        box = main.get_by_role("textbox", name=called or kind, exact=True).first
        box.fill(words)
        _restart(page)
        box.press("Enter")

    def turn_page(number: int) -> None:
        box = main.get_by_role("spinbutton", name="Page of").first
        box.fill(str(number + 2))
        _restart(page)
        box.press("Enter")

    actions = {
        "search by words": lambda turn: search("Words", _WORDS[turn]),
        "search by pattern": lambda turn: search("Pattern", _PATTERNS[turn]),
        "rows like one": lambda turn: search("A row like it", f"#{12 + turn}", "Row"),
        "lasso": lambda turn: _lasso(page, 0.12 + 0.05 * turn),
        "page of the table": turn_page,
    }
    for name, act in actions.items():
        seconds = []
        for turn in range(_TIMES):
            act(turn)
            page.wait_for_timeout(50)  # until the event has gone out
            _settled(page)
            seconds.append(_answered(clock)[0])
        print(f"{name:20} {' '.join(f'{each:8.2f}' for each in seconds)} s", flush=True)


def _peak(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 2**20


if __name__ == "__main__":
    main()
