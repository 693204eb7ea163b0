"""UMAP, fed with the exact neighbours that Gamut has found already, so that it never searches itself."""

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress, part, silent
from ..trustworthiness import trustworthiness
from . import Details, projection
from ._landmarks import landmarks_of, place_beside
from .pca import pca

# Numba's usual threading layer dies when two threads enter it, so one UMAP at a time; a warm-up holds it as well.
_ONE_AT_A_TIME = threading.Lock()
_LEAST = 4  # distinct rows below which there are no neighbourhoods to arrange


@projection(
    title="UMAP",
    source="McInnes, Healy & Melville 2018",
    says="Rows that are close in meaning lie close together; what lies far apart is only known to be apart.",
    overlooks="Distances between groups, the sizes of groups and the gaps between them mean little.",
    cost="n^2 d for exact neighbours, then n times epochs on one core; above 200,000 rows of 50,000 landmarks alone",
)
def umap(
    space: Space,
    progress: Progress = silent,
    details: Details | None = None,
    *,
    n_neighbors: Annotated[
        int, Range(2, 200), Help("Size of a row's surroundings, itself included; more shows the larger order.")
    ] = 15,
    min_dist: Annotated[float, Range(0.0, 0.99), Help("How tightly rows may be packed on the map.")] = 0.1,
    seed: Annotated[
        int, Range(0, 2**32 - 1), Help("The same seed gives the same map, at the price of running on one core.")
    ] = 0,
) -> NDArray[np.floating[Any]]:
    """Coordinates (n, 2) by cosine distance, begun from PCA: 500 epochs up to 10,000 distinct rows, 200 above.

    Exact copies are one point while the map is made and lie on the very same place afterwards. Fewer than four distinct
    rows are placed by PCA. Reproducible on one machine and set of versions; the layout therefore runs on one core.

    Of more than 200,000 distinct rows 50,000 seeded ones are arranged, the landmarks, and each other row is put beside
    its nearest landmarks; `details` then says so, with the trustworthiness of the whole map on a sample.
    """
    cloud = space.without_copies
    if len(cloud) < _LEAST:
        return pca.function(space)
    if not cloud.normalize:
        cloud = Space(cloud.raw, name=cloud.name)
    landmarks = landmarks_of(cloud, seed)
    whole = len(landmarks) == len(cloud)
    arranging = progress if whole else part(progress, 0.0, 0.6)
    layout = _arranged(cloud if whole else cloud.subset(landmarks), n_neighbors, min_dist, seed, arranging)
    if not whole:
        layout, found = place_beside(cloud, landmarks, layout, part(progress, 0.6, 0.9))
        trusted = trustworthiness(cloud, layout, progress=part(progress, 0.9, 1.0))
        if details is not None:
            details |= {"landmarks": len(landmarks), "rows": len(cloud), "recall": found, "trustworthiness": trusted}
    return layout[np.searchsorted(space.distinct, space.first_copies)]


def _arranged(cloud: Space, n_neighbors: int, min_dist: float, seed: int, progress: Progress) -> NDArray[Any]:
    """Coordinates of distinct rows, (n, 2), all of which are arranged."""
    nearest = min(n_neighbors, len(cloud))
    squared, indices = cloud.neighbours(nearest - 1, progress=part(progress, 0.0, 0.3))
    own = np.arange(len(cloud))[:, None]
    knn = np.hstack([own, indices]).astype(np.int32)
    distances = np.hstack([np.zeros_like(own), squared / 2]).astype(np.float32)
    start = pca.function(cloud)
    progress(0.32, "UMAP: preparing; the first map of a process compiles its code, which may take a minute")
    _wait_for_turn(progress)
    try:
        epochs = 500 if len(cloud) <= 10_000 else 200
        return _layout(knn, distances, start, min_dist, seed, epochs, part(progress, 0.35, 1.0))
    finally:
        _ONE_AT_A_TIME.release()


def warm_up(compiled: Callable[[], object] = lambda: None) -> None:
    """Import and compile all that a map needs, on 64 invented rows; a map asked for meanwhile waits for it.

    `compiled` returns when there is nothing more to wait for before that.
    """
    with _ONE_AT_A_TIME:
        compiled()
        turns = (np.arange(64)[:, None] + np.arange(15)) % 64
        steps = np.tile(np.minimum(np.arange(15), 14) / 100, (64, 1)).astype(np.float32)
        angles = np.arange(64) * (2 * np.pi / 64)
        circle = np.column_stack([np.cos(angles), np.sin(angles)])
        _layout(turns.astype(np.int32), steps, circle, min_dist=0.1, seed=0, epochs=11, progress=silent)


def _wait_for_turn(progress: Progress) -> None:
    while not _ONE_AT_A_TIME.acquire(timeout=0.25):
        progress(0.32, "UMAP: waiting for another map, or for UMAP's own code to be compiled")


def _layout(
    knn: NDArray[np.int32],
    distances: NDArray[np.float32],
    start: NDArray[np.floating[Any]],
    min_dist: float,
    seed: int,
    epochs: int,
    progress: Progress,
) -> NDArray[np.float32]:
    """UMAP's two steps: the weighted graph of neighbours, then its layout from `start`."""
    with warnings.catch_warnings():  # about options that are not used here, none of which a user could act on
        warnings.simplefilter("ignore")
        from umap.umap_ import find_ab_params, fuzzy_simplicial_set, simplicial_set_embedding

        random_state = np.random.RandomState(seed)
        graph, _, _ = fuzzy_simplicial_set(
            X=start,  # only its length is read, since the neighbours are given
            n_neighbors=knn.shape[1],
            random_state=random_state,
            metric="cosine",
            knn_indices=knn,
            knn_dists=distances,
        )
        progress(0.05, "UMAP: joined the neighbours, now arranging")
        a, b = find_ab_params(1.0, min_dist)
        spread = np.abs(start).max() or 1.0
        noise = random_state.normal(scale=1e-4, size=start.shape)  # parts rows that PCA puts on one place
        with _counting(part(progress, 0.05, 1.0)):
            placed, _ = simplicial_set_embedding(
                data=None,  # not read, since the start is given
                graph=graph,
                n_components=2,
                initial_alpha=1.0,
                a=a,
                b=b,
                gamma=1.0,
                negative_sample_rate=5,
                n_epochs=epochs,
                init=(start * (10 / spread) + noise).astype(np.float32),
                random_state=random_state,
                metric="cosine",
                metric_kwds={},
                densmap=False,
                densmap_kwds={},
                output_dens=False,
                parallel=False,
                tqdm_kwds={},
            )
    return np.asarray(placed, dtype=np.float32)


@contextmanager
def _counting(progress: Progress) -> Iterator[None]:
    """UMAP's loop over epochs reports to `progress`, which may raise to end it.

    UMAP's own hook is its progress bar, which writes to a file while it holds a lock of the whole process: a cancel
    raised from there would never give that lock back. So the bar itself is exchanged; `_ONE_AT_A_TIME` is held.
    """
    from umap import layouts

    def epochs(steps: range, **_: Any) -> Iterator[int]:
        began = shown = time.perf_counter()
        for step in steps:
            now = time.perf_counter()
            if now - shown > 0.2 or step == 0:
                left = (now - began) * (len(steps) - step) / max(step, 1)
                remaining = f", about {left:.0f} s left" if left >= 1 else ""
                progress(step / len(steps), f"UMAP: epoch {step:,} of {len(steps):,}{remaining}")
                shown = now
            yield step

    bar = layouts.tqdm
    layouts.tqdm = epochs
    try:
        yield
    finally:
        layouts.tqdm = bar
