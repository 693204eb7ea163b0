"""The app by its script, without a browser: its pages, what they say, and the work that they queue."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest, local_script_runner

from core import work
from core.jobs import Job, Jobs
from core.progress import silent
from core.store import Store, write_json
from core.study import Study
from core.workspace import Entry, Workspace

ROOT = Path(__file__).parents[1]


def _wait(runner: local_script_runner.LocalScriptRunner, timeout: float = 3) -> None:
    """Wait for the end of a run, as AppTest does, which looks through all that happened each millisecond."""
    assert runner._script_thread is not None
    runner._script_thread.join(timeout)
    if runner._script_thread.is_alive():
        runner.request_stop()
        runner.join()
        raise RuntimeError(f"The script has not ended after {timeout} seconds.")


local_script_runner.require_widgets_deltas = _wait
# Each AppTest reads what all installed packages say of themselves, for a second; in one process they stay the same.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)
# As in .streamlit/config.toml, which is not read where a test has left the folder before.
config.set_option("runner.magicEnabled", False)
config.set_option("browser.gatherUsageStats", False)


def empty_store(home: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store of a new home folder, which the app has now; nobody does its jobs before the test asks for it."""
    import streamlit as st

    monkeypatch.setenv("GAMUT_HOME", str(home))
    monkeypatch.setattr("core.jobs.Jobs.ensure_worker", lambda self: None)
    monkeypatch.setattr("core.warming.warm_encoder", lambda name: None)
    st.cache_resource.clear()
    st.cache_data.clear()
    return Store()


def open_rows(store: Store, file: Path, rows: Iterable[Mapping[str, Any]], vectors: np.ndarray) -> Entry:
    """Write rows to a JSONL file and their vectors beside it, and open them as a dataset."""
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    np.save(file.with_suffix(".npy"), vectors.astype(np.float32))
    key = work.read(store, {"paths": [str(file)]}, silent)["dataset"]
    Jobs(store).submit("vectors", "Vectors", dataset=key, source=str(file.with_suffix(".npy")))  # pages look it up
    do(store, "vectors")
    found = Workspace(store).get(key)
    assert found is not None
    return found


def the_study(store: Store) -> Study:
    """The study of the one dataset that is open."""
    workspace = Workspace(store)
    (entry,) = workspace.entries()
    return workspace.study(entry)


def open_page(name: str, **query: str) -> AppTest:
    """The page of that name (`5_Select`) with these words in its URL, after its first run."""
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for word, value in query.items():
        page.query_params[word] = value
    return go(page, name)


def go(page: AppTest, name: str) -> AppTest:
    """To another page by its name."""
    page = page.switch_page(f"pages/{name}.py").run()
    assert not page.exception
    return page


def do_all(store: Store) -> list[Job]:
    """Do the jobs that wait, here and now; returns them."""
    done = [job for job in Jobs(store).all() if job.state == "queued"]
    for job in done:
        finish(store, job, work.WORK[job.what](store, job.args, silent))
    return done


def do(store: Store, kind: str) -> str:
    """Do the one job of that kind that waits, and no other; returns its id."""
    (job,) = [job for job in Jobs(store).all() if job.what == kind and job.state == "queued"]
    finish(store, job, work.WORK[kind](store, job.args, silent))
    return job.id


def finish(store: Store, job: Job, result: Any) -> None:
    """Write down that a job is done, as the worker does."""
    state = store.home / "jobs" / job.id / "state.json"
    write_json(state, json.loads(state.read_text()) | {"state": "done", "share": 1.0, "result": result})


def said(place: AppTest | Iterable[Any]) -> str:
    """What a page says beside its widgets, or what these elements say: without what keeps text from being markup."""
    if isinstance(place, AppTest):
        main = place.main
        place = [*main.markdown, *main.caption, *main.info, *main.warning, *main.error]
    return " ".join(_read(element.value) for element in place)


def button(page: AppTest, label: str) -> Any:
    """The first button of the page whose label begins so."""
    found = [each for each in page.main.button if _read(each.label).startswith(label)]
    assert found, [each.label for each in page.main.button]
    return found[0]


def _read(text: str) -> str:
    return text.replace("\\", "").replace("\u2060", "")
