"""UMAP's code compiled beforehand, by a process of its own: a thread that compiles holds up all other Python.

`python -m core.compiling` compiles it into numba's cache, and leaves with the process that started it.
"""

import os
import subprocess
import sys
import threading
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("numba", "llvmlite", "umap-learn", "pynndescent")


def begin() -> "subprocess.Popen[bytes] | None":
    """The process that compiles what the folder of numba's cache does not hold yet; None where it holds all."""
    if _note().exists() and _note().read_text() == _versions():
        return None
    return subprocess.Popen([sys.executable, "-P", "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)


def _note() -> Path:
    """Where it says of which packages the cache holds the code."""
    return Path(os.environ["NUMBA_CACHE_DIR"]) / "umap"


def _versions() -> str:
    return " ".join(f"{name} {version(name)}" for name in _PACKAGES)


def _leave_with_parent() -> None:
    """The parent holds the other end of the standard input, and lets go of it by ending, however that comes."""
    while os.read(0, 1):
        pass
    os._exit(0)


def main() -> None:
    """Compile, and note that it was done."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    os.nice(19)  # the cores belong to the jobs that run
    from .projections.umap import warm_up

    warm_up()
    _note().write_text(_versions())


if __name__ == "__main__":
    main()
