"""Unit costs of work that is shared out on Ray, and what sharing it out adds: with 1, 2 and 4 workers on this machine.

    .venv/bin/python benchmarks/scaling.py [--rows 20000] [--workers 1,2,4]

With fewer cores than workers nothing gets faster on the clock, and with other work on the machine the clock says
nothing at all. So processor seconds are taken: of all pieces of a step together, and of this process. The same step is
done in this process first, on one thread. Everything is made up from a seed: groups of 384 dimensions.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "GAMUT_CORES")
DIM, PICKS, CLUSTERS = 384, 100, 200
_WARM = 8192


def pool(rows: int) -> Any:
    import numpy as np

    rng = np.random.default_rng(0)
    found = rng.normal(size=(200, DIM))[rng.integers(200, size=rows)] + rng.normal(size=(rows, DIM))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def steps() -> dict[str, tuple[Callable[[int], float], Callable[[Any], Any]]]:
    """Each step of a space, with the multiply-adds that it takes of so many rows."""
    from core.clustering import kmeans
    from core.selectors import select
    from core.wishes import Nearest, Ranked

    return {
        "nearest rows": (lambda n: n * n * DIM, lambda space: space.look([Nearest(10)])),
        "NovelSum, ranks": (lambda n: n * n * DIM, lambda space: space.look([Ranked((1.0,), True)])),
        "k-means, a round": (lambda n: n * CLUSTERS * DIM, lambda space: kmeans(space, CLUSTERS)),
        "spectrum": (lambda n: n * DIM * DIM, lambda space: space.spectrum),
        "k-center": (lambda n: n * PICKS * DIM, lambda space: select("k_center", space, PICKS)),
        "NovelSelect": (lambda n: n * PICKS * DIM, lambda space: select("novelselect", space, PICKS, beta=0.0)),
    }


def space_of(rows: int) -> Any:
    from core.geometry import Space

    found = Space(pool(rows))
    assert found.unit is not None and found.first_copies is not None  # which are not what is timed
    return found


def timed(work: Callable[..., Any], *args: Any) -> tuple[float, Any]:
    start = time.process_time()
    found = work(*args)
    return time.process_time() - start, found


def kept(make: Callable[..., Any], *item: Any) -> "Kept":
    return Kept(make(*item))


class Kept:
    """An object whose methods say what they took."""

    def __init__(self, what: Any) -> None:
        self.what = what

    def __getattr__(self, name: str) -> Callable[..., tuple[float, Any]]:
        method = getattr(self.__dict__["what"], name)
        return lambda *args: timed(method, *args)


def measured_here(rows: int) -> dict[str, float]:
    found = {}
    for name, (_, step) in steps().items():
        step(space_of(_WARM))  # libraries are loaded
        space = space_of(rows)
        start = time.process_time()
        step(space)
        found[name] = time.process_time() - start
    return found


def measured_there(rows: int, workers: int) -> dict[str, Any]:
    import numpy as np
    import ray

    from core.engines import working_on
    from core.engines.ray_engine import RayEngine
    from core.progress import silent

    ray.init(
        num_cpus=workers,
        object_store_memory=500_000_000,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        runtime_env={"env_vars": dict.fromkeys(THREADS, "1") | {"PYTHONPATH": sys.path[0]}},
    )
    spent: defaultdict[str, float] = defaultdict(float)

    class Timed(RayEngine):
        step = ""

        def map(self, work: Any, items: Sequence[Any], what: str, progress: Any) -> Iterator[Any]:
            for seconds, found in super().map(timed, [(work, *item) for item in items], what, progress):
                spent[self.step] += seconds
                yield found

        def group(self, make: Any, items: Sequence[Any], state: Any, what: str) -> Any:
            found = super().group(kept, [(make, *item) for item in items], state, what)
            ask = found.ask

            def asked(method: str, *args: Any) -> list[Any]:
                answers = ask(method, *args)
                spent[self.step] += sum(seconds for seconds, _ in answers)
                return [answer for _, answer in answers]

            found.ask = asked
            return found

    engine = Timed(smallest=0.0, rows_a_shard=4096)
    with working_on(engine):
        engine.step = "warm"
        list(engine.map(len, [([],)] * 2 * workers, "warm", silent))
        start, here = time.perf_counter(), time.process_time()
        list(engine.map(len, [([],)] * 300, "nothing", silent))
        found: dict[str, Any] = {
            "a piece that does nothing": ((time.perf_counter() - start) / 300, (time.process_time() - here) / 300)
        }
        big = np.ones((4096, DIM), dtype=np.float32)
        start = time.process_time()
        for _ in range(20):
            engine.share(big)
        found["bytes a second into the store"] = 20 * big.nbytes / max(1e-9, time.process_time() - start)
        for name, (_, step) in steps().items():
            engine.step = "warm"
            step(space_of(_WARM))
            engine.step, before, space = name, dict(engine.done), space_of(rows)
            start, here = time.perf_counter(), time.process_time()
            step(space)
            pieces = sum(engine.done.values()) - sum(before.values())
            found[name] = (spent[name], time.process_time() - here, pieces, time.perf_counter() - start)
    ray.shutdown()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("--there", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        print(repr(measured_here(options.rows)))
        return
    if options.there:
        print(repr(measured_there(options.rows, options.there)))
        return
    with tempfile.TemporaryDirectory() as folder:
        token = Path(folder) / "token"
        token.touch(mode=0o600)
        token.write_text("of-this-measurement-alone")
        env = os.environ | dict.fromkeys(THREADS, "1")
        env |= {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(token),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_worker_niceness": "0",
        }

        def run(*words: str) -> Any:
            command = [sys.executable, __file__, "--rows", str(options.rows), *words]
            done = subprocess.run(command, env=env, capture_output=True, text=True)
            if done.returncode:
                sys.exit(done.stderr[-3000:])
            return eval(done.stdout.strip().splitlines()[-1])

        here = run("--here")
        print(f"{options.rows:,} rows of {DIM}; processor seconds")
        for name, (cost, _) in steps().items():
            rate = cost(options.rows) / here[name] / 1e9
            print(f"one process  {name:<18} {here[name]:8.2f} s, {rate:7.1f} thousand million multiply-adds a second")
        for workers in map(int, options.workers.split(",")):
            there = run("--there", str(workers))
            wall, processor = there.pop("a piece that does nothing")
            store = there.pop("bytes a second into the store")
            print(f"{workers} workers: a piece that does nothing takes {wall * 1e3:.1f} ms, {processor * 1e3:.2f} ms")
            print(f"           of this process; into the store {store / 1e9:.2f} GB a processor second")
            for name, (pieces, driver, count, clock) in there.items():
                print(
                    f"  {name:<18} pieces {pieces:8.2f} s ({pieces / here[name]:5.2f} times one process) in {count:4}, "
                    f"this process {driver:6.2f} s, clock {clock:6.1f} s"
                )


if __name__ == "__main__":
    main()
