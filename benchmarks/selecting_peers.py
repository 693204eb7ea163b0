"""Speed of the selectors beside what one would otherwise run.

    .venv/bin/python benchmarks/selecting_peers.py --peers FOLDER [--vectors E.npy] [--only NovelSelect,DEITA]

Prints one table in one run; every row has both times, their ratio, and how far the choices agree. FOLDER holds what one
would otherwise run: checkouts under their repositories' names (NovelSum, deita), and what `pip install --target FOLDER
--no-deps submodlib-py pyversity apricot-select` puts there. What is not there, or does not run, is said.
"""

import argparse
import importlib
import sys
import time
import types
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # started as a file: the checkout is the package
sys.path.insert(0, str(Path(__file__).resolve().parent))

from metrics import as_in_a_study, groups, loaded

from core.blocks import multiply
from core.clustering import kmeans
from core.geometry import Space
from core.selectors import find_selector, select
from core.selectors._novelty_rule import warm_up

ROWS, BUDGET = 4000, 400
CLUSTERS = 2048  # of all rows, for k-means


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", type=Path, required=True, help="folder with what one would otherwise run")
    parser.add_argument("--vectors", type=Path, help="embeddings of some 52,000 rows (default: seeded groups of rows)")
    parser.add_argument("--only", metavar="A,B", help="these peers alone")
    options = parser.parse_args()
    sys.path.append(str(options.peers))
    rows = np.load(options.vectors)[:52_000] if options.vectors else groups(52_000)
    multiply(rows[:2048], rows[:2048].T)  # torch starts
    warm_up()  # as the app's worker does at its start
    few = as_in_a_study(rows[:ROWS])
    print(f"{BUDGET} of {ROWS:,} rows")
    for name, (mine, theirs) in PEERS.items():
        if options.only is None or name in options.only.split(","):
            beside(name, few, mine, theirs, options.peers)
    if options.only is None or "scikit-learn" in options.only.split(","):
        beside_scikit_learn(as_in_a_study(rows))


def beside(
    name: str,
    space: Space,
    mine: dict[str, Any],
    theirs: Callable[[Space, Path], Callable[[], Any]],
    peers: Path,
) -> None:
    """One row of the table; `theirs` makes ready, and what it returns is timed."""
    selector, options = mine["selector"], {key: value for key, value in mine.items() if key != "selector"}
    try:
        run = theirs(space, peers)
        other, seconds, processor = least_of(run)
        other = np.asarray(other)[:BUDGET]
    except Exception as error:  # noqa: BLE001 - a peer that is not there, or does not run here, is said and left out
        print(f"{name:34} left out ({type(error).__name__}: {str(error).splitlines()[0][:80]})")
        return
    given = {"quality": score(ROWS)} if "quality" in find_selector(selector).needs else {}
    found, least, own = least_of(
        lambda: select(selector, Space(space.rows), BUDGET, keep_copies=True, **given, **options)
    )
    same = int((found.positions[: len(other)] == other[: len(found)]).cumprod().sum())
    both = len(np.intersect1d(found.positions, other))
    print(
        f"{name:34} {least:8.3f} s   theirs {seconds:8.2f} s   {seconds / least:7.1f} times as fast   "
        f"({processor / own:.1f} in processor seconds, {own:.3f} and {processor:.2f})   "
        f"{same} of {len(found)} picks alike before the first other one, {both} in all",
        flush=True,
    )


def least_of(run: Callable[[], Any], rounds: int = 3, at_least: float = 4.0) -> tuple[Any, float, float]:
    """What it returns, and the least seconds and processor seconds of so many rounds, or of more for so long."""
    seconds, processor, found = np.inf, np.inf, None
    begin = time.perf_counter()
    while rounds > 0 or time.perf_counter() - begin < at_least:
        start, used = time.perf_counter(), time.process_time()
        found = run()
        seconds, processor = min(seconds, time.perf_counter() - start), min(processor, time.process_time() - used)
        rounds -= 1
    return found, seconds, processor


def score(n: int) -> np.ndarray:
    return np.random.default_rng(5).random(n)


def authors_novelselect(space: Space, peers: Path) -> Callable[[], Any]:
    """Their loop, on the processor in double precision: in half precision it leaves its own greedy choice.

    Their index asks for a GPU; faiss's own on the processor stands in.
    """
    import faiss
    import torch

    faiss.StandardGpuResources = getattr(faiss, "StandardGpuResources", types.SimpleNamespace)
    faiss.index_cpu_to_gpu = lambda _resources, _number, index: index
    theirs = loaded(peers / "NovelSum", "novelselect")
    theirs.set_device = lambda _number: torch.device("cpu")
    theirs.tqdm = lambda steps, **_words: steps
    cuda = types.SimpleNamespace(
        amp=types.SimpleNamespace(autocast=nullcontext), device=lambda _device: nullcontext(), empty_cache=lambda: None
    )
    theirs.torch = Standing(torch, cuda=cuda, float16=torch.float64)
    torch.Tensor.half = torch.Tensor.double
    rows = np.asarray(space.rows, dtype=np.float64)
    return lambda: theirs.novelselect(rows, BUDGET, gpu_id=None, seed=0)


