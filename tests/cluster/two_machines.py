"""A Ray cluster of two raylets on this machine, with one CPU each, that leaves nothing behind."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

import psutil

HEAD, OTHER = "127.0.0.2", "127.0.0.3"  # 127.0.0.1 would be taken for the machine's own address
_RAY = str(Path(sys.executable).parent / "ray")
_SECONDS = 240.0  # that a raylet may take to start
_UP = "Ray runtime started"
_STORE = "150000000"  # bytes of objects on each


class TwoMachines:
    """`with TwoMachines() as cluster`: `cluster.address`, `cluster.env` for commands, `cluster.kill_other()`."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gamut-cluster-", dir="/tmp"))  # sockets need a short path
        token = self.folder / "token"
        token.touch(mode=0o600)
        token.write_text(secrets.token_hex(24))
        self.env = os.environ | {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(token),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_raylet_start_wait_time_s": "200",  # the cores may be busy ...
            "RAY_worker_niceness": "0",  # ... and with the 15 of Ray, others would have them all
            # a machine that is gone is noticed within seconds
            "RAY_health_check_period_ms": "1000",
            "RAY_health_check_failure_threshold": "5",
        }
        self.address = f"{HEAD}:{_free_port()}"
        self._head: psutil.Popen | None = None
        self._other: psutil.Popen | None = None

    def __enter__(self) -> Self:
        try:
            port = self.address.rpartition(":")[2]
            self._head = self._start("--head", "--node-ip-address", HEAD, "--port", port, "--include-dashboard=false",
                                     "--temp-dir", str(self.folder / "r"))  # fmt: skip
            self.start_other()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._other, self._head):
            if each is not None:
                _kill(each)
        for _ in range(5):  # what was killed may have been writing
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                break
            time.sleep(0.2)

    def start_other(self) -> None:
        """The second machine joins, anew where it was killed."""
        self._other = self._start("--address", self.address, "--node-ip-address", OTHER)

    def kill_other(self) -> None:
        """The second machine is gone, with everything that runs and lies there."""
        assert self._other is not None
        _kill(self._other)
        self._other = None

    def other_works(self) -> bool:
        """Whether a piece of work, or an object that keeps something, is on the second machine."""
        assert self._other is not None
        for child in self._other.children(recursive=True):
            try:
                title = " ".join(child.cmdline())
            except psutil.Error:
                continue
            if title.startswith(("ray::_call", "ray::_Kept")):
                return True
        return False

    def _start(self, *words: str) -> psutil.Popen:
        command = [_RAY, "start", *words, "--num-cpus", "1", "--object-store-memory", _STORE, "--disable-usage-stats",
                   "--block"]  # fmt: skip
        log = self.folder / f"{len(list(self.folder.iterdir()))}.log"
        with log.open("wb") as out:
            started = psutil.Popen(command, env=self.env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            self._wait_for(started, log)
        except BaseException:
            _kill(started)
            raise
        return started

    def _wait_for(self, process: psutil.Popen, log: Path) -> None:
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end and process.poll() is None:
            if _UP in log.read_text(errors="replace"):
                return
            time.sleep(0.2)
        raise RuntimeError(f"A machine did not start within {_SECONDS:.0f} s.\n{_end_of(log)}")


def _kill(process: psutil.Popen) -> None:
    """The process and all that it started, at once, as when a machine is switched off."""
    try:
        every = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for each in every:
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(every, timeout=10)


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HEAD, 0))
        return int(free.getsockname()[1])
