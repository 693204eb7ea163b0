"""The probe: how uncertain the domain of every row is, and how far that can be trusted (METHODS 5.3, steps 3 and 4)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..geometry import Space
from ..progress import Progress, part
from ..rank_correlation import rank_correlation
from ..selectors import (
    Domains,
    Fitted,
    accuracy,
    closed_form,
    cross_fitted,
    entropy_of,
    expected_calibration_error,
    fitted_once,
    regressed,
    set_aside,
)
from .plan import Plan

Floats = NDArray[np.float64]
_BINS = 15  # as of the expected calibration error


@dataclass(frozen=True)
class Probed:
    """What probes found of the rows of a pool.

    entropies: of each row by the kind of probe, (n,), in nats. guessed: what the second network foretells, where the
    plan has one. accuracy, calibration (expected error), its curve, r2 and rank of the guess: over the pool, of
    the first probe.
    """

    entropies: Mapping[str, Floats]
    guessed: Floats | None
    temperatures: tuple[float, ...]
    accuracy: float
    calibration: float
    curve: tuple[tuple[float, float, int], ...]
    r2: float | None
    rank: float | None


def standardised(features: NDArray[np.float32], learn: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Each dimension less its mean and over its spread among the rows learned from; one that is constant is 0."""
    seen = features[learn].astype(np.float64)
    spread = seen.std(axis=0)
    scale = np.where(spread > 1e-9 * max(1.0, float(np.abs(seen).max())), spread, np.inf)
    return np.asarray((features - seen.mean(axis=0)) / scale, dtype=np.float32)


def probed(
    features: NDArray[np.float32],
    domains: Domains,
    learn: NDArray[np.bool_],
    pool: NDArray[np.bool_],
    plan: Plan,
    progress: Progress,
    device: str | None = None,
) -> Probed:
    """Train the probes of the plan on the rows to learn from, and find the entropies of the rows of the pool.

    Args:
        features, learn, pool: (n, d), (n,), (n,) of the same rows as `domains`.
    """
    space = Space(features, name="the states")
    found: dict[str, Fitted] = {}
    for number, kind in enumerate(plan.probes):
        share = part(progress, 0.8 * number / len(plan.probes), 0.8 * (number + 1) / len(plan.probes))
        if kind == "closed form":
            found[kind] = closed_form(space, domains, 1.0)
        elif plan.mode == "paper":
            found[kind] = fitted_once(space, domains, kind, learn, plan.seed, share, device)
        else:
            found[kind] = cross_fitted(space, domains, kind, plan.folds, plan.seed, share, learn, device)
    first = found[plan.probes[0]]
    every = entropy_of(first.probability)
    guessed: Floats | None = None
    if plan.mode == "paper":
        guessed = _foretold(space, every, learn, plan, part(progress, 0.8, 1), device)[pool]
    truth, chance = domains.of[pool], first.probability[pool]
    return Probed(
        entropies={kind: entropy_of(fitted.probability[pool]) for kind, fitted in found.items()},
        guessed=guessed,
        temperatures=first.temperatures,
        accuracy=accuracy(chance, truth),
        calibration=expected_calibration_error(chance, truth),
        curve=_curve(chance, truth),
        r2=None if guessed is None else _r2(every[pool], guessed),
        rank=None if guessed is None else rank_correlation(every[pool], guessed),
    )


def _curve(chance: Floats, truth: NDArray[np.int64]) -> tuple[tuple[float, float, int], ...]:
    """By bin of confidence: its mean, the share of rows whose domain is right, and the rows; those with rows alone."""
    confidence, right = chance.max(axis=1), chance.argmax(axis=1) == truth
    bins = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    rows = [np.flatnonzero(bins == each) for each in np.unique(bins)]
    return tuple((float(confidence[some].mean()), float(right[some].mean()), len(some)) for some in rows)


def _foretold(
    space: Space, entropies: Floats, learn: NDArray[np.bool_], plan: Plan, progress: Progress, device: str | None
) -> Floats:
    """What a network that has learned the entropies of the labelled rows foretells for every row."""
    learned, held = set_aside(learn, plan.seed)
    unit = space.unit
    how = unit[learned], entropies[learned], unit[held], entropies[held], unit
    return regressed(*how, progress, seed=plan.seed, device=device)


def _r2(truth: Floats, guess: Floats) -> float | None:
    """The share of the variance that the guess explains, below 0 where the mean would do better."""
    spread = float(((truth - truth.mean()) ** 2).sum())
    return None if spread == 0 else 1 - float(((truth - guess) ** 2).sum()) / spread
