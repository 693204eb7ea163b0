"""How far a value may be from what its source has: 95 % intervals of scores from seeded subsamples.

A metric of n rows is laid beside its values on subsamples of m of them. As for a mean, a subsample of m out of n rows
varies by a variance in proportion to 1/m - 1/n, and a sample of n rows of an endless source by one in proportion to
1/n; so sd(n) = sd(m) * sqrt(m / (n - m)) (Politis, Romano & Wolf 1999; for m = n/2 the delete-half jackknife).

A set that is its own reference has subsamples that are theirs. Where these are too few for what is fitted to a
reference (100 cells, say), they all look alike; so such metrics are measured against the whole set too, and the larger
spread counts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .digest import digest
from .measuring import share_passes
from .metrics import METRICS, Score
from .progress import Progress, part, silent
from .resampling import Params, as_chosen, subsample_scores

if TYPE_CHECKING:
    from .study import Study

VERSION = 2
REPEATS = 20
FEWEST, MOST = 20, 2000  # rows that a set must have; rows of a subsample
_CONFIDENCE = 0.95
_ROUNDING = 1e-12

Interval = tuple[tuple[float, float] | None, str]  # the ends, None where there are none to be had; what they are


def subsample_size(n: int) -> int:
    """The rows of the subsamples of a set of n rows: half of them, at most 2,000."""
    return min(n // 2, MOST)


def with_intervals(
    study: "Study", scores: Sequence[Score], params: Params | None = None, progress: Progress = silent
) -> list[Score]:
    """The scores of that study, each with an interval, or with the reason why it has none in `interval_kind`.

    A score that brings an interval keeps it. What was worked out before is not worked out again.
    """
    given = params or {}
    known = {score.metric: kept_interval(study, score, given.get(score.metric, {})) for score in scores}
    missing = [score for score in scores if known[score.metric] is None]
    for name, (found, key) in _worked_out(study, missing, given, progress).items():
        known[name] = found
        if study.store is not None:
            study.store.save(key, {"interval": found[0], "kind": found[1]})
    return [_with(score, known[score.metric]) for score in scores]


def kept_interval(study: "Study", score: Score, params: Mapping[str, Any]) -> Interval | None:
    """The interval that the score brings or that was worked out before, None where there is none yet."""
    if score.interval is not None or score.interval_kind:
        return score.interval, score.interval_kind or ""
    kept = study.store.load(_key(study, score, params)) if study.store is not None else None
    if kept is None:
        return None
    ends = kept[0]["interval"]
    return (tuple(ends) if ends else None), kept[0]["kind"]


def interval_of(value: float, values: NDArray[np.float64], n: int, m: int, *, extreme: bool = False) -> Interval:
    """The interval of a value on n rows, from the values on B subsamples of m of them, measured in one or more ways.

    >>> ends, kind = interval_of(5.0, np.array([[4.0, 6.0]]), n=100, m=50)  # sd 1.414, and t of 1 degree is 12.7
    >>> [round(end, 2) for end in ends]
    [-12.97, 22.97]

    Args:
        values: (ways, B).
        extreme: the metric hangs on a single row and follows no square-root law: the spread of samples of m rows is
            taken for that of samples of n.
    """
    from scipy.special import stdtrit

    rows = f"{values.shape[1]} seeded subsamples of {m:,} rows"
    level = values.mean(axis=1)
    sd = values.std(axis=1, ddof=1)
    if (sd <= _ROUNDING * np.maximum(abs(value), abs(level))).all():
        return None, f"no interval: {rows} all have the same value"
    if extreme:
        kind = f"rough: where samples of {m:,} rows fall, as no law says how an extreme varies with n; {rows}"
        width = sd.max() / math.sqrt(1 - m / n)
    else:
        kind = f"95 %: where other samples of this size from the same source fall; {rows}"
        # What is a sum over rows, or grows with them in another way, spreads wider by as much.
        growth = np.where(level * value > 0, value / np.where(level == 0, 1, level), 1)
        width = (sd * np.maximum(1, growth)).max() * math.sqrt(m / (n - m))
    width *= float(stdtrit(values.shape[1] - 1, 0.5 + _CONFIDENCE / 2))
    return (float(value - width), float(value + width)), kind


def _worked_out(
    study: "Study", scores: Sequence[Score], params: Params, progress: Progress
) -> dict[str, tuple[Interval, str]]:
    n = len(study)
    found: dict[str, Interval] = {}
    if n < FEWEST:
        found = {score.metric: (None, f"no interval: there are fewer than {FEWEST} rows") for score in scores}
    else:
        m = subsample_size(n)
        refused = {score.metric: "the set has no value" for score in scores if not math.isfinite(score.value)}
        names = [score.metric for score in scores if score.metric not in refused]
        how = {score.metric: as_chosen(score, params.get(score.metric, {})) for score in scores}
        if study.reference is not None and study.reference.key != study.key:  # once for all, as subsamples share rows
            about = {name: how[name] for name in names if "space" in METRICS[name].needs}
            share_passes(about, study.space, study.reference.space, elsewhere=True, progress=part(progress, 0, 0.1))
        own = subsample_scores(
            *(study, names, m),
            repeats=REPEATS,
            params=how,
            own_reference=True,
            refused=refused,
            progress=part(progress, 0.1, 0.7),
        )
        itself = study.reference is None or study.reference.key == study.key
        fitted = [name for name in own if itself and "reference" in METRICS[name].needs]
        for score in scores:  # covered by itself a set has this value whatever it holds
            if score.metric in fitted and (own[score.metric] == score.value).all():
                del own[score.metric]
                fitted.remove(score.metric)
                refused[score.metric] = "a set that is its own reference has this value, whatever it holds"
        whole = subsample_scores(
            *(study, fitted, m), repeats=REPEATS, params=how, refused=refused, progress=part(progress, 0.7, 1)
        )
        for score in scores:
            if score.metric in refused:
                found[score.metric] = None, f"no interval: {refused[score.metric]}"
            else:
                ways = np.array([values[score.metric] for values in (own, whole) if score.metric in values])
                extreme = METRICS[score.metric].extreme
                found[score.metric] = interval_of(score.value, ways, n, m, extreme=extreme)
    return {score.metric: (found[score.metric], _key(study, score, params.get(score.metric, {}))) for score in scores}


def _key(study: "Study", score: Score, params: Mapping[str, Any]) -> str:
    return digest("interval", VERSION, REPEATS, MOST, score.estimated, study._score_key(score.metric, params))


def _with(score: Score, interval: Interval | None) -> Score:
    return score if interval is None else replace(score, interval=interval[0], interval_kind=interval[1])
