"""What measures want of all pairs of rows: named, so that one pass can serve all that want something."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Nearest:
    """The `count` nearest rows, with their distances: `Space.neighbours`."""

    count: int
    distinct: bool = False  # whether copies of an earlier row do not count
    itself: bool = True  # whether the row itself counts, where it is among those searched

    def serves(self, other: "Nearest") -> bool:
        """Whether what fulfils this wish holds what fulfils the other."""
        return (self.distinct, self.itself) == (other.distinct, other.itself) and self.count >= other.count


@dataclass(frozen=True)
class MeanLength:
    """The mean Euclidean distance to the other rows: `Space.mean_lengths`."""


@dataclass(frozen=True)
class Crowding:
    """The sum of exp((cos - 1) / tau) over all rows: `Space.crowding`."""

    tau: float


@dataclass(frozen=True)
class Ranked:
    """The mean distance 1 - cos to all rows, weighted by rank: `Space.ranked_means`."""

    alphas: tuple[float, ...]
    own_too: bool


@dataclass(frozen=True)
class Farthest:
    """The greatest distance 1 - cos to any row: `Space.reach`."""


@dataclass(frozen=True)
class Cosines:
    """The cosines themselves, of a set that is small enough: `Space.take_cosines`."""


Wish = Nearest | MeanLength | Crowding | Ranked | Farthest | Cosines
