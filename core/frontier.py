"""Quality against diversity: one selector at several weights, beside random choices and the choice by quality alone.

found = frontier(study, Choice("qdit", budget="10%", quality=("score", True)))
for sentence in frontier_sentences(found): print(sentence)
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .choice import Choice
from .digest import digest
from .errors import UserError
from .frontier_points import Frontier, Point, pack_frontier, unpack_frontier
from .metrics import METRICS, find_metric
from .params import Param, resolve
from .progress import Progress, part, silent
from .rank_correlation import rank_correlation
from .selectors import SELECTORS, find_selector

if TYPE_CHECKING:
    from .study import Study

VERSION = 4
MOST = 11  # weights, where they are looked for
_ENOUGH = 0.05  # share of the rows that may enter from one weight to the next
_LOWEST = 1e-4  # share of the highest weight, below which none but 0 is looked at
_CLOSE = 0.005, 1.1  # share of the way between the ends, and ratio: two weights closer in both have none between them


def weighted() -> list[str]:
    """The names of the selectors that have a weight."""
    return [name for name, each in SELECTORS.items() if each.weight is not None]


def ends_of(selector: str) -> tuple[float, float]:
    """Between which weights one looks: all that there are, or about the usual one where these are without measure.

    >>> ends_of("qdit"), ends_of("kmq")
    ((0.0, 1.0), (0.0625, 16.0))

    Raises:
        UserError: it has none.
    """
    param = _weight_of(selector)
    low, high = (float(param.range.low), float(param.range.high)) if param.range else (0.0, math.inf)
    usual = float(param.default)
    return (low if low == 0 else max(low, usual / 16)), (high if high <= 10 else min(high, usual * 16))


def between(low: float, high: float) -> float:
    """A weight in the middle of two, by their ratio where one is many times the other; of two digits where it can be.

    >>> between(0.5, 1.0), between(0.01, 1.0), between(0.0, 1.0), between(0.0, 0.25)
    (0.75, 0.1, 0.25, 0.062)
    """
    by_ratio = math.sqrt(low * high) if low > 0 else high / 4
    middle = by_ratio if high > 4 * low else (low + high) / 2
    short = float(f"{middle:.2g}")
    return short if low < short < high else middle


def frontier(
    study: "Study",
    choice: Choice,
    *,
    weights: Sequence[float] | None = None,
    metric: str = "novelsum",
    params: Mapping[str, Any] | None = None,
    random_seeds: int = 10,
    progress: Progress = silent,
) -> Frontier:
    """Choose at every weight, and find the mean quality and the diversity of each choice.

    Rows without a score do not count in a mean. Random choices and the one by quality alone keep to the same limits.

    Args:
        choice: the selector with its budget and quality column; a weight among its parameters does not count.
        weights: by default the ends, and up to nine more where the choice changes most from one weight to the next: of
            some selectors nearly all of the change lies between 0 and 0.1. Of weights between the ends that choose the
            same rows the lowest is listed.
        metric: the measure of diversity, with `params`.

    Raises:
        UserError: a selector without a weight, no quality column, a weight that it may not have; as `Study.choose`.
    """
    param = _weight_of(choice.selector)
    favours = SELECTORS[choice.selector].weight
    assert favours is not None
    if choice.quality is None:
        raise UserError("A frontier lays quality against diversity. Name a column of scores as quality.")
    given = None if weights is None else sorted({float(param.check(w, choice.selector)) for w in weights})
    if (given is not None and len(given) < 2) or random_seeds < 2:
        raise UserError("A frontier needs at least two weights and two random choices.")
    settings = resolve(find_metric(metric).params, params or {}, metric)
    if "texts" in METRICS[metric].needs and study.texts is None:
        raise UserError(f"{METRICS[metric].title} needs texts, and {study.name} has none.")
    others = {name: value for name, value in choice.params.items() if name != param.name}
    bare = replace(choice, params={}, label=None, tags=None, keep_copies=False)
    choice = replace(choice, params=others)
    beside = [replace(bare, selector="random", quality=None, missing="refuse", seed=s) for s in range(random_seeds)]
    beside.append(replace(bare, selector="quality"))
    against = study.reference.key if study.reference else None
    about = [study.key, study.texts_key, study.name, against, metric, settings, given or MOST]
    key = digest("frontier", VERSION, [study.choice_key(each) for each in (choice, *beside)], about)

    def run() -> Frontier:
        column, higher = choice.quality or ("", True)
        finding = _Finding(study, study.scores(column, True), metric, settings)
        total = (len(given) if given else MOST) + len(beside)
        points: list[Point] = []
        others_at: list[Point] = []

        def add(each: Choice, weight: float, found: list[Point]) -> None:
            done = len(points) + len(others_at)
            found.append(finding.point(each, weight, part(progress, done / total, (done + 1) / total)))

        weight: float | None = given[0] if given else ends_of(choice.selector)[0]
        while weight is not None:
            add(replace(choice, params={**others, param.name: weight}), weight, points)
            points.sort(key=lambda point: point.weight)
            weight = _next(points, given, ends_of(choice.selector))
        for each in beside:
            add(each, math.nan, others_at)
        return Frontier(
            study=study.name,
            pool=len(study),
            selector=choice.selector,
            title=SELECTORS[choice.selector].title,
            param=param.name,
            favours=favours[1],
            budget=choice.budget,
            quality=column,
            better="higher" if higher else "lower",
            metric=metric,
            reference=study.reference.name if study.reference else study.name,
            points=tuple(points if given else _different(points)),
            random=tuple(others_at[:-1]),
            quality_only=others_at[-1],
            copies=0 if choice.keep_copies else len(study) - len(study.space.distinct),
            length_correlation=rank_correlation(finding.scores, finding.lengths),
        )

    return study._once(key, run, pack_frontier, unpack_frontier)


class _Finding:
    """Choosing, and what is found of a choice."""

    def __init__(self, study: "Study", scores: NDArray[np.float64], metric: str, settings: Mapping[str, Any]) -> None:
        self._study, self._metric, self._settings = study, metric, settings
        self.scores = scores
        self.lengths = study.lengths() if study.texts is not None else np.full(len(study), np.nan)

    def point(self, choice: Choice, weight: float, progress: Progress) -> Point:
        rows = np.asarray(self._study.choose(choice, progress=part(progress, 0, 0.7)).positions)
        subset = self._study.subset(rows, "the subset")
        params = {self._metric: self._settings}
        share = part(progress, 0.7, 1)
        (score,) = subset.measure([self._metric], params=params, intervals=False, progress=share)
        known = self.scores[rows][np.isfinite(self.scores[rows])]
        mean = float(known.mean()) if len(known) else math.nan
        return Point(weight, mean, score.value, float(self.lengths[rows].mean()), rows)


def _next(points: Sequence[Point], given: Sequence[float] | None, ends: tuple[float, float]) -> float | None:
    """The weight to choose at next, None where there are enough; `points` are sorted by weight."""
    if given is not None:
        return given[len(points)] if len(points) < len(given) else None
    if len(points) == 1:
        return ends[1]
    changes = [
        (1 - len(np.intersect1d(one.rows, other.rows)) / max(len(other.rows), 1), one.weight, other.weight)
        for one, other in itertools.pairwise(points)
        if _apart(one.weight, other.weight, ends)  # a choice may jump at one weight, such as 0
    ]
    most, low, high = max(changes, key=lambda change: change[0], default=(0.0, *ends))
    return between(low, high) if len(points) < MOST and most > _ENOUGH else None


def _apart(low: float, high: float, ends: tuple[float, float]) -> bool:
    """Whether a weight between the two is worth looking at.

    >>> _apart(0.0, 0.001, (0.0, 1.0)), _apart(0.0, 0.0003, (0.0, 1.0)), _apart(0.5, 0.502, (0.0, 1.0))
    (True, False, False)
    """
    if low <= 0:
        return between(low, high) > _LOWEST * ends[1]
    share, ratio = _CLOSE
    return high - low > share * (ends[1] - ends[0]) or high > ratio * low


def _different(points: Sequence[Point]) -> list[Point]:
    """The ends, and of the points between them those that choose other rows than the one before and the last."""
    found = [points[0]]
    last = set(points[-1].rows.tolist())
    for point in points[1:-1]:
        if set(point.rows.tolist()) not in (last, set(found[-1].rows.tolist())):
            found.append(point)
    return [*found, points[-1]]


def _weight_of(selector: str) -> Param:
    found = find_selector(selector)
    if found.weight is None:
        titles = ", ".join(SELECTORS[name].title for name in weighted())
        raise UserError(f"{found.title} has no weight that balances quality against diversity. {titles} have one.")
    return found.params[found.weight[0]]
