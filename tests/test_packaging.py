"""The package: what the wheel takes along, what an import loads, and what no file of the repository may name."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import core

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SHIPPED = ("core", "pages", "sample_data")


def python(code: str) -> str:
    """What that code prints, in a process of its own."""
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def tracked() -> list[Path]:
    """The files of the repository; of a copy without its history, those that would be."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=False, capture_output=True, text=True)
    names = listed.stdout.split("\0") if listed.returncode == 0 else []
    if not names:
        patterns = ("*.py", "*.md", "*.toml", "*.sh", ".ci/run", "Makefile", ".importlinter", ".streamlit/*")
        found = (path for pattern in patterns for path in ROOT.rglob(pattern))
        names = [str(path.relative_to(ROOT)) for path in found if ".venv" not in path.parts]
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def test_the_list_of_packages_is_the_list_of_folders():
    folders = [ROOT, *(path for name in SHIPPED for path in [ROOT / name, *(ROOT / name).rglob("*")] if path.is_dir())]
    expected = {
        ".".join(("gamut", *folder.relative_to(ROOT).parts)) for folder in folders if folder.name != "__pycache__"
    }
    assert sorted(PROJECT["tool"]["setuptools"]["packages"]) == sorted(expected)


def test_the_version_is_said_once_in_two_places():
    assert PROJECT["project"]["version"] == core.__version__


def test_everything_that_core_offers_by_name_is_there():
    for name in core.__all__:
        assert getattr(core, name) is not None
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        core.nothing_of_this_name  # noqa: B018 - the look-up is what is tested


HEAVY = ["streamlit", "torch", "umap", "numba", "faiss", "transformers", "sentence_transformers", "sklearn", "pandas"]
HEAVY += ["pyarrow", "scipy", "plotly", "ray"]


def test_importing_core_loads_nothing_heavy():
    """One after another in one process; the first that loads something is the one to blame."""
    lines = ["import json, sys", "from importlib import import_module", "found = {}"]
    for what in ("core", "core.study", "core.opening", "core.workspace", "core.jobs", "core.work", "core.cli"):
        lines += [
            f"subject = import_module({what!r}); getattr(subject, 'Study', None)",
            "getattr(subject, 'build_parser', lambda: None)()",
            f"found[{what!r}] = [name for name in {HEAVY!r} if name in sys.modules]",
        ]
    found = json.loads(python("\n".join([*lines, "print(json.dumps(found))"])))
    assert len(found) == 7
    assert not {what: heavy for what, heavy in found.items() if heavy}


def test_core_is_the_same_under_the_name_that_the_wheel_gives_it():
    assert python("import gamut.core; print(gamut.core.__version__)").strip() == core.__version__


@pytest.mark.parametrize(
    "path", [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))], ids=lambda path: str(path.relative_to(ROOT))
)
def test_every_page_compiles(path: Path):
    compile(path.read_text(encoding="utf-8"), str(path), "exec", dont_inherit=True)


def test_pages_are_named_so_that_streamlit_finds_and_orders_them():
    names = [path.name for path in (ROOT / "pages").glob("*.py")]
    assert names
    assert all(re.fullmatch(r"[1-9]_[A-Z][A-Za-z_]*\.py", name) for name in names)
    assert len({name[0] for name in names}) == len(names)


def test_imports_inside_core_are_relative():
    absolute = re.compile(r"^\s*(from|import) (core|gamut|pages)\b", re.MULTILINE)
    found = [str(path) for path in (ROOT / "core").rglob("*.py") if absolute.search(_code(path))]
    assert found == []


# Spelt in two parts, so that this file names none of them itself.
FORBIDDEN = {
    "a machine's path": re.compile(r"(?<![\w./-])/(?:" + "work|" + "root|" + r"home/\w+|Users/\w+|" + r"tmp)/\w"),
    "a package registry": re.compile(
        "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "index" + "-url", "find" + "-links"])
    ),
    "a package registry of another kind": re.compile("|".join(["regis" + r"try\.npmjs", "download" + r"\.pytorch"])),
}


def test_no_file_names_a_machines_path_or_a_package_registry():
    found = []
    for path in tracked():
        content = path.read_bytes()
        if b"\0" in content[:8000]:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            found += [
                f"{path.relative_to(ROOT)}:{number} names {what}"
                for what, words in FORBIDDEN.items()
                if words.search(line)
            ]
    assert found == []


def test_no_file_is_so_large_that_it_must_be_data_by_mistake():
    large = [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > 2 << 20]
    assert large == []


def _code(path: Path) -> str:
    """The source without what stands in triple quotes, where examples import from outside."""
    return re.sub(r'"""(?s:.*?)"""', "", path.read_text(encoding="utf-8"))
