"""Mean ranks over many metrics, with intervals from drawing the runs anew."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .chance import ROUNDING

DRAWS = 1000


@dataclass(frozen=True)
class Rank:
    """A mean rank, 1 being the most diverse, and the ends between which 95 % of the draws lie."""

    mean: float
    low: float
    high: float


def mean_ranks(values: Sequence[Sequence[NDArray[np.float64]]], *, draws: int = DRAWS, seed: int = 0) -> list[Rank]:
    """A rank for each of several selectors, over budgets and metrics.

    In every cell, a metric at a budget, selectors are ranked by the mean of their runs; those that are equal share the
    mean of their ranks. A selector's rank is the mean over the cells. For the interval its runs are drawn anew, as many
    and with replacement (the bootstrap), all metrics of a run together; a selector of one run always has that run.

    Args:
        values: by budget and selector, (runs, metrics), all finite; higher is more diverse.
    """
    rng = np.random.default_rng(seed)
    drawn = [_cells([each.mean(axis=0, keepdims=True) for each in budget]) for budget in values]
    again = []
    for budget in values:
        means = [each[rng.integers(len(each), size=(draws, len(each)))].mean(axis=1) for each in budget]
        again.append(_cells(means))
    mean = np.concatenate(drawn, axis=2).mean(axis=2)[0]
    low, high = np.quantile(np.concatenate(again, axis=2).mean(axis=2), (0.025, 0.975), axis=0)
    return [Rank(float(a), float(b), float(c)) for a, b, c in zip(mean, low, high, strict=True)]


def _cells(means: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Ranks (draws, selectors, metrics) of means, for each selector (draws, metrics)."""
    from scipy.stats import rankdata

    stacked = np.stack(means, axis=1)
    scale = np.abs(stacked).max(axis=(0, 1), keepdims=True)
    level = np.round(stacked / (np.where(scale == 0, 1, scale) * ROUNDING))
    found: NDArray[np.float64] = rankdata(-level, axis=1)
    return found
