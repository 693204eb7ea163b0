"""What all tests stand on: a home folder of their own, no network, and the same number of threads everywhere."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_HOME = tempfile.TemporaryDirectory(prefix="gamut-tests-")

# Set before anything of Gamut is imported, so that no test and no process that a test starts can miss it.
os.environ["GAMUT_HOME"] = str(Path(_HOME.name) / "gamut")
os.environ["HF_HOME"] = str(Path(_HOME.name) / "huggingface")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] = "false"
os.environ.setdefault(
    "NUMBA_CACHE_DIR", str(Path(tempfile.gettempdir()) / "gamut-tests-numba")
)  # compiled code is kept


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder for one test, and for the processes that it starts."""
    folder = tmp_path / "home"
    monkeypatch.setenv("GAMUT_HOME", str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def _nothing_in_the_users_own_folder() -> Iterator[None]:
    import platformdirs

    real = Path(platformdirs.user_data_dir("gamut", appauthor=False))
    before = real.exists()
    yield
    assert real.exists() == before, f"a test wrote to {real}"
