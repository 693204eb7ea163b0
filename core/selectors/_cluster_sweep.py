"""How many clusters? Silhouettes over a sweep of k, as kMQ advises: a hint, not a rule.

Over the paper's eight values of k, silhouette and the trained model's result agree with Spearman 0.69 (p = 0.06).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices, multiply, row_blocks
from ..clustering import kmeans
from ..errors import UserError
from ..geometry import EXACT_UP_TO, Space
from ..progress import Progress, part, silent

_SAMPLE = 2000
_FEW = 2  # numbers of clusters that are no sweep
_PER_CLUSTER = 8  # rows that a cluster has on average, at least, where no numbers of clusters are named


@dataclass(frozen=True)
class SweepPoint:
    """What one number of clusters gives."""

    k: int  # as asked for
    clusters: int  # as found: fewer where there are fewer distinct rows
    silhouette: float  # mean over the sample
    standard_error: float  # of that mean, for other samples of the same clusters
    behind: float  # how far below the best k, over the same rows
    behind_error: float  # the standard error of that difference
    inertia: float  # squared distance to the centroid per row
    poor: float | None  # share of clusters whose mean score is below the threshold

    @property
    def told_apart(self) -> bool:
        """Whether it is below the best by more than the sample leaves open (1.96 standard errors)."""
        return self.behind > 1.96 * self.behind_error


@dataclass(frozen=True)
class Sweep:
    """The points in order of k, and what they were found from."""

    points: tuple[SweepPoint, ...]
    sample: int  # rows whose silhouettes were found, against all rows
    threshold: float | None  # of the mean score below which a cluster is poor
    seed: int

    @property
    def best(self) -> SweepPoint:
        """The point of the largest silhouette, the fewest clusters of equal ones."""
        return max(self.points, key=lambda point: (point.silhouette, -point.k))


def default_counts(rows: int) -> list[int]:
    """The paper's 64, 128, ... 8,192, as far as clusters have some rows; where these are few, smaller ones too."""
    counts = [2**power for power in range(6, 14) if 2**power * _PER_CLUSTER <= rows]
    return counts if len(counts) > _FEW else [k for k in (2, 4, 8, 16, 32) if k < rows] + counts


def sweep_clusters(
    space: Space,
    counts: Sequence[int] | None = None,
    *,
    sample: int = _SAMPLE,
    seed: int = 0,
    quality: NDArray[np.float64] | None = None,
    threshold: float | None = None,
    progress: Progress = silent,
) -> Sweep:
    """k-means for every k, and the mean silhouette of a seeded sample of rows, each against all rows.

    Args:
        quality: (n,) a score per row, for the share of poor clusters.
        threshold: clusters with a mean score below this are poor; the pool's mean by default.

    Raises:
        UserError: a k below 2 or not below the number of rows.
    """
    counts = sorted(set(default_counts(len(space)) if counts is None else counts))
    if not counts or counts[0] < 2 or counts[-1] >= len(space):
        raise UserError(f"Numbers of clusters must be from 2 to {len(space) - 1:,}, one less than the rows there are.")
    rows = np.sort(np.random.default_rng(seed).choice(len(space), min(sample, len(space)), replace=False))
    found = []
    for done, k in enumerate(counts):
        share = part(progress, 0.8 * done / len(counts), 0.8 * (done + 1) / len(counts))
        found.append(kmeans(space, k, seed=seed, progress=share))
    values = silhouettes(space, [clusters.labels for clusters in found], rows, part(progress, 0.8, 1))
    best = values[int(values.mean(axis=1).argmax())]
    score = None if quality is None else np.asarray(quality, dtype=np.float64)
    if score is not None and threshold is None:
        threshold = float(score.mean())
    points = []
    for k, clusters, value in zip(counts, found, values, strict=True):
        poor = None if score is None or threshold is None else poor_share(clusters.labels, score, threshold)
        points.append(
            SweepPoint(
                k=k,
                clusters=clusters.k,
                silhouette=float(value.mean()),
                standard_error=_error(value),
                behind=float((best - value).mean()),
                behind_error=_error(best - value),
                inertia=clusters.objective / len(space),
                poor=poor,
            )
        )
    return Sweep(tuple(points), len(rows), threshold, seed)


def silhouettes(
    space: Space, labellings: Sequence[NDArray[np.int32]], rows: Indices, progress: Progress = silent
) -> NDArray[np.float64]:
    """(b - a) / max(a, b) of those rows, (labellings, rows): a the mean distance to the other rows of the own cluster,
    b that to the nearest other cluster, Euclidean; 0 for a row alone in its cluster (Rousseeuw 1987)."""
    from scipy.sparse import csr_array

    n = len(space)
    small = len(rows) * n * space.dim <= EXACT_UP_TO
    points = space.rows64() if small else space.rows
    squares = np.einsum("ij,ij->i", points, points)
    members = [
        csr_array((np.ones(n), (labels, np.arange(n))), shape=(int(labels.max()) + 1, n)) for labels in labellings
    ]
    found = np.zeros((len(labellings), len(rows)))
    for some in row_blocks(len(rows), 8 * n):
        asked = rows[some]
        squared = squares[asked, None] + squares - 2 * multiply(points[asked], np.ascontiguousarray(points.T))
        distance = np.sqrt(np.maximum(squared, 0)).astype(np.float64)
        distance[np.arange(len(asked)), asked] = 0
        for number, (labels, member) in enumerate(zip(labellings, members, strict=True)):
            found[number, some] = _silhouettes(np.asarray(member @ distance.T), labels, labels[asked])
        progress(some.stop / len(rows), f"Silhouettes of {some.stop:,} of {len(rows):,} rows")
    return found


def poor_share(labels: NDArray[np.int32], quality: NDArray[np.float64], threshold: float) -> float:
    """The share of clusters whose mean score is below the threshold: it grows with k (Yu et al. 2024, figure 4)."""
    sizes = np.bincount(labels)
    means = np.bincount(labels, weights=quality)[sizes > 0] / sizes[sizes > 0]
    return float((means < threshold).mean())


def _silhouettes(sums: NDArray[np.float64], labels: NDArray[np.int32], own: NDArray[np.int32]) -> NDArray[np.float64]:
    """Of rows with those sums of distances to every cluster, (clusters, rows), and those own clusters."""
    sizes = np.bincount(labels, minlength=len(sums)).astype(np.float64)
    each = np.arange(len(own))
    alone = sizes[own] == 1
    inside = sums[own, each] / np.where(alone, 1, sizes[own] - 1)
    means = sums / np.where(sizes == 0, 1, sizes)[:, None]
    means[sizes == 0] = np.inf
    means[own, each] = np.inf
    outside = means.min(axis=0)
    larger = np.maximum(inside, outside)
    known = ~alone & np.isfinite(outside) & (larger > 0)
    return np.where(known, (outside - inside) / np.where(known, larger, 1), 0.0)


def _error(values: NDArray[np.float64]) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
