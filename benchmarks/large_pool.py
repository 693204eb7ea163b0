"""The whole chain on a large pool on the command line: seconds and peak memory of each step.

    .venv/bin/python benchmarks/large_pool.py FOLDER DATA VECTORS.npy [--rows 1000000]

The pool is made of real rows and their vectors (`gamut embed DATA --out VECTORS.npy`), repeated and perturbed: every
copy of a row has its number in its text, and its vector a seeded noise. It is made in FOLDER, which should be empty,
and each step is a command of its own, as a user would start it.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # started as a file: the checkout is the package

from core.reading import read_dataset

NOISE = 0.35  # length of the noise beside a vector of length 1
ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    pool, vectors = options.folder / "pool.jsonl", options.folder / "vectors.npy"
    if not vectors.exists():
        make(options.data, options.vectors, pool, vectors, options.rows)
    chosen, near = options.folder / "chosen.jsonl", options.folder / "near.jsonl"
    own = ["--embeddings", str(vectors)]
    places = options.folder / "map.csv"
    steps = {
        "open, and one metric": ["measure", "--metrics", "radius"],
        "metrics of texts": ["measure", "--metrics", "ttr,vocd_d,mtld,hdd,distinct_n"],
        "metrics of embeddings": ["measure"],
        "map (PCA) and clusters": ["map", "--method", "pca", "--out", str(places)],
        "search by words": ["find", "--words", "photosynthesis", "--out", str(near)],
        "choose 1 % by k-means": ["select", "--selector", "kmeans_closest", "--budget", "1%", "--out", str(chosen)],
    }
    for name, words in steps.items():
        seconds, peak, code = timed([words[0], str(pool), *own, *words[1:]], options.folder / "home")
        print(
            f"{name:28} {seconds:8.1f} s {peak / 2**30:6.2f} GB{'' if code == 0 else f'  exit code {code}'}", flush=True
        )


def make(data: Path, given: Path, pool: Path, vectors: Path, rows: int) -> None:
    dataset = read_dataset([data], pool.parent / "read")
    base = np.load(given, mmap_mode="r")
    if len(base) != len(dataset):
        sys.exit(f"{given} has {len(base):,} rows, and {data} {len(dataset):,}.")
    texts = [raw.decode().strip() for raw in dataset.raws(range(len(dataset)))]  # as they came: JSON lines
    rng = np.random.default_rng(0)
    out = np.lib.format.open_memmap(vectors.with_suffix(".part"), "w+", np.float32, (rows, base.shape[1]))
    with pool.open("w", encoding="utf-8") as file:
        for start in range(0, rows, len(base)):
            count = min(len(base), rows - start)
            noise = rng.normal(scale=NOISE / np.sqrt(base.shape[1]), size=(count, base.shape[1]))
            some = base[:count] + (noise if start else 0)
            out[start : start + count] = some / np.linalg.norm(some, axis=1, keepdims=True)
            copy = start // len(base)
            for text in texts[:count]:
                file.write(f'{{"copy": {copy}, {text[1:]}\n')
    out.flush()
    vectors.with_suffix(".part").rename(vectors)


def timed(words: list[str], home: Path) -> tuple[float, int, int]:
    """Seconds, the most memory that the process had in use, and its exit code."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "core", *words, "--home", str(home)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=sys.stderr)
    _, status, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - start, usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main()
