"""What all tests stand on: a home folder of their own, no network, and the same number of threads everywhere."""

import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.every_control import EveryControl
from tests.browser.watched import controls

if TYPE_CHECKING:
    from core.dataset import Dataset

_HOME = tempfile.TemporaryDirectory(prefix="gamut-tests-")

# Set before anything of Gamut is imported, so that no test and no process that a test starts can miss it.
os.environ["GAMUT_HOME"] = str(Path(_HOME.name) / "gamut")
os.environ["HF_HOME"] = str(Path(_HOME.name) / "huggingface")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.setdefault("OMP_NUM_THREADS", "1")  # test processes share the cores, and threads wait for each other
os.environ["STREAMLIT_BROWSER_GATHER_USAGE_STATS"] = "false"
os.environ.setdefault(
    "NUMBA_CACHE_DIR", str(Path(tempfile.gettempdir()) / "gamut-tests-numba")
)  # compiled code is kept


def pytest_configure(config: pytest.Config) -> None:
    """The process that reports watches which controls the browser tests use, in whichever processes these run."""
    if not hasattr(config, "workerinput"):
        files = Path(__file__).parent.glob("browser/**/test_*.py")
        names = [path.relative_to(config.rootpath).as_posix() for path in files]
        config.pluginmanager.register(EveryControl(controls(), names))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadgroup` all browser tests go to one process: they share a server and its one worker.

    So do those of planted clusters, which share minutes of training.

    Their marks would not see to it: xdist 3.8 writes groups into the ids of tests, and pytest 9.2 does not read them.
    """
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadGroupScheduling

    class TogetherInOne(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            groups = ("tests/browser/", "tests/test_refinement_planted.py")
            return next((group for group in groups if nodeid.startswith(group)), super()._split_scope(nodeid))

    return TogetherInOne(config, log)


@pytest.fixture(autouse=True)
def _no_search_through_libraries() -> None:
    """What is there before a test is none of its garbage: of all that libraries import, a search takes half a second.

    It is searched each time that a language model is let go of.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder for one test, and for the processes that it starts."""
    folder = tmp_path / "home"
    monkeypatch.setenv("GAMUT_HOME", str(folder))
    return folder


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home folder for all tests of a file, so that what one of them embeds the next need not."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GAMUT_HOME", str(folder))
        yield folder


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., "Dataset"]:
    """Read bytes or text (one file, or several by name) as a dataset."""
    from core.reading import Options, read_dataset

    def reader(content: Any, name: str = "data", **options: Any) -> "Dataset":
        files = content if isinstance(content, dict) else {name: content}
        paths = []
        for file, data in files.items():
            paths.append(tmp_path / file)
            paths[-1].write_bytes(data if isinstance(data, bytes) else data.encode())
        return read_dataset(paths, tmp_path / "home", options=Options(**options) if options else None)

    return reader


@pytest.fixture(scope="session", autouse=True)
def _nothing_in_the_users_own_folder() -> Iterator[None]:
    import platformdirs

    real = Path(platformdirs.user_data_dir("gamut", appauthor=False))
    before = real.exists()
    yield
    assert real.exists() == before, f"a test wrote to {real}"
