"""Records of long work: what each caller sees, whoever else asks, cancels, forgets or dies at the same moment."""

import contextlib
import fcntl
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from core import worker_process
from core.jobs import Job, Jobs, id_of
from core.store import Store, write_json


@pytest.fixture
def jobs(home: Path, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """No jobs yet; nobody here puts on record how a worker ended, so that there is nothing to wait for."""
    monkeypatch.setattr(worker_process, "_NOTICED", 0.1)
    return Jobs(Store())


@contextlib.contextmanager
def living(jobs: Jobs, name: str = "w") -> Iterator[None]:
    """A worker of that name, as far as anybody can see."""
    with worker_process.serving(jobs.folder, name) as mine:
        assert mine
        yield


def running(jobs: Jobs, worker: str = "w") -> Job:
    job = jobs.claim(worker)
    assert job is not None
    return job


def test_a_job_that_was_asked_for_waits(jobs: Jobs):
    job = jobs.submit("read", "Read a.jsonl", paths=["a.jsonl"], name=None)
    assert jobs.find(job.id) == job
    assert (job.state, job.running, job.seconds) == ("queued", True, 0.0)
    assert job.args == {"paths": ["a.jsonl"], "name": None}


def test_the_same_request_is_one_job_while_it_waits_or_runs(jobs: Jobs):
    first = jobs.submit("read", "Read", paths=["a"], name=None)
    assert jobs.submit("read", "Another title", name=None, paths=["a"]) == first
    with living(jobs):
        running(jobs)
        assert jobs.submit("read", "Read", paths=["a"], name=None).state == "running"
    assert jobs.submit("read", "Read", paths=["b"], name=None).id != first.id
    assert len(jobs.all()) == 2


def test_the_id_of_a_request_is_known_beforehand(jobs: Jobs):
    args = {"paths": ["a"], "name": None}
    assert jobs.find(id_of("read", args)) is None
    assert jobs.submit("read", "Read", **args).id == id_of("read", args)


def test_arguments_are_named_as_they_come_back_from_disk(jobs: Jobs):
    with living(jobs):
        first = jobs.submit("measure", "Measure", params={"novelsum": {"alpha": 2.0}}, quality=("score", True))
        jobs.update(replace(running(jobs), state="failed"))
        assert jobs.again(first.id).id == first.id


def test_what_cannot_be_written_down_is_refused_before_anything_is(jobs: Jobs):
    with pytest.raises(TypeError):
        jobs.submit("read", "Read", paths=[Path("a")])
    assert jobs.all() == []


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_work_that_has_ended_may_be_asked_for_again(jobs: Jobs, state: str):
    with living(jobs):
        first = jobs.submit("read", "Read", paths=["a"])
        jobs.update(replace(running(jobs), state=state, message="half", result={"a": 1}, error="no", kept="half"))
        ended = jobs.find(first.id)
        assert ended is not None and ended.state == state
        second = jobs.again(first.id)
    assert (second.id, second.state, second.message, second.result, second.error) == (first.id, "queued", "", None, "")
    assert second.created > first.created
    assert len(jobs.all()) == 1


def test_a_job_that_nobody_knows_cannot_be_asked_for_again(jobs: Jobs):
    with pytest.raises(KeyError):
        jobs.again("0123")


def test_jobs_are_claimed_in_the_order_in_which_they_were_asked_for(jobs: Jobs):
    asked = [jobs.submit("read", "Read", paths=[str(i)]).id for i in range(5)]
    with living(jobs):
        claimed = [running(jobs).id for _ in range(5)]
        assert claimed == asked
        assert jobs.claim("w") is None
    assert [job.id for job in jobs.all()] == asked[::-1], "and are listed the newest first"


def test_a_job_is_claimed_once_however_many_claim(jobs: Jobs):
    for i in range(6):
        jobs.submit("read", "Read", paths=[str(i)])
    with living(jobs), ThreadPoolExecutor(12) as pool:
        claimed = [job.id for job in pool.map(jobs.claim, ["w"] * 12) if job]
    assert len(claimed) == len(set(claimed)) == 6


def test_a_request_of_many_at_once_is_one_job(jobs: Jobs):
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda _: Jobs(jobs.store).submit("read", "Read", paths=["a"]), range(8)))
    assert len({(job.id, job.created) for job in asked}) == 1


