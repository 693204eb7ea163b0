"""Losses of held-out rows by what a model was trained on, their means, and how sure these are over seeds."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError

BASE = "base"
_SURE = 0.95
_ROUNDING = 1e-6  # of the losses: seeds that lie no further apart trained alike

G = TypeVar("G", bound=Hashable)


@dataclass(frozen=True)
class SeedMean:
    """A mean over rows and seeds, in nats a token, with its 95 % t-interval over the seeds.

    None with one seed, and where the seeds trained alike: they differ by rounding alone, as where a step holds all
    rows, and nothing is known of chance. The interval tells how much training with other seeds may change the mean,
    not how much other rows may.
    """

    value: float
    low: float | None
    high: float | None
    rows: int
    seeds: int

    @property
    def alike(self) -> bool:
        """Whether there are several seeds and no interval, for they trained alike."""
        return self.seeds > 1 and self.rows > 0 and self.low is None


@dataclass(frozen=True)
class HeldOut:
    """Mean losses of the answers of held-out rows, by arm.

    Args:
        rows: their numbers in the data.
        losses: arm -> (seeds, rows), NaN where a row has no loss; "base", the model before training, has one line.
        notes: what was cut or left out, in sentences.
    """

    rows: tuple[int, ...]
    seeds: tuple[int, ...]
    losses: Mapping[str, NDArray[np.float64]]
    notes: tuple[str, ...] = ()

    @property
    def arms(self) -> tuple[str, ...]:
        return tuple(self.losses)

    def mean(self, arm: str) -> SeedMean:
        """The mean loss of all rows that have one."""
        return _mean(*self._apart(arm, None))

    def by_group(self, arm: str, groups: Sequence[G], *, other: str | None = None) -> dict[G, SeedMean]:
        """The mean loss of each group, in order of first mention; with `other`, the difference from that arm.

        Args:
            groups: the group of each held-out row. One without any loss has a mean of NaN.
        """
        if len(groups) != len(self.rows):
            raise ValueError(f"There are {len(groups)} groups of {len(self.rows)} rows.")
        losses, size = self._apart(arm, other)
        members: dict[G, list[int]] = {}
        for place, group in enumerate(groups):
            members.setdefault(group, []).append(place)
        return {group: _mean(losses[:, places], size[places]) for group, places in members.items()}

    def difference(self, arm: str, other: str) -> SeedMean:
        """Mean loss of `arm` less that of `other`, seed by seed and row by row; below 0, `arm` is better."""
        return _mean(*self._apart(arm, other))

    def as_json(self) -> dict[str, Any]:
        """All of it, None where a row has no loss."""
        return {
            "rows": list(self.rows),
            "seeds": list(self.seeds),
            "losses": {
                arm: [[None if math.isnan(loss) else loss for loss in line] for line in lines.tolist()]
                for arm, lines in self.losses.items()
            },
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """What `as_json` gave."""
        losses = {arm: np.array(lines, dtype=np.float64) for arm, lines in found["losses"].items()}
        return cls(tuple(found["rows"]), tuple(found["seeds"]), losses, tuple(found["notes"]))

    def _apart(self, arm: str, other: str | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The losses of an arm, less those of another, (seeds, rows), and how large those are that they are made of."""
        own = self._of(arm)
        if other is None:
            return own, np.abs(own).mean(axis=0)
        less = self._of(other)
        return own - less, np.maximum(np.abs(own).mean(axis=0), np.abs(less).mean(axis=0))

    def _of(self, arm: str) -> NDArray[np.float64]:
        if arm not in self.losses:
            raise UserError(f"There is no arm {arm!r}. The arms: {', '.join(self.losses)}.")
        return self.losses[arm]


def _mean(losses: NDArray[np.float64], size: NDArray[np.float64]) -> SeedMean:
    """Over the rows of each seed, then over the seeds; (seeds, rows). size: of what rounding is a part, (rows,)."""
    there = np.isfinite(losses).all(axis=0)
    seeds, rows = len(losses), int(there.sum())
    if rows == 0:
        return SeedMean(math.nan, None, None, 0, seeds)
    means = losses[:, there].mean(axis=1)
    value = float(means.mean())
    if seeds < 2 or float(np.ptp(means)) <= _ROUNDING * float(size[there].mean()):
        return SeedMean(value, None, None, rows, seeds)
    from scipy.stats import t

    half = float(t.ppf((1 + _SURE) / 2, seeds - 1) * means.std(ddof=1) / math.sqrt(seeds))
    return SeedMean(value, value - half, value + half, rows, seeds)
