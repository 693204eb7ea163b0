"""Long work: records on disk that the app and its worker process share.

A job is a folder `jobs/<id>` under the home folder: `request.json` (what to do), `state.json` (how far it is) and, once
somebody wants it to stop, a file `cancel`. Its id is the digest of the request, so the same work asked for twice is one
job. Nothing of it lives in the server: a page change, a reload, a second tab and a restart find it as it was.
"""

import contextlib
import fcntl
import json
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

from . import worker_process
from .digest import digest
from .engines.of_home import chosen
from .store import Store, read_json, write_json

State = Literal["queued", "running", "done", "failed", "cancelled"]
_REQUEST = ("what", "title", "args", "created", "engine")
_KEPT = 100  # records of finished jobs; their results stay in the store


@dataclass(frozen=True)
class Job:
    """One piece of long work as a person sees it."""

    id: str
    what: str
    title: str
    args: dict[str, Any]
    created: float
    engine: str = "local"  # that does it, as chosen when it was asked for (core/engines/of_home.py)
    state: State = "queued"
    share: float = 0.0
    message: str = ""
    result: Any = None
    error: str = ""
    kept: str = ""  # what a job that was cancelled has left to build on
    started: float | None = None
    finished: float | None = None
    worker: str = ""  # the name of the worker that runs it
    shared: str = ""  # what of it other machines did, in words

    @property
    def running(self) -> bool:
        return self.state in ("queued", "running")

    @property
    def seconds(self) -> float:
        """How long it has run, or ran."""
        return 0.0 if self.started is None else (self.finished or time.time()) - self.started


_FIELDS = frozenset(field.name for field in fields(Job)) - {"id"}


