"""Rows of a cluster drawn without replacement, good ones with better chances: what kMQ does in every round."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..params import Help, Range

Scoring = Annotated[
    Literal["z-score", "as given", "rank"],
    Help("z-score: in standard deviations over the pool; as given; rank: within the cluster, from 0 to 1."),
]
Temperature = Annotated[
    float, Range(1e-6, 1e6), Help("Chances are as exp(score / temperature): high, all alike; low, the best only.")
]


class WeightedDraw:
    """Draws from clusters; without a score all rows have the same chance (kM-Random).

    Args:
        quality: (n,) a score of every row of the pool, higher better, or None.
    """

    def __init__(self, quality: NDArray[np.float64] | None, scoring: str, temperature: float) -> None:
        self._given = None if quality is None else np.asarray(quality, dtype=np.float64)
        if self._given is not None and scoring == "z-score":
            self._given = (self._given - self._given.mean()) / (self._given.std() or 1.0)
        self._scoring, self._temperature = scoring, temperature

    def rows(self, rows: Indices, count: int, rng: np.random.Generator) -> Indices:
        """`count` of `rows`, one after another, each with chances as exp(score / temperature) (Gumbel top-k)."""
        keys = self._logits(rows) / self._temperature + rng.gumbel(size=len(rows))
        return rows[np.argsort(-keys, kind="stable")[:count]]

    def _logits(self, rows: Indices) -> NDArray[np.float64]:
        if self._given is None:
            return np.zeros(len(rows))
        if self._scoring != "rank":
            return self._given[rows]
        from scipy.stats import rankdata

        ranks: NDArray[np.float64] = rankdata(self._given[rows]) - 1
        return ranks / max(1, len(rows) - 1)
