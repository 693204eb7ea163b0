"""How far a static model agrees with the encoder that it was made from, on texts that had no part in making it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .clustering import kmeans
from .encoders import Encoder
from .errors import UserError
from .geometry import Space
from .measuring import measure
from .metrics import METRICS
from .progress import Progress, silent
from .rank_correlation import rank_correlation
from .selectors import SELECTORS, select

NEIGHBOURS = 10
SETS, ROWS = 12, 100  # sets from ever more groups of rows, and how many rows each has at most
FEWEST = 30  # rows of the group that all sets begin with: all are as small as the first, and outliers are groups too
PICKED = 0.1  # share of the rows that selectors choose
PICKERS = ("facility_location", "k_center", "kmeans_closest", "novelselect")
_TIMED = 100  # texts that both embed to be timed


@dataclass(frozen=True)
class Agreement:
    """What both say of the same rows; every share is of 1, every correlation from -1 to 1."""

    rows: int
    neighbours: float  # share of the 10 nearest other rows that are the same
    novelty: float | None  # rank correlation of the distance to the nearest other row
    metrics: Mapping[str, float]  # Kendall's tau between the values of each metric over 12 sets of different breadth
    picks: Mapping[str, float]  # share of the rows that each selector chooses with both
    faster: float  # times as many texts a second

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "Agreement":
        return cls(**given)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def neighbours_by_chance(self) -> float:
        return NEIGHBOURS / (self.rows - 1)

    def says(self) -> list[str]:
        """It in sentences, the most telling first."""
        found = [
            f"On {self.rows:,} rows that had no part in making it, {self.neighbours:.0%} of the {NEIGHBOURS} nearest "
            f"rows are the encoder's (by chance {self.neighbours_by_chance:.1%}).",
        ]
        if self.novelty is not None:
            found.append(f"Which rows are far from all others: rank correlation {self.novelty:.2f} (1 is the same).")
        if self.metrics:
            low = min(self.metrics, key=lambda name: self.metrics[name])
            middle = float(np.median(list(self.metrics.values())))
            found.append(
                f"Which of {SETS} sets is more diverse: Kendall's tau {middle:.2f} in the middle of "
                f"{len(self.metrics)} metrics, least {self.metrics[low]:.2f} ({METRICS[low].title})."
            )
        shares = ", ".join(f"{SELECTORS[name].title} {share:.0%}" for name, share in self.picks.items())
        if shares:
            found.append(f"Rows chosen with both, of {PICKED:.0%} (by chance {PICKED:.0%} of them): {shares}.")
        found.append(f"It embeds {self.faster:,.0f} times as fast.")
        return found


def agreement(
    texts: Sequence[str],
    mine: Encoder,
    theirs: Encoder,
    their_vectors: NDArray[np.float32],
    *,
    progress: Progress = silent,
) -> Agreement:
    """How far `mine` agrees with `theirs`, whose vectors of the texts are known, (n, d).

    Sets of equally many rows are drawn from 1 to 12 of the encoder's own clusters, so that they differ in breadth.
    """
    start = time.perf_counter()
    vectors = mine.encode(texts)
    seconds = (time.perf_counter() - start) / len(texts)
    start = time.perf_counter()
    theirs.encode(texts[:_TIMED])
    slower = (time.perf_counter() - start) / len(texts[:_TIMED])
    both = [Space(np.asarray(some, dtype=np.float32)) for some in (vectors, their_vectors)]
    progress(0.1, "Comparing neighbours")
    nearest = [each.neighbours(NEIGHBOURS) for each in both]
    shared = [len(np.intersect1d(left, right)) for left, right in zip(*(each[1] for each in nearest), strict=True)]
    progress(0.2, "Comparing metrics")
    metrics = _metrics(both, progress)
    picks = {}
    for done, name in enumerate(PICKERS):
        progress(0.6 + 0.1 * done, f"Comparing what {SELECTORS[name].title} chooses")
        budget = max(1, round(PICKED * len(texts)))
        left, right = (select(name, each, budget).positions for each in both)
        picks[name] = len(np.intersect1d(left, right)) / budget
    return Agreement(
        rows=len(texts),
        neighbours=float(np.mean(shared)) / NEIGHBOURS,
        novelty=rank_correlation(nearest[0][0][:, 0], nearest[1][0][:, 0]),
        metrics=metrics,
        picks=picks,
        faster=slower / seconds,
    )


def _metrics(both: Sequence[Space], progress: Progress) -> dict[str, float]:
    from scipy.stats import kendalltau

    groups = kmeans(both[1], SETS).members()
    rng = np.random.default_rng(0)
    order = rng.permutation(len(groups))
    enough = min(FEWEST, max(map(len, groups)))
    order = np.roll(order, -next(i for i, group in enumerate(order) if len(groups[group]) >= enough))
    sets = []
    for count in range(1, len(groups) + 1):
        rows = np.sort(np.concatenate([groups[group] for group in order[:count]]))
        sets.append(np.sort(rng.choice(rows, min(ROWS, len(rows)), replace=False)))
    size = min(map(len, sets))
    sets = [rows[np.sort(rng.choice(len(rows), size, replace=False))] for rows in sets]
    found: dict[str, float] = {}
    names = [name for name, metric in METRICS.items() if "space" in metric.needs]
    for done, name in enumerate(names):
        progress(0.2 + 0.4 * done / len(names), f"Comparing {METRICS[name].title}")
        try:
            values = [[measure(name, each.subset(rows)).value for rows in sets] for each in both]
        except UserError:  # the sets are too small for it
            continue
        tau = kendalltau(values[0], values[1]).statistic
        if np.isfinite(tau):
            found[name] = float(tau)
    return found
