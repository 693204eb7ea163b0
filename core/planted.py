"""Sets of equal size with a known change planted: what a metric that can be trusted must notice, or must not.

Every change keeps the number of rows, because nearly every metric moves with it. Sets are numbers of rows of one
pool, so that a set and its changed twin share all rows that the change does not touch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .blocks import Indices
from .clustering import kmeans
from .geometry import Space
from .progress import Progress, silent
from .rewording import reword

COPIED = 0.2  # share of the rows that become copies
NEAR_COPY = 0.02  # cosine distance between a row and its rewording
CLUSTERS = 10
MOST = 5_000  # rows that sets are drawn from, and rows of a reference


@dataclass(frozen=True)
class Set:
    """Rows that metrics can measure: their vectors and, where there are any, their texts."""

    space: Space
    texts: list[str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Pool:
    """The rows that sets are drawn from, in k-means clusters, the largest first."""

    space: Space
    texts: Sequence[str] | None = field(repr=False)
    clusters: NDArray[np.int32] = field(repr=False)  # (n,)

    @classmethod
    def of(cls, space: Space, texts: Sequence[str] | None, *, seed: int = 0, progress: Progress = silent) -> "Pool":
        """All rows, or a seeded sample of 5,000 where there are more."""
        if len(space) > MOST:
            chosen = sample(len(space), seed)
            space = space.subset(chosen)
            texts = None if texts is None else [texts[i] for i in chosen]
        return cls(space, texts, kmeans(space, CLUSTERS, seed=seed, progress=progress).labels)

    def draw(self, size: int, rng: np.random.Generator) -> Indices:
        """Different rows of the pool, each as likely as any, (size,)."""
        return rng.choice(len(self.space), size, replace=False).astype(np.int64)

    def take(self, rows: Indices) -> Set:
        return Set(self.space.subset(rows), None if self.texts is None else [self.texts[i] for i in rows])

    def with_copies(self, rows: Indices, rng: np.random.Generator) -> Indices:
        """The set with a fifth of its rows replaced by exact copies of others of them, drawn by chance.

        It holds less than the set that it came from: the rows that were replaced are gone, and nothing is new.
        """
        replaced, kept = self._parted(rows, rng)
        changed = rows.copy()
        changed[replaced] = rows[rng.choice(kept, len(replaced), replace=len(replaced) > len(kept))]
        return changed

    def with_copies_of_outlier(self, rows: Indices, rng: np.random.Generator) -> Indices:
        """The set with a fifth of its rows replaced by copies of the one that is farthest from the others on average.

        The worst that copying can do to a metric that adds up distances.
        """
        units = self.space.unit64(rows)
        outlier = int((units @ units.mean(axis=0)).argmin())
        replaced, _ = self._parted(rows, rng, spare=outlier)
        changed = rows.copy()
        changed[replaced] = rows[outlier]
        return changed

    def without_cluster(self, rows: Indices, turn: int, rng: np.random.Generator) -> Indices | None:
        """The set with the rows of one cluster replaced by fresh ones of the pool that are in other clusters.

        Which cluster goes by turns among those without which there are rows enough; None where there is no such one.
        """
        enough = np.flatnonzero(len(self.clusters) - np.bincount(self.clusters) >= len(rows))
        if len(enough) == 0:
            return None
        return self._without(rows, enough[[turn % len(enough)]], rng)

    def without_half(self, rows: Indices, rng: np.random.Generator) -> Indices | None:
        """The same with half of the clusters, drawn by chance; None where not even two of them can be spared."""
        sizes = np.bincount(self.clusters)
        dropped: list[int] = []
        left = len(self.clusters)
        for cluster in rng.permutation(len(sizes)).tolist():
            if len(dropped) < len(sizes) // 2 and left - sizes[cluster] >= len(rows):
                dropped.append(cluster)
                left -= int(sizes[cluster])
        return self._without(rows, dropped, rng) if len(dropped) > 1 else None

    def _without(self, rows: Indices, dropped: ArrayLike, rng: np.random.Generator) -> Indices:
        gone = np.flatnonzero(np.isin(self.clusters[rows], dropped))
        fresh = np.setdiff1d(np.flatnonzero(~np.isin(self.clusters, dropped)), rows)
        changed = rows.copy()
        changed[gone] = rng.choice(fresh, len(gone), replace=False)
        return changed

    def reworded(self, rows: Indices, rng: np.random.Generator) -> Set:
        """The set with every row moved by a cosine distance of 0.02 and every text reworded, one word in ten.

        A row moves along the difference of two random rows of the pool, so that the noise has the shape of the data:
        noise in all directions alike would leave the part of the space in which texts lie. Texts draw from a stream
        of their own, so that the vectors of a set are the same with texts and without.
        """
        units = self.space.unit64(rows)
        along = self._difference(len(rows), rng)
        along -= np.einsum("ij,ij->i", along, units)[:, None] * units
        length = np.linalg.norm(along, axis=1, keepdims=True)
        cosine = 1 - NEAR_COPY
        moved = cosine * units + np.sqrt(1 - cosine**2) * np.divide(along, length, where=length > 1e-9, out=along * 0)
        (words,) = rng.spawn(1)
        texts = None if self.texts is None else [reword(self.texts[i], words) for i in rows]
        return Set(Space(moved.astype(np.float32), name=self.space.name), texts)

    def _difference(self, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        left, right = rng.integers(len(self.space), size=(2, count))
        return self.space.unit64(left) - self.space.unit64(right)

    def _parted(
        self, rows: Indices, rng: np.random.Generator, spare: int | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Places in the set that are to be replaced, a fifth of them, and the others."""
        order = rng.permutation(len(rows))
        if spare is not None:
            order = np.append(order[order != spare], spare)
        count = round(COPIED * len(rows))
        return order[:count], order[count:]


def sample(rows: int, seed: int) -> Indices:
    """All of so many rows, or a seeded sample of 5,000 of them in their order where there are more."""
    if rows <= MOST:
        return np.arange(rows, dtype=np.int64)
    return np.sort(np.random.default_rng(seed).choice(rows, MOST, replace=False)).astype(np.int64)