def deita_filter(space: Space, peers: Path) -> Callable[[], Any]:
    """Its filter, a row at a time: its batches keep other rows than its rule says."""
    import pandas as pd

    sys.modules.setdefault("deita.pipeline", types.ModuleType("deita.pipeline")).__path__ = [
        str(peers / "deita" / "src" / "deita" / "pipeline")
    ]  # whose own start needs what the filter does not
    theirs = loaded(peers / "deita" / "src", "deita.selection.filter")
    frame = pd.DataFrame({"embedding": list(space.rows), "score": [[each] for each in score(len(space))]})
    kept = theirs.Combined_Filter(
        threshold=0.9, data_size=BUDGET, sort_key=["score"], chunk_size=100_000, batch_size=1, device="cpu"
    )
    return lambda: kept.filter(frame).index.to_numpy()


def submodlib_cover(space: Space, peers: Path) -> Callable[[], Any]:
    del peers
    functions = importlib.import_module("submodlib").functions

    def run() -> list[int]:
        kernel = (space.unit @ space.unit.T).astype(np.float64)
        function = functions.facilityLocation.FacilityLocationFunction(
            n=len(space), mode="dense", separate_rep=False, sijs=kernel
        )
        return [row for row, _ in function.maximize(budget=BUDGET, optimizer="LazyGreedy", show_progress=False)]

    return run


def apricot_cover(space: Space, peers: Path) -> Callable[[], Any]:
    del peers
    apricot = importlib.import_module("apricot")

    def run() -> Any:
        kernel = np.maximum(space.unit @ space.unit.T, 0).astype(np.float64)
        return apricot.FacilityLocationSelection(BUDGET, metric="precomputed", optimizer="lazy").fit(kernel).ranking

    return run


def pyversity(way: str, diversity: float) -> Callable[[Space, Path], Callable[[], Any]]:
    def ready(space: Space, peers: Path) -> Callable[[], Any]:
        del peers
        choose = getattr(importlib.import_module("pyversity"), way)
        return lambda: choose(space.rows, score(len(space)), k=BUDGET, diversity=diversity).indices

    return ready


PEERS: dict[str, tuple[dict[str, Any], Callable[[Space, Path], Callable[[], Any]]]] = {
    # Both begin with the row that the authors' seed draws.
    "NovelSelect": (
        {"selector": "novelselect", "first": int(np.random.RandomState(0).randint(0, ROWS))},
        authors_novelselect,
    ),
    "DEITA": ({"selector": "repr_filter"}, deita_filter),
    "submodlib": ({"selector": "facility_location"}, submodlib_cover),
    "apricot": ({"selector": "facility_location"}, apricot_cover),
    "pyversity MMR": ({"selector": "mmr", "scale": "as given", "negative": "zero"}, pyversity("mmr", 0.5)),
    "pyversity DPP": ({"selector": "dpp", "kernel": "linear", "strength": 0.0}, pyversity("dpp", 1.0)),
}


def beside_scikit_learn(space: Space) -> None:
    """k-means of all rows; scikit-learn's own defaults, but one start."""
    from sklearn.cluster import KMeans

    print(f"\nk-means of {len(space):,} rows, k = {CLUSTERS:,}: mean squared distance of a row to its centroid")
    start = time.perf_counter()
    found = kmeans(space, CLUSTERS)
    seconds = time.perf_counter() - start
    centroids = found.centroids.astype(np.float64)
    inertia = float(((space.unit64() - centroids[found.labels]) ** 2).sum()) / len(space)
    print(f"{'ours':34} {seconds:8.1f} s   {inertia:.5f}", flush=True)
    for name, settings in {
        "scikit-learn": {},
        "scikit-learn, random start": {"init": "random"},
        "scikit-learn, random start, 20 rounds": {"init": "random", "max_iter": 20},
    }.items():
        start = time.perf_counter()
        theirs = KMeans(CLUSTERS, n_init=1, random_state=0, **settings).fit(space.unit)
        took = time.perf_counter() - start
        print(
            f"{name:34} {took:8.1f} s   {theirs.inertia_ / len(space):.5f}   {took / seconds:.1f} times ours, "
            f"{theirs.n_iter_} rounds",
            flush=True,
        )


class Standing:
    """A module with some of its names replaced."""

    def __init__(self, module: types.ModuleType, **names: Any) -> None:
        self.__dict__.update(names)
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


if __name__ == "__main__":
    main()
