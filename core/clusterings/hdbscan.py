"""HDBSCAN on the map: the islands that a person sees there."""

import math
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats
from ..params import Help, Range
from ..progress import Progress, silent
from . import Found, clustering

_MOST = 60_000  # rows up to which the search, which compares all pairs on one core, takes seconds
_SAMPLE = 50_000
_SECONDS = 3e-9  # per pair, to say beforehand how long it takes


@clustering(
    title="HDBSCAN",
    source="Campello, Moulavi & Sander 2013; scikit-learn",
    says="The islands of the map, as many as there are; what lies between them is in no group.",
    overlooks="It sees the map only: what the projection tore apart or laid together it takes at its word.",
    cost="n^2 on the map, a sample above 60,000 rows",
)
def hdbscan(
    xy: Floats,
    progress: Progress = silent,
    *,
    min_cluster_size: Annotated[
        int | None,
        Range(2, 1_000_000),
        Help("Rows a group has at least; none: half the root of the rows, from 5."),
    ] = None,
    min_samples: Annotated[
        int | None,
        Range(1, 1000),
        Help("Rows that make a place dense; more leaves more out; none: up to 10."),
    ] = None,
) -> Found:
    """Dense regions of the map `xy`, (n, 2), by Euclidean distance on it; -1 for rows in none.

    Without `min_cluster_size` a group has at least half the square root of n rows and at least 5; without
    `min_samples` it is the same number, at most 10 [ours]. Above 60,000 rows the regions are those of an even sample of
    50,000 (the sizes asked for shrink alike), and every other row goes with the nearest one of the sample.
    """
    from sklearn.cluster import HDBSCAN

    n = len(xy)
    least = min_cluster_size or max(5, round(math.sqrt(n) / 2))
    dense = min_samples or min(least, 10)
    rows = np.arange(n) if n <= _MOST else np.linspace(0, n - 1, _SAMPLE).astype(np.int64)
    smallest = max(2, round(least * len(rows) / n))
    details: dict[str, Any] = {"min_cluster_size": least, "min_samples": dense, "rows_read": len(rows)}
    if len(rows) < max(least, dense):  # not even one group
        return Found(np.full(n, -1, dtype=np.int32), details)
    seconds = max(1, round(_SECONDS * len(rows) ** 2))
    progress(0.1, f"HDBSCAN: {len(rows):,} rows, about {seconds} s; it can be cancelled before and after, not between")
    sampled = np.asarray(xy, dtype=np.float64)[rows]
    extent = float(np.ptp(sampled, axis=0).max())
    if extent == 0.0:  # all on one place: one group, which HDBSCAN itself never makes of everything
        return Found(np.zeros(n, dtype=np.int32), details)
    # Copies on one place would be infinitely dense, and infinity less infinity is no number: they are parted a little,
    # and a step far wider than that keeps them together.
    apart = sampled + np.random.default_rng(0).normal(scale=1e-7 * extent, size=sampled.shape)
    model = HDBSCAN(
        min_cluster_size=smallest,
        min_samples=dense,
        cluster_selection_epsilon=1e-4 * extent,
        algorithm="kd_tree",
        copy=True,
    )
    labels = np.asarray(model.fit_predict(apart), dtype=np.int32)
    progress(0.9, f"HDBSCAN: {labels.max() + 1:,} groups found")
    return Found(labels if len(rows) == n else _with_the_nearest(xy, rows, labels), details)


def _with_the_nearest(xy: Floats, rows: NDArray[np.int64], labels: NDArray[np.int32]) -> NDArray[np.int32]:
    from scipy.spatial import KDTree

    _, nearest = KDTree(np.asarray(xy)[rows]).query(np.asarray(xy))
    joined: NDArray[np.int32] = labels[nearest]
    return joined
