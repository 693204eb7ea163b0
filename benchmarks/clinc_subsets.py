"""Subsets of clinc150 that cover 5 to 150 intents at equal n: which metrics put them in the order of their intents?

.venv/bin/python benchmarks/clinc_subsets.py DATA [--rows 500] [--seeds 5] [--json FILE]

DATA is clinc150 with columns `text` and `intent`; rows out of scope (`oos`) are left out. The number of intents is a
diversity that is known beforehand, set by people and not by distances. All other things are equal: the same number of
rows, as evenly over the intents as can be, and all rows of the data as the reference.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, spearmanr

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core import Study
from core.metrics import METRICS
from core.store import Store

COUNTS = (5, 10, 25, 50, 100, 150)


def covering(labels: NDArray[np.str_], intents: list[str], rows: int, rng: np.random.Generator) -> list[int]:
    """Rows of those intents, as many of each as of any other or one more."""
    shares = [len(part) for part in np.array_split(np.arange(rows), len(intents))]
    chosen: list[int] = []
    for intent, share in zip(intents, shares, strict=True):
        chosen += rng.choice(np.flatnonzero(labels == intent), share, replace=False).tolist()
    return chosen


def measured(study: Study, rows: int, seeds: int) -> dict[str, NDArray[np.float64]]:
    """The values of every metric, (seeds, counts); of one seed the larger numbers of intents hold the smaller ones."""
    labels = np.asarray(study.labels("intent"))
    known = sorted(set(labels) - {"", "oos"})
    values = {name: np.empty((seeds, len(COUNTS))) for name in study.measurable()}
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        order = rng.permutation(known).tolist()
        for place, count in enumerate(COUNTS):
            start = time.perf_counter()
            subset = study.subset(covering(labels, order[:count], rows, rng), f"{count} intents, seed {seed}")
            for score in subset.measure(intervals=False):
                values[score.metric][seed, place] = score.value
            print(f"{subset.name}: {time.perf_counter() - start:.1f} s", file=sys.stderr)
    return values


def table(values: dict[str, NDArray[np.float64]]) -> str:
    """One line a metric: its means, the rank correlations with the number of intents, and whether the order is right.

    Metrics of which lower is more diverse are turned round for the correlations and the order, not for the means.
    """
    names = " | ".join(f"{count}" for count in COUNTS)
    lines = [
        f"| metric | {names} | Spearman | Kendall | order of the means | sets in order |",
        "|---" * (len(COUNTS) + 5) + "|",
    ]
    for name, found in sorted(values.items(), key=lambda item: -correlations(*item)[1]):
        spearman, kendall = correlations(name, found)
        gain = turned(name, found)
        right = "right" if (np.diff(gain.mean(axis=0)) > 0).all() else "wrong"
        seeds = int((np.diff(gain, axis=1) > 0).all(axis=1).sum())
        means = " | ".join(f"{value:.4g}" for value in found.mean(axis=0))
        title = METRICS[name].title
        lines.append(f"| {title} | {means} | {spearman:.3f} | {kendall:.3f} | {right} | {seeds} of {len(found)} |")
    return "\n".join(lines)


def correlations(name: str, found: NDArray[np.float64]) -> tuple[float, float]:
    """Spearman and Kendall (tau-b) of the values of all subsets with their number of intents."""
    counts = np.tile(COUNTS, len(found))
    gain = turned(name, found).ravel()
    return float(spearmanr(counts, gain).statistic), float(kendalltau(counts, gain).statistic)


def turned(name: str, found: NDArray[np.float64]) -> NDArray[np.float64]:
    return found if METRICS[name].better == "higher" else -found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all values")
    options = parser.parse_args()
    study = Study.open(options.data, store=Store(), leave_out_empty=True)
    values = measured(study, options.rows, options.seeds)
    if options.json:
        options.json.write_text(json.dumps({name: found.tolist() for name, found in values.items()}, indent=1) + "\n")
    print(
        f"{options.rows} rows a set, {options.seeds} seeds, against all {len(study):,} rows, {study.embeddings.encoder}"
    )
    print(table(values))


if __name__ == "__main__":
    main()
