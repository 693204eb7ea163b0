"""The worker process: real processes, killed, orphaned, stopped and started twice, with small kinds of work."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from core import worker, worker_process
from core.errors import Cancelled, UserError
from core.jobs import Job, Jobs
from core.progress import Progress
from core.store import Store
from core.workspace import Workspace

HERE = Path(__file__).resolve().parent
PATIENCE = 30.0


@pytest.fixture
def jobs(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """The jobs of an empty home folder, whose worker does the small kinds of work."""

    def command(home: Path, name: str) -> list[str]:
        return [sys.executable, "-P", str(HERE / "small_worker.py"), str(home), name]

    monkeypatch.setattr(worker_process, "_command", command)
    jobs = Jobs(Store())
    yield jobs
    jobs.stop_worker()


def until(condition: Callable[[], Any], what: str = "") -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, what or "waited in vain"
        time.sleep(0.02)
    return found


def count(jobs: Jobs, to: int = 10_000, name: str = "a") -> Job:
    job = jobs.submit("count", "Count", to=to, name=name)
    jobs.ensure_worker()
    return job


def counted(jobs: Jobs, name: str = "a") -> list[list[str]]:
    path = jobs.store.home / f"count-{name}"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def at_work(jobs: Jobs, job: Job) -> int:
    """The number of the worker's process, once it is at that job."""
    until(lambda: (now := jobs.find(job.id)) and now.state == "running" and counted(jobs))
    return worker_process._CHILDREN[jobs.folder].process.pid


def ended(jobs: Jobs, job: Job, *, served: bool = True) -> Job:
    """The job once it has ended; meanwhile this process looks after a worker, as the app's pages do."""

    def look() -> Job | None:
        if served:
            jobs.ensure_worker()
        now = jobs.find(job.id)
        return now if now and not now.running else None

    found = until(look, f"{job.title} does not end")
    assert isinstance(found, Job)
    return found


def test_a_job_is_done_by_another_process_and_its_result_is_on_record(jobs: Jobs):
    after = ended(jobs, count(jobs, to=20))
    assert (after.state, after.share, after.result) == ("done", 1.0, {"counted": 20})
    assert 0.3 < after.seconds < PATIENCE
    assert {int(pid) for _, pid in counted(jobs)} == {worker_process._CHILDREN[jobs.folder].process.pid}


def test_progress_is_on_record_while_the_job_runs(jobs: Jobs):
    job = count(jobs)
    at_work(jobs, job)
    seen = until(lambda: (now := jobs.find(job.id)) and now.share > 0 and now)
    assert seen.message.startswith("Counted ")


def test_a_running_job_is_cancelled_and_goes_on_where_it_stopped(jobs: Jobs):
    job = count(jobs, to=60)
    at_work(jobs, job)
    until(lambda: len(counted(jobs)) > 15)
    jobs.cancel(job.id)
    after = ended(jobs, job)
    assert after.state == "cancelled"
    assert after.kept.startswith("Counted ")
    so_far = len(counted(jobs))
    assert so_far < 60
    jobs.again(job.id)
    assert ended(jobs, job).state == "done"
    assert [int(step) for step, _ in counted(jobs)] == list(range(60)), "no step twice"


def test_a_worker_that_is_killed_shows_as_failed_with_its_reason_and_again_goes_on(jobs: Jobs):
    job = count(jobs, to=60)
    os.kill(at_work(jobs, job), signal.SIGKILL)
    after = ended(jobs, job)
    assert after.state == "failed"
    assert "signal SIGKILL, which is what a machine out of memory sends" in after.error
    assert "try again" in after.error
    jobs.again(job.id)
    jobs.ensure_worker()
    assert ended(jobs, job).state == "done"
    steps = [int(step) for step, _ in counted(jobs)]
    assert sorted(set(steps)) == list(range(60))
    assert len(steps) == 60
    assert len({pid for _, pid in counted(jobs)}) == 2


def test_jobs_behind_the_one_that_died_are_done_by_the_next_worker(jobs: Jobs):
    first = jobs.submit("die", "Die", code=7)
    second = count(jobs, to=3)
    assert "it ended with code 7; worker.log in the jobs folder says more" in ended(jobs, first).error
    jobs.ensure_worker()
    assert ended(jobs, second).state == "done"


def test_a_worker_that_is_told_to_go_puts_its_job_back_and_the_next_one_finishes_it(jobs: Jobs):
    job = count(jobs, to=80)
    os.kill(at_work(jobs, job), signal.SIGTERM)
    back = until(lambda: (now := jobs.find(job.id)) and now.state == "queued" and now)
    assert (back.share, back.message, back.worker, back.started) == (0.0, "", "", None)
    until(lambda: worker_process.living(jobs.folder) is None)
    jobs.ensure_worker()
    assert ended(jobs, job).state == "done"
    assert [int(step) for step, _ in counted(jobs)] == list(range(80))


