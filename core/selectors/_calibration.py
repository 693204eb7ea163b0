"""How far probabilities can be trusted: their calibration, and the temperature that mends it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_BINS = 15
_LEAST, _MOST = 0.05, 20.0  # temperatures


def softmax(logits: NDArray[np.float64], temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities of each row of logits, (n, k)."""
    scaled = logits / temperature
    odds = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probability: NDArray[np.float64] = odds / odds.sum(axis=1, keepdims=True)
    return probability


def entropy(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """H = -sum p ln p of each row, in nats, (n,)."""
    found: NDArray[np.float64] = -(probability * np.log(np.where(probability > 0, probability, 1))).sum(axis=1)
    return np.maximum(found, 0)


def best_temperature(logits: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """The temperature at which the logits give the true classes the highest likelihood (Guo et al. 2017)."""
    return common_temperature([(logits, truth)])


def common_temperature(parts: Sequence[tuple[NDArray[np.float64], NDArray[np.int64]]]) -> float:
    """The same for several (logits, true classes), whose classes may be others in each: one temperature for all."""
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        total = 0.0
        for logits, truth in parts:
            scaled = logits / np.exp(log_temperature)
            scaled = scaled - scaled.max(axis=1, keepdims=True)
            total += float((np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(truth)), truth]).sum())
        return total / sum(len(truth) for _, truth in parts)

    found = minimize_scalar(loss, bounds=(np.log(_LEAST), np.log(_MOST)), method="bounded")
    return float(np.exp(found.x))


def accuracy(probability: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """The share of rows whose most probable class is the true one."""
    return float((probability.argmax(axis=1) == truth).mean())


def expected_calibration_error(probability: NDArray[np.float64], truth: NDArray[np.int64]) -> float:
    """Mean gap between confidence and accuracy over 15 bins of confidence, by their rows (Naeini et al. 2015)."""
    confidence = probability.max(axis=1)
    right = probability.argmax(axis=1) == truth
    bins = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    gaps = np.bincount(bins, weights=right, minlength=_BINS) - np.bincount(bins, weights=confidence, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(truth))
