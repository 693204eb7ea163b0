"""Whether the browser tests have used every control, told at the end of a session in which all of them passed."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest

_LIST = Path(__file__).with_name("unreached.txt").read_text(encoding="utf-8")
# Controls that no browser test uses; the list says what keeps each out of reach, and which other test uses it.
UNREACHED = [line for line in _LIST.splitlines() if line and not line.startswith("#")]


class EveryControl:
    """The plugin of the process that reports: it says where the tests' servers note what is used, and judges by that.

    With xdist the tests run in other processes, which inherit the place from this one.
    """

    def __init__(self, every: Iterable[str], files: Iterable[str], unreached: Iterable[str] = UNREACHED) -> None:
        self.every, self.files, self.unreached = set(every), set(files), set(unreached)
        self.ran: set[str] = set()
        self.told, self.wrong = "", list[str]()
        self.folder = tempfile.TemporaryDirectory(prefix="gamut-used-")
        self.used = Path(self.folder.name) / "controls"
        os.environ["GAMUT_USED"] = str(self.used)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.ran.add(report.nodeid.partition("::")[0])

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.OK and self._all_ran(session.config):
            used = self.used.read_text(encoding="utf-8").splitlines() if self.used.exists() else ()
            self.told = f"The browser tests used {len(self.every & set(used))} of {len(self.every)} controls."
            self.wrong = complaints(self.every, used, self.unreached)
            if self.wrong:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.told:
            terminalreporter.line(self.told)
        if self.wrong:
            terminalreporter.section("the browser tests do not use every control", red=True)
            for line in self.wrong:
                terminalreporter.line(line)

    def pytest_unconfigure(self) -> None:
        self.folder.cleanup()

    def _all_ran(self, config: pytest.Config) -> bool:
        some = config.option.keyword or config.option.markexpr or config.option.deselect
        return not some and not any("::" in arg for arg in config.args) and self.files <= self.ran


def complaints(every: Iterable[str], used: Iterable[str], unreached: Iterable[str]) -> list[str]:
    """What is wrong with that use of the controls, a line each."""
    every, used, unreached = set(every), set(used), set(unreached)
    return [
        *(f"used by no browser test: {name}" for name in sorted(every - used - unreached)),
        *(f"said to be out of reach, and not there: {name}" for name in sorted(unreached - every)),
    ]