def test_a_job_that_reports_nothing_is_put_back_too(jobs: Jobs):
    job = jobs.submit("deaf", "Deaf")
    jobs.ensure_worker()
    until(lambda: (now := jobs.find(job.id)) and now.state == "running")
    time.sleep(0.3)
    process = worker_process._CHILDREN[jobs.folder].process
    process.terminate()
    assert process.wait(PATIENCE) == 0
    after = jobs.find(job.id)
    assert after is not None and after.state == "queued"


SERVER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from core import worker_process
from core.jobs import Jobs
from core.store import Store
from core.workspace import Workspace
worker_process._command = lambda home, name: [sys.executable, "-P", sys.argv[2], str(home), name]
jobs = Jobs(Store())
while True:
    jobs.ensure_worker()
    time.sleep(0.05)
"""


@pytest.fixture
def server(home: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Starts a server of the home folder: a process of its own that sees to a worker."""
    started = []

    def start() -> "subprocess.Popen[bytes]":
        arguments = [sys.executable, "-c", SERVER, str(HERE.parent), str(HERE / "small_worker.py")]
        started.append(subprocess.Popen(arguments, start_new_session=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def workers(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
        except psutil.Error:  # it ended meanwhile
            continue
        if any(part.endswith("small_worker.py") for part in line[:3]) and str(home) in line:
            found.append(process)
    return found


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_when_the_server_dies_the_job_goes_back_and_the_next_server_finishes_it(
    jobs: Jobs, home: Path, server: Callable[[], "subprocess.Popen[bytes]"], how: signal.Signals
):
    first = server()
    job = jobs.submit("count", "Count", to=100, name="a")
    until(lambda: len(counted(jobs)) > 5)
    first.send_signal(how)
    first.wait()
    until(lambda: (now := jobs.find(job.id)) and now.state == "queued", "the job goes back")
    until(lambda: not workers(home), "its worker ends")
    server()
    assert ended(jobs, job, served=False).state == "done"
    assert [int(step) for step, _ in counted(jobs)] == list(range(100))


def test_two_servers_of_one_home_have_one_worker_and_the_second_takes_over(
    jobs: Jobs, home: Path, server: Callable[[], "subprocess.Popen[bytes]"]
):
    servers = [server(), server(), server()]
    job = jobs.submit("count", "Count", to=150, name="a")
    until(lambda: len(counted(jobs)) > 5)
    until(lambda: len(workers(home)) == 1, "workers that came too late leave")
    (only,) = workers(home)
    owner = next(each for each in servers if each.pid == only.ppid())
    owner.kill()
    owner.wait()
    assert ended(jobs, job, served=False).state == "done"
    steps = [int(step) for step, _ in counted(jobs)]
    assert steps == list(range(150)), "no step is taken twice"
    assert len({pid for _, pid in counted(jobs)}) == 2
    until(lambda: len(workers(home)) == 1)


def test_why_a_worker_died_is_known_to_those_who_did_not_start_it(
    jobs: Jobs, home: Path, server: Callable[[], "subprocess.Popen[bytes]"]
):
    server()
    job = jobs.submit("count", "Count", to=1000, name="a")
    until(lambda: len(counted(jobs)) > 2)
    (only,) = workers(home)
    only.kill()
    assert "signal SIGKILL, which is what a machine out of memory sends" in ended(jobs, job, served=False).error
    assert not worker_process._CHILDREN, "its parent is the other process"


SERVED = """
import sys
sys.path.insert(0, sys.argv[1])
from core import worker_process
from core.cli.app import serve
from core.jobs import Jobs
from core.store import Store
worker_process._command = lambda home, name: [sys.executable, "-P", sys.argv[2], str(home), name]
sys.exit(serve([sys.executable, "-c", sys.argv[3]], {"GAMUT_S3_BUCKETS": "*"}, Jobs(Store())))
"""


def served(app: str) -> "subprocess.Popen[bytes]":
    """`gamut app` with another server than Streamlit's."""
    return subprocess.Popen([sys.executable, "-c", SERVED, str(HERE.parent), str(HERE / "small_worker.py"), app])


def test_the_app_has_a_worker_before_anybody_opens_a_page_and_a_new_one_when_it_dies(jobs: Jobs, home: Path):
    app = served("import time; time.sleep(600)")
    first = until(lambda: worker_process.living(jobs.folder))
    (only,) = workers(home)
    assert only.environ()["GAMUT_S3_BUCKETS"] == "*", "it may fetch what the server may"
    only.kill()
    assert until(lambda: (now := worker_process.living(jobs.folder)) and now != first and now)
    (server,) = [child for child in psutil.Process(app.pid).children() if child not in workers(home)]
    app.terminate()
    assert app.wait(PATIENCE) == 128 + signal.SIGTERM, "as the server ended"
    assert not server.is_running()
    until(lambda: not workers(home), "the worker ends with the app")


def test_the_app_ends_as_its_server_does(home: Path):
    app = served("raise SystemExit(3)")
    assert app.wait(PATIENCE) == 3
    until(lambda: not workers(home))


def test_errors_are_on_record_in_words_and_end_only_their_job(jobs: Jobs):
    said = {how: jobs.submit("fail", f"Fail by {how}", how=how) for how in ("user", "memory", "bug")}
    unknown = jobs.submit("fly", "Fly")
    last = count(jobs, to=2)
    assert ended(jobs, last).state == "done"
    errors = {how: ended(jobs, job).error for how, job in said.items()}
    assert errors["user"] == "Row 3 has no text."
    assert errors["memory"].startswith("The machine has not enough free memory")
    assert errors["bug"].startswith("This is a fault of Gamut, not of your data: ZeroDivisionError: by zero.")
    assert ended(jobs, unknown).state == "failed"
    log = (jobs.folder / "worker.log").read_text()
    assert "ZeroDivisionError: by zero" in log
    assert "Traceback" in log
    assert "Row 3" not in log, "what the user can mend is no matter for the log"


def test_broken_records_do_not_end_the_worker(jobs: Jobs):
    first = count(jobs, to=2)
    ended(jobs, first)
    for name, content in [("a", "{"), ("b", "[]"), ("c", '{"what": "count"}')]:
        (jobs.folder / name).mkdir()
        (jobs.folder / name / "request.json").write_text(content)
        (jobs.folder / name / "state.json").write_text("{}")
    assert ended(jobs, count(jobs, to=2, name="b")).state == "done"


def test_a_warm_up_that_fails_is_logged_and_the_work_goes_on(jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SMALL_WORKER", "broken libraries")
    assert ended(jobs, count(jobs, to=2)).state == "done"
    until(lambda: "ImportError: no module named torch" in (jobs.folder / "worker.log").read_text())


def test_a_worker_that_cannot_start_fails_the_jobs_that_wait_and_is_not_tried_all_the_time(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SMALL_WORKER", "cannot start")
    job = count(jobs)
    child = worker_process._CHILDREN[jobs.folder]
    child.process.wait(PATIENCE)
    jobs.ensure_worker()
    after = ended(jobs, job)
    assert after.state == "failed"
    assert after.error.startswith("The worker process cannot start: it ended with code 3")
    jobs.again(job.id)
    jobs.ensure_worker()
    assert jobs.folder not in worker_process._CHILDREN, "not at once"
    monkeypatch.setattr(worker_process, "_NOT_BEFORE", {})
    monkeypatch.delenv("SMALL_WORKER")
    jobs.ensure_worker()
    until(lambda: counted(jobs))


def test_stopping_the_worker_stops_it_and_a_later_one_goes_on(jobs: Jobs):
    job = count(jobs, to=60)
    pid = at_work(jobs, job)
    jobs.stop_worker()
    assert not psutil.pid_exists(pid)
    after = jobs.find(job.id)
    assert after is not None and after.state == "queued"
    jobs.ensure_worker()
    assert ended(jobs, job).state == "done"


def test_the_log_does_not_grow_for_ever(jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker_process, "_LOG_SIZE", 10)
    (jobs.folder / "worker.log").write_text("old " * 10)
    ended(jobs, count(jobs, to=1))
    assert (jobs.folder / "worker.log.old").read_text() == "old " * 10
    assert "old" not in (jobs.folder / "worker.log").read_text()


def test_the_real_worker_does_real_work(home: Path, tmp_path: Path):
    (tmp_path / "a.jsonl").write_text('{"instruction": "Say hi.", "output": "Hi."}\n' * 3, encoding="utf-8")
    jobs = Jobs(Store())
    found = jobs.submit("read", "Read a.jsonl", paths=[str(tmp_path / "a.jsonl")], name=None)
    missing = jobs.submit("read", "Read b.jsonl", paths=[str(tmp_path / "b.jsonl")], name=None)
    try:
        done = ended(jobs, found)
        assert done.state == "done", done.error
        (entry,) = Workspace(jobs.store).entries()
        assert (entry.dataset, entry.rows) == (done.result["dataset"], 3)
        assert ended(jobs, missing).error.startswith("There is no file ")
    finally:
        jobs.stop_worker()


def test_the_worker_is_started_under_the_name_of_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    installed = ["-P", "-m", "gamut.core.worker", str(tmp_path), "w"]
    assert worker_process._command(tmp_path, "w")[1:] == installed, "by the name that it has on other machines too"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert worker_process._command(tmp_path, "w")[1:] == ["-P", "-m", "core.worker", str(tmp_path), "w"]
    monkeypatch.setattr(worker_process, "__package__", "gamut.core")
    assert worker_process._command(tmp_path, "w")[1:] == installed


# In this process: what a real one would make hard to see


@pytest.fixture
def claimed(home: Path) -> Iterator[tuple[Job, Jobs]]:
    jobs = Jobs(Store())
    with worker_process.serving(jobs.folder, "w"):
        jobs.submit("work", "Work")
        job = jobs.claim("w")
        assert job is not None
        yield job, jobs


def run_with(monkeypatch: pytest.MonkeyPatch, claimed: tuple[Job, Jobs], work: Callable[[Progress], Any]) -> Job:
    monkeypatch.setitem(worker.WORK, "work", lambda store, args, progress: work(progress))
    job, jobs = claimed
    worker.run(job, jobs, worker.Exit(), lambda progress: None)
    after = jobs.find(job.id)
    assert after is not None
    return after


def test_a_cancel_between_two_reports_is_heard_at_the_next(monkeypatch: pytest.MonkeyPatch, claimed: tuple[Job, Jobs]):
    job, jobs = claimed
    reached = []

    def work(progress: Progress) -> None:
        progress(0.1, "One")
        jobs.cancel(job.id)
        time.sleep(worker._REPORT)
        reached.append("the report")
        progress(0.2, "Two")
        reached.append("too far")

    after = run_with(monkeypatch, claimed, work)
    assert (after.state, after.kept) == ("cancelled", "Two")
    assert reached == ["the report"]


def test_reports_in_quick_succession_are_not_all_written(monkeypatch: pytest.MonkeyPatch, claimed: tuple[Job, Jobs]):
    written = []
    real = Jobs.update
    monkeypatch.setattr(Jobs, "update", lambda self, job: (written.append(job), real(self, job))[1])

    def work(progress: Progress) -> None:
        for i in range(10_000):
            progress(i / 10_000, f"Step {i}")

    assert run_with(monkeypatch, claimed, work).state == "done"
    assert len(written) < 20


def test_a_full_disk_is_said_as_such(monkeypatch: pytest.MonkeyPatch, claimed: tuple[Job, Jobs]):
    def work(progress: Progress) -> None:
        raise OSError(28, "No space left on device")

    after = run_with(monkeypatch, claimed, work)
    assert after.state == "failed"
    assert after.error.startswith(f"The disk of {claimed[1].store.home} is full.")


@pytest.mark.parametrize(("error", "state"), [(Cancelled(), "cancelled"), (UserError("No."), "failed")])
def test_how_work_ends_early_is_its_state(
    monkeypatch: pytest.MonkeyPatch, claimed: tuple[Job, Jobs], error: Exception, state: str
):
    def work(progress: Progress) -> None:
        raise error

    assert run_with(monkeypatch, claimed, work).state == state


def test_work_waits_for_the_libraries_says_so_and_can_be_cancelled_meanwhile(claimed: tuple[Job, Jobs]):
    job, jobs = claimed
    warm = worker.WarmUp()
    threading.Timer(0.5, jobs.cancel, [job.id]).start()
    worker.run(job, jobs, worker.Exit(), warm.wait)
    after = jobs.find(job.id)
    assert after is not None
    assert (after.state, after.kept) == ("cancelled", "Starting: loading libraries, once after each start")


def test_reading_does_not_wait_for_the_libraries(monkeypatch: pytest.MonkeyPatch, claimed: tuple[Job, Jobs]):
    job, jobs = claimed
    monkeypatch.setitem(worker.WORK, "read", lambda store, args, progress: {"read": 1})
    worker.run(replace(job, what="read"), jobs, worker.Exit(), worker.WarmUp().wait)
    after = jobs.find(job.id)
    assert after is not None and after.result == {"read": 1}


def test_the_wish_to_leave_interrupts_work_but_no_record_and_only_once():
    exit_ = worker.Exit()
    with pytest.raises(worker.Leave), exit_.door(True):
        with exit_.door(False):
            exit_.wish(signal.SIGTERM, None)
        raise AssertionError("the door was opened again with the wish behind it")

    exit_ = worker.Exit()
    with exit_.door(True):
        with pytest.raises(worker.Leave):
            exit_.wish(signal.SIGTERM, None)
        exit_.wish(signal.SIGTERM, None)  # while it tidies up
        with pytest.raises(worker.Leave):
            exit_.check()  # but a report that swallowed the first one meets it again


def test_a_worker_that_is_told_to_go_while_idle_takes_no_more_work(home: Path):
    jobs = Jobs(Store())
    exit_ = worker.Exit()
    exit_.wish(signal.SIGTERM, None)
    job = jobs.submit("work", "Work")
    worker.serve(jobs, "w", exit_, lambda progress: None)
    assert jobs.find(job.id) == job
