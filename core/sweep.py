"""How many clusters for kMQ: the sweep over k of a study, kept in its store."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .digest import digest
from .memory import require
from .progress import Progress, silent
from .selectors import Sweep, SweepPoint, default_counts, sweep_clusters
from .study_data import VERSION

if TYPE_CHECKING:
    from .study import Study

SAMPLE = 2000  # rows whose silhouettes are found, against all rows


def sweep(
    study: "Study",
    counts: Sequence[int] | None = None,
    *,
    quality: tuple[str, bool] | None = None,
    threshold: float | None = None,
    sample: int = SAMPLE,
    seed: int = 0,
    progress: Progress = silent,
) -> Sweep:
    """k-means for every number of clusters, with the silhouette of each and the share of clusters of poor quality.

    Args:
        counts: numbers of clusters; by default those of kMQ's paper that the study has the rows for.
        quality: a column of scores, and whether higher is better.
        threshold: of the mean score (turned round where lower is better) below which a cluster is poor; by default the
            mean of all rows.

    Raises:
        UserError: a number below 2 or not below the number of rows; a row without a score.
    """
    wanted = sorted(set(default_counts(len(study)) if counts is None else counts))
    data = study.dataset.key if study.dataset and quality else None
    key = digest("sweep", VERSION, wanted, list(quality or ()), threshold, sample, seed, data, study.key)

    def run() -> Sweep:
        require(study._memory_needed(), f"Clustering {len(study):,} rows")
        scores = study.quality(*quality) if quality else None
        return sweep_clusters(
            study.space, wanted, sample=sample, seed=seed, quality=scores, threshold=threshold, progress=progress
        )

    return study._once(
        key,
        run,
        lambda found: (vars(found) | {"points": [vars(point) for point in found.points]}, {}),
        lambda meta, _: Sweep(**(meta | {"points": tuple(SweepPoint(**point) for point in meta["points"])})),
    )


def sweep_sentence(found: Sweep) -> str:
    """Which number of clusters the silhouette is for, and which cannot be told from it."""
    best = found.best
    others = [f"{point.k:,}" for point in found.points if point is not best and not point.told_apart]
    words = f"The silhouette is highest at k = {best.k:,} ({best.silhouette:.3f} ± {best.standard_error:.3f})"
    if not others:
        return f"{words}, and every other number tried is behind it."
    return f"{words}; {', '.join(others)} cannot be told from it on {found.sample:,} rows."
