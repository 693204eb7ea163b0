"""One process at a time in a folder of work that a kill may leave unfinished and another run goes on with."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from .progress import Progress


@contextlib.contextmanager
def alone_in(partial: Path, done: Path, progress: Progress, others: str) -> Iterator[bool]:
    """Holds the folder of the work with no other process in it; False when another one finished the work meanwhile.

    Args:
        partial: the folder of the work, made where there is none; the file `lock` in it is the lock.
        done: where the folder lies once the work is finished.
        others: what another process that holds it does: "embeds the same texts".
    """
    while not done.is_dir():
        partial.mkdir(exist_ok=True)
        try:
            lock = (partial / "lock").open("w")
        except FileNotFoundError:  # renamed by the process that finished, just now
            continue
        with lock:
            while not _locked(lock.fileno()):
                progress(0.0, f"Waiting for another process that {others}")
                time.sleep(0.2)
            if _is_at(lock.fileno(), partial / "lock"):
                yield True
                return
    yield False


def _is_at(file: int, path: Path) -> bool:
    return path.exists() and os.path.samestat(os.fstat(file), path.stat())


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