class Jobs:
    """The jobs of one home folder."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.folder = store.home / "jobs"
        self._seen: dict[str, tuple[list[tuple[int, int, int]], Job]] = {}  # records, and what tells that they changed

    # For those who want work done

    def submit(self, what: str, title: str, **args: Any) -> Job:
        """Queue that work for the engine that is chosen now, or return the job that waits or runs for the same.

        Work that was done before is queued again: what it made is found in the store, and what it set is set anew. The
        engine is no part of what makes a job the same, as it changes no result.
        """
        args = json.loads(json.dumps(args))  # as they come back from disk
        job_id, engine = id_of(what, args), chosen(self.store)
        with self._alone():
            known = self._read(job_id)
            if known and known.running and not self._lost(known):
                return known
            folder = self.folder / job_id
            folder.mkdir(exist_ok=True)
            (folder / "cancel").unlink(missing_ok=True)
            job = Job(id=job_id, what=what, title=title, args=args, created=time.time(), engine=engine)
            write_json(folder / "request.json", {name: getattr(job, name) for name in _REQUEST})
            self._write(job)
            self._ring()
        return job

    def again(self, job_id: str) -> Job:
        """Queue a job once more, for the engine that is chosen now: what it kept is built upon."""
        job = self.find(job_id)
        if job is None:
            raise KeyError(f"There is no job {job_id}.")
        return self.submit(job.what, job.title, **job.args)

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop: a queued one stops at once, a running one at its next sign of progress."""
        with self._alone():
            job = self._read(job_id)
            if job is None or not job.running:
                return
            if job.state == "queued":
                self._write(replace(job, state="cancelled", finished=time.time()))
            else:
                (self.folder / job_id / "cancel").touch()

    def forget(self, job_id: str) -> None:
        """Remove the record of a finished job; results stay."""
        with self._alone():
            job = self._read(job_id)
            if job and not job.running:
                shutil.rmtree(self.folder / job_id, ignore_errors=True)

    def find(self, job_id: str) -> Job | None:
        """The job of that id as it stands now; one whose worker was killed is shown as failed."""
        job = self._read(job_id)
        if job is None or not self._lost(job):
            return job
        why, worker = worker_process.last_words(self.folder, job.worker), job.worker
        with self._alone():
            job = self._read(job_id)
            if job is None or job.worker != worker or not self._lost(job):
                return job
            job = replace(
                job,
                state="failed",
                finished=time.time(),
                error=f"The worker process was ended from outside ({why}). Nothing finished was lost; "
                "try again to go on from where it stopped.",
            )
            self._write(job)
        return job

    def all(self) -> list[Job]:
        """Every job there is a record of, newest first."""
        found = [self.find(folder.name) for folder in self.folder.iterdir() if folder.is_dir()]
        return sorted((job for job in found if job), key=lambda job: (-job.created, job.id))

    def wait(self, job_id: str, seconds: float) -> Job | None:
        """The job once it has ended, or as it is after that many seconds."""
        end = time.monotonic() + seconds
        while (job := self.find(job_id)) and job.running and time.monotonic() < end:
            time.sleep(0.05)
        return job

    def ensure_worker(self) -> None:
        """See to it that one worker process serves this home folder; it ends with the process that started it.

        Where the worker cannot start, the jobs that wait are shown as failed with the reason.
        """
        why = worker_process.ensure(self.store.home)
        if why is None:
            return
        with self._alone():
            for folder in self.folder.iterdir():
                if (job := self._read(folder.name)) and job.state == "queued":
                    self._write(
                        replace(
                            job, state="failed", finished=time.time(), error=f"The worker process cannot start: {why}."
                        )
                    )

    def stop_worker(self) -> None:
        """End the worker that this process started; the job that it is at goes back into the queue."""
        worker_process.stop(self.store.home)

    # For the worker

    def bell(self) -> str:
        """Changes whenever there may be a new job: so that waiting costs the reading of one small file."""
        try:
            return (self.folder / "bell").read_text()
        except OSError:
            return ""

    def claim(self, worker: str) -> Job | None:
        """The oldest job that waits, now the worker's; None where none waits."""
        with self._alone():
            records = [self._read(folder.name) for folder in self.folder.iterdir() if folder.is_dir()]
            waiting = [job for job in records if job and job.state == "queued"]
            if not waiting:
                return None
            oldest = min(waiting, key=lambda job: (job.created, job.id))
            job = replace(oldest, state="running", started=time.time(), worker=worker)
            self._write(job)
            return job

    def update(self, job: Job) -> None:
        """Put how far the worker's job is on disk; a job that is no longer this worker's stays as it is."""
        with self._alone():
            if self._is_at(job):
                self._write(job)

    def put_back(self, job: Job) -> None:
        """Put the worker's job back into the queue, as it was, or take it from there where it was to be cancelled."""
        with self._alone():
            if not self._is_at(job):
                return
            if self.cancelled(job.id):
                self._write(replace(job, state="cancelled", finished=time.time()))
                return
            self._write(Job(job.id, job.what, job.title, job.args, job.created, job.engine))
            self._ring()

    def cancelled(self, job_id: str) -> bool:
        """Whether somebody wants this running job to stop."""
        return (self.folder / job_id / "cancel").exists()

    def prune(self, keep: int = _KEPT) -> None:
        """Forget all but the latest finished jobs, since every page reads them all."""
        for job in [job for job in self.all() if not job.running][keep:]:
            self.forget(job.id)

    # On disk

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other thread or process changes a record meanwhile."""
        with (self.folder / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _ring(self) -> None:
        write_json(self.folder / "bell", uuid.uuid4().hex)

    def _lost(self, job: Job) -> bool:
        return job.state == "running" and worker_process.living(self.folder) != job.worker

    def _is_at(self, job: Job) -> bool:
        now = self._read(job.id)
        return now is not None and now.state == "running" and now.worker == job.worker

    def _write(self, job: Job) -> None:
        state = {name: value for name, value in asdict(job).items() if name not in ("id", *_REQUEST)}
        write_json(self.folder / job.id / "state.json", state)

    def _read(self, job_id: str) -> Job | None:
        """The record as it stands on disk; None where there is none, or none that this version can read.

        A record is read again only when one of its files was replaced: every page asks for all of them several times.
        """
        files = [self.folder / job_id / name for name in ("request.json", "state.json")]
        try:
            stats = [file.stat() for file in files]
            stamp = [(each.st_ino, each.st_mtime_ns, each.st_size) for each in stats]
            if (known := self._seen.get(job_id)) and known[0] == stamp:
                return known[1]
            record = read_json(files[0]) | read_json(files[1])
            job = Job(id=job_id, **{name: value for name, value in record.items() if name in _FIELDS})
            if job.state not in get_args(State) or not isinstance(job.args, dict) or not job.created + 0:
                return None
        except (OSError, ValueError, TypeError, AttributeError):
            self._seen.pop(job_id, None)
            return None
        self._seen[job_id] = (stamp, job)
        return job


def id_of(what: str, args: Mapping[str, Any]) -> str:
    """The id of the job that does that work, whether or not it was asked for yet."""
    return digest("job", what, args)[:16]
