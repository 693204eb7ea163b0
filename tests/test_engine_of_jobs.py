"""Jobs of the app on an engine: chosen for the home folder, kept with the job, connected to when needed, let go of."""

import gc
import os
import signal
import sys
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from core import worker, worker_process
from core.cli import app, build_parser
from core.engines import ray_engine
from core.engines.of_home import choose, chosen
from core.errors import UserError
from core.jobs import Jobs
from core.store import Store, read_json
from tests.app_script import empty_store, open_page, open_rows, said
from tests.in_pieces import InPieces

NOBODY = "127.0.0.1:1"


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A home folder where a Ray cluster is offered, at which nobody answers."""
    monkeypatch.setenv("RAY_ADDRESS", NOBODY)
    return empty_store(tmp_path / "home", monkeypatch)


@pytest.fixture
def rows(store, tmp_path):
    texts = [{"text": f"row {row}"} for row in range(90)]
    return open_rows(store, tmp_path / "a.jsonl", texts, np.random.default_rng(0).normal(size=(90, 8)))


def measured(store, entry):
    """The job that measures the dataset, as the worker leaves it, done by whatever engine is chosen."""
    jobs = Jobs(store)
    args = {"dataset": entry.dataset, "reference": None, "metrics": ["knn_distance", "vendi"]}
    with worker_process.serving(jobs.folder, "w"):
        job = jobs.submit("measure", "Measure", **args)
        worker.run(jobs.claim("w"), jobs, worker.Exit(), lambda progress: None)
    return jobs.find(job.id)


def values(store):
    """What the store holds of scores, by key."""
    found = {}
    for path in (store.home / "results").glob("*/meta.json"):
        meta = read_json(path)["meta"]
        if "value" in meta:
            found[path.parent.name] = meta["value"]
    assert found
    return found


def test_a_job_is_done_by_the_engine_that_was_chosen_and_finds_the_same_under_the_same_keys(store, rows, monkeypatch):
    local = measured(store, rows)
    assert (local.state, local.engine, local.shared) == ("done", "local", "")
    expected = values(store)
    store.clean(("results",))
    engine, seen = InPieces(), []

    @contextmanager
    def connected(address):
        seen.append("open")
        yield engine
        seen.append("closed")

    monkeypatch.setattr(ray_engine, "connected", connected)
    choose(store, "ray")
    small = measured(store, rows)
    assert (small.state, small.engine, seen) == ("done", "ray", []), "nobody is connected to for so little"
    assert small.shared.startswith("Ray: nothing was shared out")
    store.clean(("results",))
    monkeypatch.setenv("GAMUT_SHARE_FROM", "0")
    done = measured(store, rows)
    assert (done.state, done.error, seen) == ("done", "", ["open", "closed"])
    assert done.id == local.id
    assert "comparing pairs" in done.shared and engine.done["comparing pairs"] > 1
    assert values(store) == pytest.approx(expected, rel=1e-6)


def test_a_cluster_that_is_not_there_is_a_sentence_and_this_machine_does_it_instead(store, rows, monkeypatch):
    monkeypatch.setenv("GAMUT_SHARE_FROM", "0")
    choose(store, "ray")
    failed = measured(store, rows)
    assert failed.state == "failed"
    assert failed.error.startswith(f"There is no Ray cluster at {NOBODY} (")
    choose(store, "local")
    assert Jobs(store).again(failed.id).engine == "local"
    assert measured(store, rows).state == "done"


def test_a_job_keeps_the_engine_of_the_moment_at_which_it_was_asked_for(store):
    choose(store, "ray")
    jobs = Jobs(store)
    asked = jobs.submit("read", "Read", paths=["a"])
    choose(store, "local")
    assert jobs.submit("read", "Read", paths=["a"]) == asked, "it waits already"
    with worker_process.serving(jobs.folder, "w"):
        jobs.put_back(jobs.claim("w"))
        assert jobs.find(asked.id).engine == "ray", "it only went back into the queue"


def test_without_a_cluster_everything_is_done_here(store, monkeypatch):
    choose(store, "ray")
    assert chosen(store) == "ray"
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "ray", None)
        assert chosen(store) == "local"
        with pytest.raises(UserError, match=r'pip install "gamut\[ray\]"'):
            choose(store, "ray")
    monkeypatch.delenv("RAY_ADDRESS")
    assert chosen(store) == "local"
    with pytest.raises(UserError, match="--ray-address HOST:PORT"):
        choose(store, "ray")
    (store.home / "engine.json").write_text('{"engine": "abacus"}')
    with pytest.raises(UserError, match=r"engine\.json"):
        chosen(store)


def test_whoever_starts_the_app_names_the_cluster(home, monkeypatch, capsys):
    begun = []
    monkeypatch.setattr(app, "serve", lambda command, environment, jobs: begun.append(environment) or 0)
    monkeypatch.setenv("RAY_ADDRESS", "")

    def start(*words):
        return app.run(build_parser().parse_args(["app", *words]))

    for words, reason in [
        (["--engine", "ray"], "No Ray cluster is known here"),
        (["--ray-address", "http://there:80"], "is no address of a Ray cluster"),
    ]:
        with pytest.raises(UserError, match=reason):
            start(*words)
    assert start() == 0 and "Ray" not in capsys.readouterr().err
    assert start("--ray-address", "10.0.0.1:6379") == 0
    assert begun[-1]["RAY_ADDRESS"] == os.environ["RAY_ADDRESS"] == "10.0.0.1:6379", "of the server, and of its worker"
    assert chosen(Store()) == "local", "it is offered, and nobody has chosen it"
    assert start("--engine", "ray") == 0
    assert "done on Ray; the sidebar says so, and offers Ray at 10.0.0.1:6379" in capsys.readouterr().err
    assert chosen(Store()) == "ray"


def test_the_sidebar_says_where_work_is_done_and_changes_it(store, rows, monkeypatch):
    monkeypatch.setenv("GAMUT_SHARE_FROM", "0")

    def choices(page):
        return [each for each in page.sidebar.radio if each.label == "Where long work is done"]

    page = open_page("1_Data")
    (choice,) = choices(page)
    assert (choice.value, len(choice.options)) == ("local", 2)
    page = choice.set_value("ray").run()
    assert chosen(store) == "ray" and choices(page)[0].value == "ray"
    assert measured(store, rows).state == "failed"
    page = page.run()
    assert f"There is no Ray cluster at {NOBODY}" in said(page.sidebar.caption)
    monkeypatch.setenv("RAY_ADDRESS", "")
    page = page.run()
    assert not choices(page)
    assert "Work is done on this machine" in said(page.sidebar.caption)


def test_closing_a_connection_leaves_the_worker_as_it_was(monkeypatch):
    """Ray 2.60 ended it where another thread found garbage amid a shutdown, and took its handler of SIGTERM away."""
    seen = []

    def shutdown():
        seen.append(gc.isenabled())
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    fake = SimpleNamespace(
        init=lambda **how: seen.append(how["address"]),
        shutdown=shutdown,
        remote=lambda **how: lambda work: work,
        exceptions=SimpleNamespace(RayError=ValueError),
    )
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.setattr(ray_engine, "check_reachable", lambda address: address)
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    mine = signal.getsignal(signal.SIGTERM)
    try:
        with ray_engine.connected("there:1"):
            assert gc.isenabled()
        assert seen == ["there:1", False] and gc.isenabled()
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)


def test_the_handler_of_sigterm_stays_the_workers_own():
    """Ray sets one that ends the process at once, and the job would stand as running with nobody at it."""
    heard = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("own"))
    mine = signal.getsignal(signal.SIGTERM)

    def rays(number, frame):
        raise SystemExit(number)

    try:
        with ray_engine._own_sigterm():
            signal.signal(signal.SIGTERM, rays)
        assert signal.getsignal(signal.SIGTERM) is mine
        with pytest.raises(SystemExit), ray_engine._own_sigterm():
            signal.signal(signal.SIGTERM, rays)
            signal.raise_signal(signal.SIGTERM)
        assert heard == ["own"] and signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)
