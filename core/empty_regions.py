"""Empty regions: where the reference of a study has rows and the study has none near them.

    found = empty_regions(study.against(reference))
    for region in found.regions: print(region.name, len(region.rows), region.distance)

A row of the reference has nothing near it here where its nearest row here is farther than usual: than 90 % of the rows
here are from their own nearest other row. A region is a cluster of the reference in which clearly more rows than chance
makes so have nothing near them. `core.differences` lays equal parts of two sets side by side instead, both ways.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .coverage import coverage
from .differences import clearly_new, usual_distance
from .digest import digest
from .errors import UserError
from .memory import require
from .progress import Progress, part, silent
from .results import Packed
from .study import Study

VERSION = 1
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Region:
    """A cluster of the reference much of which has nothing near it in the study."""

    name: str  # the cluster's, as it was edited
    size: int  # rows of the reference in the cluster
    rows: Indices  # those without a near row here, as rows of the reference, the farthest first
    distance: float  # the middle one of their cosine distances to their nearest rows here


@dataclass(frozen=True)
class EmptyRegions:
    """What the reference of a study has and the study lacks."""

    usual: float  # the cosine distance beyond which nothing counts as near
    distances: NDArray[np.float64]  # (N,) of each row of the reference to its nearest row of the study
    nearest: Indices  # (N,) that row
    regions: tuple[Region, ...]  # those with most rows without a near one first

    @property
    def far(self) -> int:
        """Rows of the reference, in regions or not, without a near row in the study."""
        return int(np.count_nonzero(self.distances > self.usual))


def empty_regions(study: Study, *, progress: Progress = silent) -> EmptyRegions:
    """The empty regions of a study beside its reference; distances are exact, over all rows of both.

    Raises:
        UserError: the study is its own reference.
    """
    reference = check_reference(study)
    usual, distances, nearest = _near(study, reference, part(progress, 0, 0.8))
    clusters = reference.cluster(progress=part(progress, 0.8, 1))
    far = distances > usual
    sizes = clusters.sizes
    fresh = np.bincount(clusters.labels[far], minlength=len(sizes)).astype(np.int64)
    order = np.lexsort((np.arange(len(reference)), -distances))
    regions = []
    for label, new in enumerate(clearly_new(fresh, sizes)):
        if new:
            rows = order[far[order] & (clusters.labels[order] == label)].astype(np.int64)
            regions.append(Region(clusters.names[label], int(sizes[label]), rows, float(np.median(distances[rows]))))
    regions.sort(key=lambda region: -len(region.rows))
    return EmptyRegions(usual, distances, nearest, tuple(regions))


def check_reference(study: Study) -> Study:
    """The reference of a study.

    Raises:
        UserError: it is its own.
    """
    reference = study.reference
    if not isinstance(reference, Study):
        raise UserError(f"{study.name} is its own reference, which has nothing that it lacks. Name another one.")
    return reference


def _near(study: Study, reference: Study, progress: Progress) -> tuple[float, NDArray[np.float64], Indices]:
    """What counts as near, and the nearest row of the study to each row of the reference, with its distance."""

    def run() -> tuple[float, NDArray[np.float64], Indices]:
        require(study._memory_needed(), f"Comparing {len(reference):,} rows with {len(study):,}")
        usual = usual_distance(study.space, progress=part(progress, 0, 0.5))
        cosines, nearest = coverage(study.space, reference.space, progress=part(progress, 0.5, 1))
        return usual, np.maximum(0.0, 1.0 - cosines), nearest

    def pack(found: tuple[float, NDArray[np.float64], Indices]) -> Packed:
        usual, distances, nearest = found
        return {"usual": usual}, {"distances": distances, "nearest": nearest}

    def unpack(meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> tuple[float, NDArray[np.float64], Indices]:
        return float(meta["usual"]), np.asarray(arrays["distances"]), np.asarray(arrays["nearest"])

    return study._once(digest("empty regions", VERSION, study.key, reference.key), run, pack, unpack)
