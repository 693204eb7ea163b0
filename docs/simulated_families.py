"""Sets of known kind from simulated pools: redundant, drawn by chance, spread evenly, seeking outliers.

The pools are ours. They have what the authors of NovelSum (arXiv 2502.17184) argue about: dense regions that hold most
of the rows, sparse ones, and rows far from everything.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # where a script beside it finds the checkout

from core.density import released_sparsity
from core.geometry import Space
from core.metrics import METRICS
from core.selectors import select

Rows = NDArray[np.int64]
Kind = Literal["redundant", "by chance", "spread", "outliers"]

DIM = 384
_REGIONS = 40
_STREWN = 0.03  # share of the rows that are far from everything


@dataclass(frozen=True)
class Pool:
    """The rows to choose from, their regions (the most populous first, -1: in none), and their places in the plane."""

    name: str
    space: Space
    regions: NDArray[np.int64]  # (n,)
    xy: NDArray[np.float64] | None = None  # (n, 2) where there is one


@dataclass(frozen=True)
class Family:
    """A way to choose n rows of a pool by a seed."""

    title: str
    kind: Kind
    choose: Callable[[Pool, int, int], Rows]


def plane(size: int, seed: int) -> Pool:
    """A pool in two dimensions: half of a sphere, drawn flat so that equal areas stay equal.

    Metrics see the sphere, where cosine distances mean something; in the plane itself all would depend on the origin.
    """
    rng = np.random.default_rng([seed, 2])
    regions = _regions(size, rng)
    centres = 0.85 * _in_disc(_REGIONS, rng)
    width = _widths() * 0.11
    xy = centres[regions] + width[regions, None] * rng.normal(size=(size, 2))
    xy[regions < 0] = _in_disc(int((regions < 0).sum()), rng)
    radius = np.linalg.norm(xy, axis=1)
    inside = np.minimum(radius, 0.999)
    xy *= (inside / radius)[:, None]
    height = 1 - inside**2  # of the equal-area projection of Lambert, onto the disc of radius 1
    sphere = np.column_stack([xy * np.sqrt(1 + height)[:, None], height])
    return Pool("2 dimensions", Space(sphere.astype(np.float32), name="the plane"), regions, xy)


def embedded(size: int, seed: int) -> Pool:
    """A pool like embeddings of texts: unit rows in 384 dimensions, of which some count more than others."""
    rng = np.random.default_rng([seed, DIM])
    regions = _regions(size, rng)
    decay = np.arange(1, DIM + 1) ** -0.4
    decay /= np.linalg.norm(decay)
    centres = _unit(rng.normal(size=(_REGIONS, DIM)) * decay)
    width = 0.45 + 0.55 * _widths()
    rows = centres[regions] + width[regions, None] * rng.normal(size=(size, DIM)) * decay
    strewn = regions < 0
    rows[strewn] = _unit(rng.normal(size=(int(strewn.sum()), DIM)))
    turn, _ = np.linalg.qr(rng.normal(size=(DIM, DIM)))  # no axis is a direction of the data
    return Pool(f"{DIM} dimensions", Space((_unit(rows) @ turn).astype(np.float32), name="the pool"), regions)


POOLS: dict[str, Callable[[int, int], Pool]] = {"plane": plane, "embedded": embedded}


def repeated(different: float) -> Callable[[Pool, int, int], Rows]:
    """Rows by chance, of which only that share is different and each is there equally often."""

    def choose(pool: Pool, n: int, seed: int) -> Rows:
        rows = np.random.default_rng(seed).choice(len(pool.space), round(n * different), replace=False)
        return np.resize(rows, n).astype(np.int64)

    return choose


def one_region(pool: Pool, n: int, seed: int) -> Rows:
    """Rows of the most populous region, and of the next where they do not suffice."""
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(pool.regions)), np.where(pool.regions < 0, _REGIONS, pool.regions)))
    return order[:n].astype(np.int64)


def two_clumps(pool: Pool, n: int, seed: int) -> Rows:
    """The rows nearest to one row of each of two regions that are far apart."""
    rng = np.random.default_rng(seed)
    first = int(rng.choice(np.flatnonzero(pool.regions == 0)))
    populous = np.flatnonzero((pool.regions > 0) & (pool.regions < 4))
    second = int(populous[pool.space.distance_to(first)[populous].argmax()])
    halves = [np.argsort(pool.space.distance_to(row), kind="stable")[: n // 2] for row in (first, second)]
    return np.concatenate(halves).astype(np.int64)


def by(selector: str) -> Callable[[Pool, int, int], Rows]:
    """The rows that a selector of Gamut chooses at its defaults."""

    def choose(pool: Pool, n: int, seed: int) -> Rows:
        return select(selector, pool.space, n, seed=seed).positions

    return choose


FAMILIES: dict[str, Family] = {
    "one_region": Family("One region", "redundant", one_region),
    "two_clumps": Family("Two clumps", "redundant", two_clumps),
    "copies_50": Family("Each row 50 times", "redundant", repeated(1 / 50)),
    "copies_10": Family("Each row 10 times", "redundant", repeated(1 / 10)),
    "copies_2": Family("Each row twice", "redundant", repeated(1 / 2)),
    "random": Family("Random", "by chance", by("random")),
    "kmeans": Family("K-means", "spread", by("kmeans_random")),
    "novelselect": Family("NovelSelect", "spread", by("novelselect")),
    "k_center": Family("K-Center-Greedy", "outliers", by("k_center")),
    "farthest": Family("Farthest", "outliers", by("farthest")),
}

# What the authors argue, as pairs of which the second must read more diverse than the first.
CLAIMS: dict[str, tuple[tuple[str, str], ...]] = {
    "redundant is lowest": (("one_region", "random"), ("two_clumps", "random"), ("copies_50", "random")),
    "fewer copies are better": (("copies_50", "copies_10"), ("copies_10", "copies_2"), ("copies_2", "random")),
    "spread beats chance": (("random", "kmeans"), ("random", "novelselect")),
    "spread beats outliers": (("k_center", "kmeans"), ("farthest", "kmeans")),
}


def density_range(pool: Pool) -> float:
    """How many times farther the ten nearest rows are, squared, for a row in a sparse place (95 %) than dense (5 %)."""
    low, high = np.quantile(released_sparsity(pool.space, pool.space, 10), [0.05, 0.95])
    return float(high / low)


def readings(space: Space, pool: Pool) -> dict[str, float]:
    """The value of every metric of embeddings, and of two more forms of NovelSum, against the pool.

    Turned round where lower is more diverse.
    """
    found = {}
    for metric in METRICS.values():
        if "space" in metric.needs:
            value = metric(space, reference=pool.space).value
            found[metric.title] = value if metric.better == "higher" else -value
    novelsum = METRICS["novelsum"]
    found["NovelSum, paper form"] = novelsum(space, reference=pool.space, form="paper").value
    found["NovelSum without density"] = novelsum(space, reference=pool.space, beta=0).value
    return found


def study(make: Callable[[int, int], Pool], size: int, n: int, seeds: int) -> dict[str, dict[str, list[float]]]:
    """The readings by metric and family, one a seed; every seed has a pool of its own."""
    found: dict[str, dict[str, list[float]]] = {}
    for seed in range(seeds):
        pool = make(size, seed)
        for name, family in FAMILIES.items():
            for title, value in readings(pool.space.subset(family.choose(pool, n, seed)), pool).items():
                found.setdefault(title, {}).setdefault(name, []).append(value)
    return found


def holds(values: dict[str, list[float]], claim: str) -> list[bool]:
    """For each seed whether a metric with these values orders all pairs of the claim as the authors argue."""
    seeds = range(len(values["random"]))
    return [all(values[low][seed] < values[high][seed] for low, high in CLAIMS[claim]) for seed in seeds]


def _regions(size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The region of each row; the k-th has a share of 1 / k, up to what is strewn."""
    shares = 1 / np.arange(1, _REGIONS + 1)
    regions = rng.choice(_REGIONS, size, p=shares / shares.sum()).astype(np.int64)
    regions[rng.random(size) < _STREWN] = -1
    return regions


def _widths() -> NDArray[np.float64]:
    """How wide each region is, at most 1: populous ones are dense, the others sparse."""
    return np.linspace(0.25, 1, _REGIONS)


def _in_disc(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    angle, radius = rng.random(count) * 2 * np.pi, np.sqrt(rng.random(count))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
