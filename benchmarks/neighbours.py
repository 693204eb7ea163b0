"""Nearest rows of many: the search in cells that Gamut uses, beside FAISS's IVF and HNSW, with the recall of each.

    python benchmarks/neighbours.py VECTORS.npy [--rows 100000] [--count 10] [--hnsw]

Every row's nearest rows among all are searched for. Recall is the share of the truly nearest that was found, of 256
sampled rows; seconds are on the clock and of the processor, building included.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # started as a file: the checkout is the package

from core.geometry import Space
from core.near_cells import nearest_in_cells, recall
from core.progress import silent

_CELLS_LOOKED_AT = (4, 8, 16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--hnsw", action="store_true", help="HNSW too, whose building takes long")
    options = parser.parse_args()
    every = np.load(options.vectors, mmap_mode="r")
    some = np.sort(np.random.default_rng(0).choice(len(every), min(options.rows, len(every)), replace=False))
    space = Space(np.asarray(every[some], dtype=np.float32))
    rows = np.ascontiguousarray(space.unit)
    print(f"{len(space):,} rows of {space.dim} dimensions, {options.count} nearest each")

    def ivf(looked_at: int) -> NDArray[np.float32]:
        import faiss

        cells = round(len(rows) ** 0.5)
        index = faiss.IndexIVFFlat(faiss.IndexFlatIP(space.dim), space.dim, cells, faiss.METRIC_INNER_PRODUCT)
        index.cp.max_points_per_centroid = 64  # as many rows as the cells of Gamut are made of
        index.train(rows)
        index.add(rows)
        index.nprobe = looked_at
        found: NDArray[np.float32] = index.search(rows, options.count)[0]
        return found

    def hnsw() -> NDArray[np.float32]:
        import faiss

        index = faiss.IndexHNSWFlat(space.dim, 32, faiss.METRIC_INNER_PRODUCT)
        index.add(rows)
        index.hnsw.efSearch = 64
        found: NDArray[np.float32] = index.search(rows, options.count)[0]
        return found

    _tell(
        "cells of FAISS, 8, in products (Gamut)",
        space,
        lambda: nearest_in_cells(space, space, options.count, silent)[0],
    )
    for looked_at in _CELLS_LOOKED_AT:
        _tell(f"FAISS IVF, {looked_at} cells", space, lambda looked_at=looked_at: ivf(looked_at))
    if options.hnsw:
        _tell("FAISS HNSW, 32 links, 64 looked at", space, hnsw)


def _tell(name: str, space: Space, search: Callable[[], NDArray[np.float32]]) -> None:
    clock, processor = time.perf_counter(), time.process_time()
    cosines = search()
    took, worked = time.perf_counter() - clock, time.process_time() - processor
    print(f"{name:38} {took:8.1f} s {worked:8.1f} s of processors   recall {recall(space, space, cosines)[0]:.3f}")


if __name__ == "__main__":
    main()
