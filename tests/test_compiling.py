"""UMAP's code is compiled by a process of its own, once for a cache, and that process ends with whoever started it."""

import os
import shutil
from pathlib import Path

import pytest

from core import compiling

PATIENCE = 400  # seconds: where nothing of it is compiled yet


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tests' own cache, of which nobody has said what it holds."""
    place, ours = tmp_path / "numba", Path(os.environ["NUMBA_CACHE_DIR"])
    if ours.exists():
        shutil.copytree(ours, place, ignore=shutil.ignore_patterns("umap", "*.tmp.*"))
    place.mkdir(exist_ok=True)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(place))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))  # as a worker has it that a checkout started
    return place


def test_it_is_compiled_once_for_a_cache(cache: Path):
    child = compiling.begin()
    assert child is not None
    with child:
        assert child.wait(PATIENCE) == 0
    assert any(path.name.startswith("umap_") for path in cache.iterdir())
    assert compiling.begin() is None


def test_other_versions_compile_it_again(cache: Path):
    (cache / "umap").write_text("numba 0.1")
    child = compiling.begin()
    assert child is not None and child.stdin is not None
    child.stdin.close()  # as when its parent has gone
    assert child.wait(60) == 0
    assert (cache / "umap").read_text() == "numba 0.1"
