"""What the README and the other pages say is true: the example runs, commands exist, links lead somewhere."""

import contextlib
import importlib.util
import io
import re
import shlex
from pathlib import Path

import pytest

from core.cli import build_parser

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def test_the_python_example_runs_as_it_stands(home, tmp_path, monkeypatch):
    """On every sixth row of its file, since they are embedded."""
    name = "sample_data/gamut_sample.jsonl"
    (tmp_path / "sample_data").mkdir()
    (tmp_path / name).write_bytes(b"".join((ROOT / name).read_bytes().splitlines(keepends=True)[::6]))
    monkeypatch.chdir(tmp_path)
    (example,) = blocks(ROOT / "README.md", "python")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(example, "README.md", "exec"), {})
    lines = said.getvalue().splitlines()
    assert lines[0].startswith("novelsum ")
    assert "n = 100, against self" in lines[0]
    assert lines[2] == "True"  # the selection is more diverse than a random subset of its size


def test_every_command_in_the_readme_is_one_that_gamut_takes():
    commands = [
        line for block in blocks(ROOT / "README.md", "sh") for line in block.splitlines() if line.startswith("gamut")
    ]
    assert len(commands) >= 5
    for line in commands:
        build_parser().parse_args(shlex.split(line)[1:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_pages_on_metrics_and_selectors_are_up_to_date():
    spec = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    for path, text in script.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"run python docs/make_reference.py: {path.name} is old"
