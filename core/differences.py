"""What one set has and another lacks, and what adding the second to the first would bring.

    found = differences(mine, theirs)
    print(found.advice)
    for cluster in found.gained: print(cluster.name, cluster.first, cluster.second)

Equal seeded parts of both are laid into one cloud. Everything but the farthest rows is counted on these parts.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .comparison import MOST, compare
from .coverage import coverage
from .digest import digest
from .errors import UserError
from .geometry import Space
from .lengths_apart import length_warnings
from .memory import require
from .planted import NEAR_COPY
from .pooling import apart, pool, warnings
from .progress import Progress, part, silent
from .resampling import Params, subsample
from .told_apart import USUAL, Change, ClusterDifference, Covered, Differences, FarRow
from .verdicts import LEVEL, holm

if TYPE_CHECKING:
    from .study import Study

VERSION = 2
_EXPECTED = 2 * (1 - USUAL)  # a cluster is called new only where clearly more than twice what chance makes new is so
_FEWEST = 20


def differences(
    first: "Study",
    second: "Study",
    *,
    size: int | None = None,
    k: int | None = None,
    far: int = 20,
    metrics: Sequence[str] | None = None,
    params: Params | None = None,
    repeats: int = 10,
    seed: int = 0,
    progress: Progress = silent,
) -> Differences:
    """What tells the second set from the first.

    Args:
        size: rows of each that are laid side by side; by default those of the smaller set, at most 5,000.
        k: clusters; by default half the root of the rows, from 2 to 40.
        far: how many of the farthest rows are listed.
        metrics: what the first set and both together are compared by; an empty list leaves that out.

    Raises:
        UserError: embeddings of different encoders or dimensions, fewer than 20 rows, more asked for than there are.
    """
    common, groups, key = _settled(first, second, size, k, far, seed)

    def run() -> Differences:
        require(first._memory_needed() + second._memory_needed(), "Laying two sets side by side")
        return _found(first, second, common, groups, far, seed, part(progress, 0, 0.5))

    found = first._once(key, run, _pack, _unpack)
    if metrics is not None and not metrics:
        return found
    rest = part(progress, 0.5, 1)
    merged = compare(
        _with_and_without(first, second),
        metrics,
        size=common,
        repeats=repeats,
        seed=seed,
        params=params,
        progress=rest,
    )
    # That the first set is a part of both is no news; it makes the standard errors of their difference too large. What
    # else is to be minded of the two sets holds for both together, whose pool does not know it any more.
    minded = (*warnings([first, second], shared=False), *length_warnings(merged))
    return replace(found, merged=replace(merged, warnings=minded))


def _settled(
    first: "Study", second: "Study", size: int | None, k: int | None, far: int, seed: int
) -> tuple[int, int, str]:
    """The rows of each, the number of clusters, and the store's key."""
    if reason := apart([first, second]):
        raise UserError(reason)
    least = min(len(first), len(second))
    size = min(least, MOST) if size is None else size
    if not _FEWEST <= size <= least:
        raise UserError(
            f"{size:,} rows of each set cannot be laid side by side: at least {_FEWEST} are needed, and the smaller "
            f"set has {least:,}."
        )
    groups = min(max(round(math.sqrt(2 * size) / 2), 2), 40) if k is None else k
    key = digest(
        *("differences", VERSION, first.key, first.texts_key, first.name, second.key, second.texts_key, second.name),
        *(size, groups, far, seed),
    )
    return size, groups, key


def _with_and_without(first: "Study", second: "Study") -> list["Study"]:
    """The first set, and both together."""
    alone = replace(first, reference=None)
    return [alone, pool([alone, replace(second, reference=None)], f"{first.name} + {second.name}")]