def test_a_waiting_job_is_cancelled_at_once_and_never_claimed(jobs: Jobs):
    job = jobs.submit("read", "Read", paths=["a"])
    jobs.cancel(job.id)
    after = jobs.find(job.id)
    assert after is not None and after.state == "cancelled" and after.finished is not None
    assert jobs.claim("w") is None
    assert not jobs.cancelled(jobs.again(job.id).id), "and runs when it is asked for again"


def test_a_running_job_is_asked_to_stop_and_says_itself_when_it_has(jobs: Jobs):
    with living(jobs):
        job = jobs.submit("read", "Read", paths=["a"])
        mine = running(jobs)
        jobs.cancel(job.id)
        assert jobs.cancelled(job.id)
        after = jobs.find(job.id)
        assert after is not None and after.state == "running"
        jobs.update(replace(mine, state="cancelled"))
        assert not jobs.cancelled(jobs.submit("read", "Read", paths=["a"]).id)


def test_cancelling_what_has_ended_changes_nothing(jobs: Jobs):
    with living(jobs):
        job = jobs.submit("read", "Read", paths=["a"])
        jobs.update(replace(running(jobs), state="done"))
        before = jobs.find(job.id)
        jobs.cancel(job.id)
        jobs.cancel("0123")
        assert jobs.find(job.id) == before


def test_cancel_and_claim_at_the_same_moment_end_in_one_of_two_states(jobs: Jobs):
    outcomes = set()
    with living(jobs), ThreadPoolExecutor(2) as pool:
        for i in range(60):
            job = jobs.submit("read", "Read", paths=[str(i)])
            gate = threading.Barrier(2)

            def claim(gate: threading.Barrier = gate) -> Job | None:
                gate.wait()
                return jobs.claim("w")

            def cancel(gate: threading.Barrier = gate, job: Job = job) -> None:
                gate.wait()
                jobs.cancel(job.id)

            claimed, cancelled = pool.submit(claim), pool.submit(cancel)
            cancelled.result()
            after = jobs.find(job.id)
            assert after is not None
            if claimed.result():
                assert after.state == "running" and jobs.cancelled(job.id)
                jobs.update(replace(after, state="cancelled"))
            else:
                assert after.state == "cancelled"
            outcomes.add(claimed.result() is not None)
    assert outcomes


def test_a_job_whose_worker_lives_no_more_has_failed(jobs: Jobs):
    job = jobs.submit("read", "Read", paths=["a"])
    with living(jobs):
        running(jobs)
    after = jobs.find(job.id)
    assert after is not None
    assert after.state == "failed"
    assert "ended from outside (perhaps the machine ran out of memory or was restarted)" in after.error
    assert jobs.find(job.id) == after, "and is so for good"


def test_a_new_worker_does_not_pass_for_the_one_that_died(jobs: Jobs):
    job = jobs.submit("read", "Read", paths=["a"])
    with living(jobs, "old"):
        running(jobs, "old")
    with living(jobs, "new"):
        after = jobs.find(job.id)
        assert after is not None and after.state == "failed"


def test_how_the_last_worker_ended_is_not_said_of_another(jobs: Jobs):
    write_json(jobs.folder / "last_worker.json", {"worker": "other", "ended": "signal SIGKILL"})
    job = jobs.submit("read", "Read", paths=["a"])
    with living(jobs):
        running(jobs)
    after = jobs.find(job.id)
    assert after is not None and "SIGKILL" not in after.error


def test_work_whose_worker_died_is_queued_when_it_is_asked_for_again(jobs: Jobs):
    jobs.submit("read", "Read", paths=["a"])
    with living(jobs):
        running(jobs)
    assert jobs.submit("read", "Read", paths=["a"]).state == "queued"


def test_a_worker_changes_nothing_that_is_not_its_own_any_more(jobs: Jobs):
    job = jobs.submit("read", "Read", paths=["a"])
    with living(jobs, "old"):
        mine = running(jobs, "old")
    jobs.find(job.id)
    jobs.update(replace(mine, state="done"))
    after = jobs.find(job.id)
    assert after is not None and after.state == "failed"
    jobs.forget(job.id)
    jobs.update(replace(mine, state="done"))
    assert jobs.find(job.id) is None
    assert not (jobs.folder / job.id).exists()


