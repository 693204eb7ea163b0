"""The worker process: `python -m core.worker HOME` runs the queued jobs of a home folder, one after the other.

It stays warm (UMAP alone takes up to a minute to import and compile) and ends with the process that started it, putting
the job that it was at back into the queue. One worker serves a home folder: a second one leaves at once.
"""

import contextlib
import errno
import gc
import logging
import os
import signal
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import FrameType

from .compiling import begin
from .engines import summary, use_engine
from .errors import Cancelled, UserError
from .jobs import Job, Jobs
from .progress import Progress
from .store import Store
from .warming import import_libraries, warm_up
from .work import AT_ONCE, WORK
from .worker_process import LOG, serving

_POLL = 0.1
_REPORT = 0.2  # seconds between two writings of a job's progress

log = logging.getLogger("gamut.worker")


class Leave(BaseException):
    """The server has gone or asked the worker to go: not an error of the job, and not the user's wish."""


class Exit:
    """The wish that the worker leaves. It interrupts a job, but not the writing of a record."""

    def __init__(self) -> None:
        self.wished = False
        self._open = False

    def wish(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as signal.signal asks
        """The handler of signals; a second one does not disturb the tidying up after the first."""
        first, self.wished = not self.wished, True
        if first:
            self.check()

    def check(self) -> None:
        """Raise `Leave` where it was wished for and may interrupt."""
        if self.wished and self._open:
            raise Leave

    @contextlib.contextmanager
    def door(self, is_open: bool) -> Iterator[None]:
        """Whether the wish may interrupt what happens in this block."""
        before, self._open = self._open, is_open
        try:
            self.check()
            yield
        finally:
            self._open = before
        self.check()


class WarmUp(threading.Thread):
    """Imports and compiles, beside the first jobs, what later ones need."""

    def __init__(self) -> None:
        super().__init__(name="warm-up", daemon=True)
        self.imported = threading.Event()

    def run(self) -> None:
        try:
            self._warm_up()
        except Exception:
            log.exception("The warm-up failed")  # at one go: what a thread itself prints is torn apart by other lines

    def _warm_up(self) -> None:
        compiler = None
        try:
            compiler = begin()
            import_libraries()
            gc.freeze()  # a search for garbage, as after each model, takes half a second in what was imported
        finally:
            self.imported.set()  # a job that needs what cannot be imported says so itself
        with contextlib.suppress(OSError, AttributeError):  # threads have a priority of their own on Linux alone
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)  # the cores belong to jobs that run
        warm_up(compiler.wait if compiler else lambda: None)
        gc.freeze()  # what was imported for maps, too

    def wait(self, progress: Progress) -> None:
        """Return once the libraries are imported: two threads that import the same one may see it half made."""
        while not self.imported.wait(0.2):
            progress(0.0, "Starting: loading libraries, once after each start")


def main(home: str, name: str = "") -> None:
    """Serve the jobs of that home folder until the parent process ends."""
    logging.basicConfig(format="%(asctime)s %(message)s")
    log.setLevel(logging.INFO)  # ours alone: libraries tell at length what they load
    store = Store(home)
    os.environ.setdefault("NUMBA_CACHE_DIR", str(store.home / "numba"))
    jobs = Jobs(store)
    name = name or uuid.uuid4().hex
    with serving(jobs.folder, name) as first:
        if not first:
            return
        exit_ = Exit()
        signal.signal(signal.SIGTERM, exit_.wish)
        signal.signal(signal.SIGINT, exit_.wish)
        threading.Thread(target=_leave_with_server, name="server", daemon=True).start()
        warm = WarmUp()
        warm.start()
        serve(jobs, name, exit_, warm.wait)


def serve(jobs: Jobs, name: str, exit_: Exit, ready: Callable[[Progress], None]) -> None:
    """Run what is queued, and what will be, until the exit is wished for."""
    heard = None
    while not exit_.wished:
        bell = jobs.bell()
        if bell == heard:
            time.sleep(_POLL)
        elif job := jobs.claim(name):
            run(job, jobs, exit_, ready)
        else:
            heard = bell
            jobs.prune()


def run(job: Job, jobs: Jobs, exit_: Exit, ready: Callable[[Progress], None]) -> None:
    """Run a job that was claimed and put on record how it ended."""
    log.info("start %s %s", job.id, job.title)
    last = [job]
    try:
        with exit_.door(True):
            report = _progress(last, jobs, exit_)
            if job.what not in AT_ONCE:
                ready(report)
            with use_engine(job.engine, when_needed=True) as engine:
                result = WORK[job.what](jobs.store, job.args, report)
        shared = summary(engine) if engine is not None else ""
        end = replace(last[0], state="done", share=1.0, result=result, shared=shared)
    except Leave:
        log.info("leaving, back in the queue: %s", job.id)
        jobs.put_back(job)
        return
    except Cancelled:
        end = replace(last[0], state="cancelled", kept=last[0].message)
    except Exception as error:  # noqa: BLE001 - a bug in one job must not end the worker; it is shown and logged whole
        end = replace(last[0], state="failed", error=_in_words(error, jobs))
    jobs.update(replace(end, finished=time.time()))
    log.info("%s %s after %.1f s", end.state, job.id, time.time() - (job.started or 0))


def _in_words(error: Exception, jobs: Jobs) -> str:
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, MemoryError):
        return "The machine has not enough free memory for this. Close other programs, or use fewer rows."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {jobs.store.home} is full. Free some space (`gamut store --clean`) and try again."
    log.error("%s", "".join(traceback.format_exception(error)))
    return (
        f"This is a fault of Gamut, not of your data: {type(error).__name__}: {error}. "
        f"{LOG} in the jobs folder has the details."
    )


def _progress(last: list[Job], jobs: Jobs, exit_: Exit) -> Progress:
    written = 0.0

    def report(share: float, message: str) -> None:
        nonlocal written
        exit_.check()
        now = time.monotonic()
        last[0] = replace(last[0], share=share, message=message)
        if now - written < _REPORT:
            return
        written = now
        if jobs.cancelled(last[0].id):
            raise Cancelled
        with exit_.door(False):
            jobs.update(last[0])

    return report


def _leave_with_server() -> None:
    """The server holds the other end of the worker's standard input, and lets go of it only by ending."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(*sys.argv[1:])
    logging.shutdown()
    os._exit(0)  # the warm-up may be inside compiled code, which must not run while the interpreter is taken down