def _found(first: "Study", second: "Study", size: int, k: int, far: int, seed: int, progress: Progress) -> Differences:
    rows = [subsample(study, size, 0, seed) for study in (first, second)]
    parts = [study.subset(chosen, study.name) for study, chosen in zip((first, second), rows, strict=True)]
    together = replace(pool(parts, f"{first.name} and {second.name}"), store=None)
    mine, theirs = parts[0].space, parts[1].space
    near, _ = coverage(mine, theirs, progress=part(progress, 0, 0.2))
    back, _ = coverage(theirs, mine, progress=part(progress, 0.2, 0.4))
    usual = usual_distance(mine)
    new = 1 - near > usual
    groups = together.cluster("kmeans", k=k, seed=seed % 2**31, progress=part(progress, 0.4, 0.6))
    clusters = _clusters(groups.labels, groups.names, groups.medoids, rows, new)
    return Differences(
        first=first.name,
        second=second.name,
        size=size,
        seed=seed,
        clusters=clusters,
        usual=usual,
        new=int(new.sum()),
        second_by_first=Covered(float(1 - near.mean()), float(1 - near.min())),
        first_by_second=Covered(float(1 - back.mean()), float(1 - back.min())),
        farthest=_farthest(first.space, second, far, part(progress, 0.6, 1)),
    )


def usual_distance(space: Space, *, progress: Progress = silent) -> float:
    """How near the other rows of a set usually are, what resembles a row like its rewording aside."""
    distinct = space.without_copies
    if len(distinct) < 2:
        return NEAR_COPY
    own = distinct.neighbours(1, progress=progress)[0][:, 0] / 2
    apart = own[own > NEAR_COPY]
    return max(float(np.quantile(apart, USUAL)) if len(apart) else 0.0, NEAR_COPY)


def clearly_new(fresh: NDArray[np.int64], sizes: NDArray[np.int64]) -> list[bool]:
    """Whether more of the rows of each cluster are new than twice what chance makes new, all clusters taken together.

    Args:
        fresh: (k,) new rows of each cluster; sizes: (k,) all rows of it.
    """
    from scipy.stats import binomtest

    chances = [
        float(binomtest(int(count), int(n), _EXPECTED, "greater").pvalue) if n else 1.0
        for count, n in zip(fresh, sizes, strict=True)
    ]
    return [chance <= LEVEL for chance in holm(chances)]


def _clusters(
    labels: NDArray[np.int32],
    names: Sequence[str],
    medoids: Sequence[int],
    rows: Sequence[NDArray[np.int64]],
    new: NDArray[np.bool_],
) -> tuple[ClusterDifference, ...]:
    from scipy.stats import fisher_exact

    size, k = len(rows[0]), len(names)
    first = np.bincount(labels[:size], minlength=k)
    second = np.bincount(labels[size:], minlength=k)
    fresh = np.bincount(labels[size:][new], minlength=k)
    unlike = holm([fisher_exact([[a, size - a], [b, size - b]])[1] for a, b in zip(first, second, strict=True)])
    brings = clearly_new(fresh, second)
    found = []
    for label, name in enumerate(names):
        change: Change = "alike"
        if unlike[label] <= LEVEL:
            change = "gained" if second[label] > first[label] else "lost"
        side, at = divmod(medoids[label], size)
        found.append(
            ClusterDifference(
                name=name,
                first=int(first[label]),
                second=int(second[label]),
                change=change,
                new=int(fresh[label]),
                brings=brings[label],
                medoid_of="second" if side else "first",
                medoid=int(rows[side][at]),
            )
        )
    return tuple(found)


def _farthest(first: Space, second: "Study", count: int, progress: Progress) -> tuple[FarRow, ...]:
    similarity, nearest = coverage(first, second.space, progress=progress)
    order = np.argsort(similarity, kind="stable")[:count]
    return tuple(
        FarRow(int(row), int(second.positions[row]), int(nearest[row]), float(1 - similarity[row])) for row in order
    )


def _pack(found: Differences) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    return asdict(found), {}


def _unpack(meta: dict[str, Any], _: dict[str, NDArray[Any]]) -> Differences:
    return Differences(
        **(
            meta
            | {
                "clusters": tuple(ClusterDifference(**each) for each in meta["clusters"]),
                "farthest": tuple(FarRow(**each) for each in meta["farthest"]),
                "second_by_first": Covered(**meta["second_by_first"]),
                "first_by_second": Covered(**meta["first_by_second"]),
            }
        )
    )
