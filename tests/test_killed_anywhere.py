"""A chain of real work is killed at seeded moments: what is finished is whole, and going on comes to the same."""

import json
import os
import signal
import time
from pathlib import Path

import numpy as np

from core.opening import embed_dataset, open_dataset
from core.store import Store
from core.study import Study
from core.template import Template
from core.writing import write_subset
from tests.tiny_model import WORDS, make_tiny_model

ROWS, KILLS = 700, 10


def chain(file: Path, store: Store, encoder: str, out: Path) -> Study:
    """Read, embed, measure, map, cluster, choose and write, as the worker's jobs do one after another."""
    study = embed_dataset(open_dataset([file], store), store, encoder, Template("column", "text"))
    study.measure(["novelsum", "vendi", "knn_distance"])
    study.project("pca")
    study.cluster("kmeans", k=12)
    chosen = study.select("novelselect", 200)
    write_subset(out, "jsonl", study, chosen)
    return study


def in_a_process(work) -> int:
    """Run that in a fork of this process, which has everything imported; returns its number."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def all_is_whole(store: Store) -> int:
    """Open every result that counts as finished; how many there are."""
    found = [store.load(path.name) for path in sorted((store.home / "results").glob("[0-9a-f]*"))]
    assert None not in found
    for path in (store.home / "embeddings").glob("*/vectors.npy"):
        if not path.parent.name.endswith(".partial"):
            assert np.isfinite(np.load(path)).all()
    return len(found)


def test_work_that_is_killed_at_ten_moments_comes_to_the_same(tmp_path):
    encoder = str(make_tiny_model(tmp_path / "tiny", max_tokens=24))
    rng = np.random.default_rng(0)
    file = tmp_path / "rows.jsonl"
    rows = [{"id": i, "text": " ".join(rng.choice(WORDS, rng.integers(2, 20))) + f" {i}"} for i in range(ROWS)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    start = time.monotonic()
    calm = chain(file, Store(tmp_path / "calm"), encoder, tmp_path / "calm.jsonl")
    seconds = time.monotonic() - start

    store, out = Store(tmp_path / "killed"), tmp_path / "killed.jsonl"
    killed, finished = 0, 0
    for share in rng.uniform(0.02, 0.6, KILLS):  # of the time that all of it takes where nothing is there yet
        child = in_a_process(lambda: chain(file, store, encoder, out))
        time.sleep(seconds * share)
        os.kill(child, signal.SIGKILL)
        killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        whole = all_is_whole(store)
        assert whole >= finished, "what was finished is still there"
        finished = whole
        if out.exists():
            assert len(out.read_text().splitlines()) == 200, "the file is whole or not there"
    assert killed >= 3, "or nothing was tried"

    last = chain(file, store, encoder, out)
    np.testing.assert_array_equal(last.embeddings.vectors, calm.embeddings.vectors)
    assert [score.value for score in last.measure(["novelsum", "vendi"])] == [
        score.value for score in calm.measure(["novelsum", "vendi"])
    ]
    assert out.read_bytes() == (tmp_path / "calm.jsonl").read_bytes()
    assert not list((store.home / "embeddings").glob("*.partial"))
