"""Quality against diversity: one selector at several weights, beside random choices and the choice by quality alone.

found = frontier(study, Choice("qdit", budget="10%", quality=("score", True)))
for sentence in frontier_sentences(found): print(sentence)
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .choice import Choice
from .digest import digest
from .errors import UserError
from .frontier_points import Frontier, Point, pack_frontier, unpack_frontier
from .metrics import METRICS, find_metric
from .params import Param, resolve
from .progress import Progress, part, silent
from .selectors import SELECTORS, find_selector

if TYPE_CHECKING:
    from .study import Study

VERSION = 1
_STEPS = 9  # weights between 0 and 1


def weighted() -> list[str]:
    """The names of the selectors that have a weight."""
    return [name for name, each in SELECTORS.items() if each.weight is not None]


def usual_weights(selector: str) -> list[float]:
    """Weights that span what that selector's may be.

    >>> usual_weights("qdit")
    [0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0]
    >>> usual_weights("dpp")
    [0.0, 0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0]

    Raises:
        UserError: it has none.
    """
    param = _weight_of(selector)
    low, high = (param.range.low, param.range.high) if param.range else (0.0, math.inf)
    if (low, high) == (0, 1):
        return [float(step) / (_STEPS - 1) for step in range(_STEPS)]
    doubled = [float(param.default) * 2.0**power for power in range(-3, 5)]
    return [*([0.0] if low == 0 else []), *(weight for weight in doubled if low <= weight <= high)]


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
        weights: `usual_weights` by default.
        metric: the measure of diversity, with `params`.

    Raises:
        UserError: a selector without a weight, no quality column, a weight that it may not have; as `Study.choose`.
    """
    param = _weight_of(choice.selector)
    favours = SELECTORS[choice.selector].weight
    assert favours is not None
    if choice.quality is None:
        raise UserError("A frontier lays quality against diversity. Name a column of scores as quality.")
    values = sorted({float(param.check(w, choice.selector)) for w in weights or usual_weights(choice.selector)})
    if len(values) < 2 or random_seeds < 2:
        raise UserError("A frontier needs at least two weights and two random choices.")
    settings = resolve(find_metric(metric).params, params or {}, metric)
    if "texts" in METRICS[metric].needs and study.texts is None:
        raise UserError(f"{METRICS[metric].title} needs texts, and {study.name} has none.")
    others = {name: value for name, value in choice.params.items() if name != param.name}
    bare = replace(choice, params={}, label=None, tags=None, keep_copies=False)
    choices = [replace(choice, params={**others, param.name: weight}) for weight in values]
    choices += [replace(bare, selector="random", quality=None, missing="refuse", seed=s) for s in range(random_seeds)]
    choices.append(replace(bare, selector="quality"))
    against = study.reference.key if study.reference else None
    about = [study.key, study.texts_key, study.name, against, metric, settings, len(values)]
    key = digest("frontier", VERSION, [study.choice_key(each) for each in choices], about)

    def run() -> Frontier:
        column, higher = choice.quality or ("", True)
        scores = study.scores(column, True)
        lengths = study.lengths() if study.texts is not None else np.full(len(study), np.nan)
        points = []
        for done, each in enumerate(choices):
            share = part(progress, done / len(choices), (done + 1) / len(choices))
            rows = np.asarray(study.choose(each, progress=part(share, 0, 0.7)).positions)
            subset = study.subset(rows, "the subset")
            how: dict[str, Any] = {"params": {metric: settings}, "intervals": False}
            (score,) = subset.measure([metric], progress=part(share, 0.7, 1), **how)
            weight = float(each.params.get(param.name, math.nan)) if done < len(values) else math.nan
            known = scores[rows][np.isfinite(scores[rows])]
            mean = float(known.mean()) if len(known) else math.nan
            points.append(Point(weight, mean, score.value, float(lengths[rows].mean()), rows))
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
            points=tuple(points[: len(values)]),
            random=tuple(points[len(values) : -1]),
            quality_only=points[-1],
            length_correlation=_rank_correlation(scores, lengths),
        )

    return study._once(key, run, pack_frontier, unpack_frontier)


def _weight_of(selector: str) -> Param:
    found = find_selector(selector)
    if found.weight is None:
        titles = ", ".join(SELECTORS[name].title for name in weighted())
        raise UserError(f"{found.title} has no weight that balances quality against diversity. {titles} have one.")
    return found.params[found.weight[0]]


def _rank_correlation(scores: np.ndarray, lengths: np.ndarray) -> float:
    """Spearman's correlation over the rows that have both; NaN where one of them is all alike."""
    from scipy.stats import rankdata

    both = np.isfinite(scores) & np.isfinite(lengths)
    if both.sum() < 3:
        return math.nan
    ranks = [rankdata(each[both]) for each in (scores, lengths)]
    if any(np.ptp(each) == 0 for each in ranks):
        return math.nan
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
