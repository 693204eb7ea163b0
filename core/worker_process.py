"""Starting the worker process of a home folder, and telling whether one lives and how the last one ended.

A worker holds the lock of the file `worker.lock` and writes its name into it. The kernel lets go of the lock when the
process ends, however it ends, so no process number has to be trusted: these are used again after a restart, in a
container at once. The worker's standard input is a pipe from the server: it ends when the server does.
"""

import contextlib
import fcntl
import importlib.metadata
import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .store import read_json, write_json

LOG = "worker.log"
_PATIENCE = 1.0  # seconds in which a starting worker tries for the lock, which askers hold for an instant
_NOTICED = 2.0  # seconds within which the process that started a worker has put its end on record
_PAUSE = 10.0  # seconds between two attempts to start a worker that cannot start
_LOG_SIZE = 5 << 20  # bytes of log after which a new one is begun


@dataclass
class _Child:
    name: str
    process: "subprocess.Popen[bytes]"


_CHILDREN: dict[Path, _Child] = {}
_NOT_BEFORE: dict[Path, float] = {}
_LOCK = threading.RLock()  # sessions are threads of one server


def ensure(home: Path) -> str | None:
    """Start a worker where none serves that home folder; where the last one could not start, returns why.

    The worker ends with this process.
    """
    folder = home / "jobs"
    with _LOCK:
        why = _reap(folder)
        if folder not in _CHILDREN and time.monotonic() >= _NOT_BEFORE.get(folder, 0) and living(folder) is None:
            _CHILDREN[folder] = _start(home, folder)
        return why


def stop(home: Path, seconds: float = 10.0) -> None:
    """End the worker that this process started, as the end of this process would."""
    folder = home / "jobs"
    with _LOCK:
        child = _CHILDREN.get(folder)
        if child is None:
            return
        _close(child)
        try:
            child.process.wait(seconds)
        except subprocess.TimeoutExpired:  # it is inside a long computation
            child.process.kill()
            child.process.wait()
        _reap(folder)


def living(folder: Path) -> str | None:
    """The name of the worker that serves this folder of jobs, or None."""
    try:
        with (folder / "worker.lock").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return file.read()
            return None
    except FileNotFoundError:
        return None


def last_words(folder: Path, name: str) -> str:
    """How the worker of that name, which lives no more, came to its end, in words."""
    with _LOCK:
        child = _CHILDREN.get(folder)
        if child is not None and child.name == name:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(1.0)  # the lock is free an instant before the process can be waited for
            _reap(folder)
    end = time.monotonic() + _NOTICED
    while True:
        last = {}
        with contextlib.suppress(OSError, ValueError):
            last = read_json(folder / "last_worker.json")
        if last.get("worker") == name:
            return str(last["ended"])
        if time.monotonic() > end:
            return "perhaps the machine ran out of memory or was restarted"
        time.sleep(0.05)


@contextlib.contextmanager
def serving(folder: Path, name: str) -> Iterator[bool]:
    """Hold the place of the worker of this folder, for the worker itself; False when another one has it."""
    with (folder / "worker.lock").open("a") as file:
        end = time.monotonic() + _PATIENCE
        while not (mine := _try(file.fileno())) and time.monotonic() < end:
            time.sleep(0.02)
        if mine:
            file.truncate(0)
            file.write(name)
            file.flush()
        yield mine


def _try(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _command(home: Path, name: str) -> list[str]:
    # -P: nothing is imported from the folder that the server happens to be in
    return [sys.executable, "-P", "-m", f"{_package()}.worker", str(home), name]


def _package() -> str:
    """The name of this package on other machines too, who may be given its functions by name: `gamut.core`.

    The app's script imports it as `core`, which is not to be found there; where it is not installed, that is its name.
    """
    try:
        importlib.metadata.distribution("gamut")
        installed = importlib.util.find_spec("gamut.core")
    except ModuleNotFoundError:  # as where its metadata is not found
        return str(__package__)
    same = installed is not None and Path(str(installed.origin)).resolve().parent == Path(__file__).resolve().parent
    return "gamut.core" if same else str(__package__)


def _start(home: Path, folder: Path) -> _Child:
    name = uuid.uuid4().hex
    environment = dict(os.environ)
    if "." not in _package():  # run from the checkout, or as the app's script does from inside an installed gamut
        root = str(Path(__file__).resolve().parents[1])
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    log = folder / LOG
    if log.exists() and log.stat().st_size > _LOG_SIZE:
        log.replace(folder / f"{LOG}.old")
    with log.open("ab") as output:
        process = subprocess.Popen(
            _command(home, name),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
    return _Child(name, process)


def _reap(folder: Path) -> str | None:
    """Note how a worker of ours ended; returns why where it never came to serve."""
    child = _CHILDREN.get(folder)
    if child is None or child.process.poll() is None:
        return None
    _close(child)
    del _CHILDREN[folder]
    code = child.process.returncode
    if code == 0:
        return None
    reason = _reason(code)
    write_json(folder / "last_worker.json", {"worker": child.name, "ended": reason})
    lock = folder / "worker.lock"
    if lock.exists() and lock.read_text() == child.name:
        return None
    _NOT_BEFORE[folder] = time.monotonic() + _PAUSE
    return reason


def _close(child: _Child) -> None:
    if child.process.stdin is not None:
        child.process.stdin.close()


def _reason(code: int) -> str:
    if code >= 0:
        return f"it ended with code {code}; {LOG} in the jobs folder says more"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"number {-code}"
    return f"signal {name}" + (", which is what a machine out of memory sends" if name == "SIGKILL" else "")
