"""The store: what is in it is whole, whoever writes, cleans or is killed meanwhile."""

import fcntl
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.errors import UserError
from core.store import Store, Usage, default_home, read_json, write_json

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def store(home: Path) -> Store:
    return Store()


def test_the_home_folder_is_the_one_that_the_environment_names(home: Path):
    assert default_home() == home
    assert Store().home == home


def test_a_relative_home_folder_stays_the_same_one_when_the_current_folder_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert Store("here").home == tmp_path / "here"


def test_without_a_name_in_the_environment_the_platform_names_the_folder(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("GAMUT_HOME")
    assert default_home().name == "gamut"


def test_a_home_folder_that_cannot_be_is_said_with_the_remedy(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot be written .* Set GAMUT_HOME to a folder that can\.$"):
        Store(tmp_path / "file")


def test_a_result_comes_back_as_it_was_saved(store: Store):
    meta = {"value": float("inf"), "name": "ü\u2028", "none": None}
    store.save("k", meta, rows=np.arange(5), xy=np.ones((2, 2), dtype=np.float32))
    kept = store.load("k")
    assert kept is not None
    assert kept[0] == meta
    assert sorted(kept[1]) == ["rows", "xy"]
    assert np.array_equal(kept[1]["rows"], np.arange(5))
    assert kept[1]["xy"].dtype == np.float32


def test_what_was_not_saved_is_not_there(store: Store):
    assert store.load("k") is None
    assert not store.has("results", "k")


def test_an_array_of_objects_is_not_saved_and_leaves_nothing_behind(store: Store):
    with pytest.raises(ValueError, match="allow_pickle"):
        store.save("k", {}, rows=np.array([object()]))
    assert list((store.home / "results").iterdir()) == []


def test_a_draft_is_no_entry_until_its_block_ends(store: Store):
    with store.draft("results", "k") as folder:
        write_json(folder / "meta.json", {})
        assert not store.has("results", "k")
        assert store.load("k") is None
    assert store.has("results", "k")
    assert not folder.exists()


def test_a_draft_whose_block_fails_vanishes(store: Store):
    with pytest.raises(KeyboardInterrupt), store.draft("results", "k") as folder:
        (folder / "half").write_text("half")
        raise KeyboardInterrupt
    assert list((store.home / "results").iterdir()) == []


def test_a_writer_that_is_killed_leaves_no_entry(store: Store):
    code = (
        "import os, sys; from core.store import Store\n"
        "with Store(sys.argv[1]).draft('results', 'k') as folder:\n"
        "    (folder / 'meta.json').write_text('{}')\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(store.home)], cwd=ROOT, check=False)
    assert [path.name[:7] for path in (store.home / "results").iterdir()] == [".draft-"]
    assert store.load("k") is None
    assert store.usage()[2] == Usage("results", 0, 2)


def test_of_many_writers_of_one_key_one_wins_and_none_fails(store: Store):
    gate = threading.Barrier(8)

    def write(i: int) -> None:
        with store.draft("results", "k") as folder:
            np.save(folder / "rows.npy", np.full(1000, i))
            write_json(folder / "meta.json", {"meta": {"i": i}, "arrays": ["rows"]})
            gate.wait()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    kept = store.load("k")
    assert kept is not None
    assert (kept[1]["rows"] == kept[0]["i"]).all()
    assert [path.name for path in (store.home / "results").iterdir()] == ["k"]


def test_readers_see_all_of_a_result_or_nothing_while_others_write_and_clean(store: Store):
    end = time.monotonic() + 90.0
    seen = {True: 0, False: 0}

    def enough() -> bool:
        return min(seen.values()) >= 100 or time.monotonic() > end

    def write_and_clean() -> None:
        while not enough():
            store.save("k", {"n": 3}, **{f"a{i}": np.arange(3) for i in range(6)})
            time.sleep(0.001)
            store.clean()

    def read() -> None:
        while not enough():
            kept = store.load("k")
            seen[kept is not None] += 1
            assert kept is None or (kept[0] == {"n": 3} and len(kept[1]) == 6)

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(write_and_clean), pool.submit(read), pool.submit(read)]:
            done.result()
    assert min(seen.values()) >= 100, seen


def test_a_json_file_is_replaced_at_once(tmp_path: Path):
    path = tmp_path / "a.json"
    write_json(path, {"n": 0})
    end = time.monotonic() + 0.5

    def write() -> None:
        for i in range(100_000):
            write_json(path, {"n": i, "filling": "x" * (i % 50_000)})
            if time.monotonic() > end:
                return

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write), pool.submit(write)]
        while not all(writer.done() for writer in writers):
            assert read_json(path)["n"] >= 0
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_usage_counts_entries_and_bytes_of_each_kind(store: Store):
    store.save("k", {})
    with store.draft("embeddings", "e") as folder:
        (folder / "vectors.npy").write_bytes(bytes(1000))
        (folder / "deep").mkdir()
        (folder / "deep" / "more").write_bytes(bytes(24))
    assert {usage.kind: (usage.entries, usage.bytes) for usage in store.usage()} == {
        "datasets": (0, 0),
        "embeddings": (1, 1024),
        "results": (1, 26),
        "uploads": (0, 0),
        "fetched": (0, 0),
        "models": (0, 0),
        "jobs": (0, 0),
    }


def test_cleaning_removes_the_kinds_that_were_named_and_says_how_much(store: Store):
    store.save("k", {}, rows=np.zeros(1000))
    for kind in ("datasets", "embeddings", "uploads"):
        with store.draft(kind, "x") as folder:
            (folder / "content").write_bytes(bytes(100))
    size = store.usage()[2].bytes
    assert store.clean(("results",)) == size
    assert [usage.entries for usage in store.usage()] == [1, 1, 0, 1, 0, 0, 0]
    assert store.clean() == 100
    assert [usage.entries for usage in store.usage()] == [1, 0, 0, 1, 0, 0, 0]
    assert store.clean(("datasets", "uploads")) == 200
    assert sum(usage.bytes for usage in store.usage()) == 0


def test_cleaning_takes_old_drafts_and_leaves_the_ones_in_work(store: Store):
    with store.draft("datasets", "k") as folder:
        (folder / "rows").write_bytes(bytes(10))
        old = store.home / "results" / ".draft-old"
        old.mkdir()
        (old / "rows").write_bytes(bytes(5))
        yesterday = time.time() - 86_400
        os.utime(old / "rows", (yesterday, yesterday))
        assert store.clean() == 5
        assert not old.exists()
    assert (store.folder("datasets", "k") / "rows").read_bytes() == bytes(10)


def test_cleaning_leaves_an_embedding_that_is_being_made(store: Store):
    partial = store.home / "embeddings" / "e.partial"
    partial.mkdir()
    (partial / "vectors.npy").write_bytes(bytes(10))
    with (partial / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert store.clean() == 0
    assert store.usage()[1] == Usage("embeddings", 0, 10)
    assert store.clean(("results",)) == 0, "what can be resumed stays, unless embeddings are to go"
    assert store.clean() == 10
    assert not partial.exists()
