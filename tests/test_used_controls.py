"""The session of tests fails where its browser tests use not every control, and only where all of them ran."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.every_control import complaints
from tests.browser.watched import controls

ROOT = Path(__file__).parents[1]
PRESSED = "app.py: button('Open the sample')"
# A session of two files, whose tests use a control each, as the servers of browser tests do.
CONFTEST = """
from tests.browser.every_control import EveryControl

def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(EveryControl({every}, ["test_one.py", "test_two.py"], {unreached}))
"""
TEST = """
import os

def test_it():
    with open(os.environ["GAMUT_USED"], "a") as log:
        log.write("{name}\\n")

def test_more():
    pass
"""


def session(folder: Path, *options: str, every: list[str], unreached: list[str]) -> tuple[int, str]:
    """Run those tests; returns how it ended and what it said."""
    (folder / "conftest.py").write_text(CONFTEST.format(every=every, unreached=unreached))
    for name in ("one", "two"):
        (folder / f"test_{name}.py").write_text(TEST.format(name=name))
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "xdist", *options],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return found.returncode, found.stdout


@pytest.mark.parametrize("how", [[], ["-n", "2"]])
def test_a_session_fails_and_names_what_none_of_its_processes_used(tmp_path, how):
    code, said = session(tmp_path, *how, every=["one", "two", "three"], unreached=[])
    assert (code, "used by no browser test: three" in said) == (1, True), said


def test_a_session_passes_where_all_is_used_or_out_of_reach(tmp_path):
    code, said = session(tmp_path, every=["one", "two", "three"], unreached=["three"])
    assert (code, "used 2 of 3 controls" in said) == (0, True), said


@pytest.mark.parametrize("some", [["test_one.py"], ["-k", "test_it"], ["test_one.py", "test_two.py::test_it"]])
def test_a_session_of_some_browser_tests_says_nothing_of_the_controls(tmp_path, some):
    code, said = session(tmp_path, *some, every=["three"], unreached=[])
    assert code == 0 and "three" not in said


def test_what_is_said_to_be_out_of_reach_is_there():
    assert complaints("ab", "a", "b") == []
    assert complaints("ab", "ab", "c") == ["said to be out of reach, and not there: c"]


def test_controls_are_named_by_their_call_and_the_second_of_the_same_words_is_told_from_the_first():
    every = controls()
    assert PRESSED in every
    assert {"ui/jobs.py: button('Cancel')", "ui/jobs.py: button('Cancel') (2)"} <= every
    assert not any("page_link" in name for name in every)


# What a browser does is done here by Streamlit's own test of an app.
WATCHED = """
import sys
from pathlib import Path
from streamlit.testing.v1 import AppTest
from tests.browser.watched import watch

used = Path(sys.argv[1])
watch(used)
page = AppTest.from_file("app.py", default_timeout=60).run()
page.run()
assert not used.exists(), used.read_text()
page.text_input[0].set_value("mine")
page.button[-1].click().run()
print(used.read_text())
"""


def test_a_control_is_used_when_it_has_another_value_or_is_pressed(tmp_path):
    found = subprocess.run(
        [sys.executable, "-c", WATCHED, str(tmp_path / "used")],
        cwd=ROOT,
        env=os.environ | {"GAMUT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert set(found.stdout.splitlines()) - {""} == {
        "ui/projects.py: text_input('Name of a new project')",
        "ui/projects.py: form_submit_button('Make the project')",
    }, found.stderr