def test_a_job_that_goes_back_into_the_queue_is_cancelled_where_that_was_wished(jobs: Jobs):
    with living(jobs):
        job = jobs.submit("read", "Read", paths=["a"])
        mine = running(jobs)
        jobs.cancel(job.id)
        jobs.put_back(mine)
    after = jobs.find(job.id)
    assert after is not None and after.state == "cancelled"


def test_a_finished_job_is_forgotten_and_a_running_one_is_not(jobs: Jobs):
    with living(jobs):
        job = jobs.submit("read", "Read", paths=["a"])
        jobs.forget(job.id)
        assert jobs.find(job.id) is not None
        jobs.update(replace(running(jobs), state="done"))
        jobs.forget(job.id)
        assert jobs.find(job.id) is None


BROKEN = {
    "request.json": [
        *("", "{", "[]", "null", '"a"', "\xff", '{"what": 3}', '{"what": "read", "title": "", "args": [1]}'),
        '{"what": "read", "title": "t", "args": {}, "created": "yesterday"}',
    ],
    "state.json": ["", "{", "[1, 2]", "7", '{"state": "asleep"}', "\xff"],
}


@pytest.mark.parametrize(("file", "content"), [(file, each) for file, all_ in BROKEN.items() for each in all_])
def test_a_broken_record_is_passed_over_and_mended_by_asking_again(jobs: Jobs, file: str, content: str):
    job = jobs.submit("read", "Read", paths=["a"])
    other = jobs.submit("read", "Read", paths=["b"])
    (jobs.folder / job.id / file).write_bytes(content.encode("latin-1"))
    assert jobs.find(job.id) is None
    assert [each.id for each in jobs.all()] == [other.id]
    with living(jobs):
        assert running(jobs).id == other.id
        assert jobs.claim("w") is None
    assert jobs.submit("read", "Read", paths=["a"]).state == "queued"


def test_a_record_of_another_version_is_read_for_what_it_says(jobs: Jobs):
    job = jobs.submit("read", "Read", paths=["a"])
    path = jobs.folder / job.id / "state.json"
    path.write_text(json.dumps({"state": "done", "colour": "green"}))
    after = jobs.find(job.id)
    assert after is not None and after.state == "done"


def test_the_bell_rings_for_every_new_job_and_for_one_that_comes_back(jobs: Jobs):
    heard = [jobs.bell()]
    job = jobs.submit("read", "Read", paths=["a"])
    heard.append(jobs.bell())
    jobs.submit("read", "Read", paths=["b"])
    heard.append(jobs.bell())
    with living(jobs):
        mine = running(jobs)
        jobs.update(replace(mine, message="half"))
        assert jobs.bell() == heard[-1]
        jobs.put_back(mine)
        heard.append(jobs.bell())
        assert running(jobs).id == job.id
    assert len(set(heard)) == 4


def test_waiting_costs_next_to_nothing_with_hundreds_of_old_jobs(jobs: Jobs):
    with living(jobs):
        for i in range(100):
            jobs.submit("read", "Read", paths=[str(i)])
            jobs.update(replace(running(jobs), state="done", finished=time.time()))
        start = time.perf_counter()
        for _ in range(100):
            jobs.bell()
        assert time.perf_counter() - start < 0.1, "seconds for a hundred looks, ten seconds of waiting"
        waiting = jobs.submit("read", "Read", paths=["last"])
        jobs.prune(keep=20)
    left = jobs.all()
    assert len(left) == 21
    assert left[0] == waiting
    assert [job.args["paths"] for job in left[1:]] == [[str(i)] for i in range(99, 79, -1)], "the latest are kept"


def test_one_worker_has_the_place_and_lets_go_of_it_by_ending(jobs: Jobs, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker_process, "_PATIENCE", 0.05)
    assert worker_process.living(jobs.folder) is None
    with living(jobs, "first"):
        assert worker_process.living(jobs.folder) == "first"
        with worker_process.serving(jobs.folder, "second") as mine:
            assert not mine
        assert worker_process.living(jobs.folder) == "first"
    assert worker_process.living(jobs.folder) is None


def test_asking_who_lives_does_not_keep_a_worker_from_starting(jobs: Jobs):
    with (jobs.folder / "worker.lock").open("a") as asker:
        fcntl.flock(asker, fcntl.LOCK_SH)
        threading.Timer(0.2, asker.close).start()
        with worker_process.serving(jobs.folder, "w") as mine:
            assert mine
