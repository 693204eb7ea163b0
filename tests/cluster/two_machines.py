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
_SECONDS = 60.0  # that a raylet may take to start
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
            # a machine that is gone is noticed within seconds
            "RAY_health_check_initial_delay_ms": "1000",
            "RAY_health_check_period_ms": "500",
            "RAY_health_check_timeout_ms": "2000",
            "RAY_health_check_failure_threshold": "4",
        }
        self.address = f"{HEAD}:{_free_port()}"
        self._head: psutil.Popen | None = None
        self._other: psutil.Popen | None = None

    def __enter__(self) -> Self:
        try:
            port = self.address.rpartition(":")[2]
            self._head = self._start("--head", "--node-ip-address", HEAD, "--port", port, "--include-dashboard=false",
                                     "--temp-dir", str(self.folder / "r"))  # fmt: skip
            self._wait_for(1)
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
        self._wait_for(2)

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
        log = (self.folder / f"{len(list(self.folder.iterdir()))}.log").open("wb")
        return psutil.Popen(command, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)

    def _wait_for(self, machines: int) -> None:
        code = (
            f"import ray; ray.init(address={self.address!r}, log_to_driver=False, logging_level='ERROR'); "
            "print(sum(node['Alive'] for node in ray.nodes()))"
        )
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            if _answers(self.address):
                done = subprocess.run([sys.executable, "-c", code], env=self.env, capture_output=True, text=True)
                if done.stdout.strip().endswith(str(machines)):
                    return
            time.sleep(0.3)
        logs = "\n".join(log.read_text(errors="replace")[-2000:] for log in sorted(self.folder.glob("*.log")))
        raise RuntimeError(f"The cluster has not {machines} machines after {_SECONDS:.0f} s.\n{logs}")


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


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HEAD, 0))
        return int(free.getsockname()[1])
