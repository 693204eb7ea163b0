"""What tells two sets apart, as it was found: their clusters, how one covers the other, the rows that are far off."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from .compared import Comparison

USUAL = 0.9  # the share of the first set's rows whose nearest other row is nearer than what counts as new

Change = Literal["gained", "lost", "alike"]


@dataclass(frozen=True)
class ClusterDifference:
    """One group of rows of both sets, by k-means on the equal parts together."""

    name: str
    first: int  # rows of the first set in it
    second: int
    change: Change  # gained: the second has more than chance would give it; lost: fewer
    new: int  # of the second set's rows those that are new: see `Differences.usual`
    brings: bool  # whether so many of them are new that chance does not explain it
    medoid_of: Literal["first", "second"]
    medoid: int  # the row in the middle, as a row of that study


@dataclass(frozen=True)
class Covered:
    """How far the rows of one set are from their nearest rows of the other, as cosine distances."""

    mean: float
    radius: float  # of the row that is farthest


@dataclass(frozen=True)
class FarRow:
    """A row of the second set that has nothing like it in the first."""

    row: int  # of the second study
    position: int  # the same row's number in its dataset, from 0
    nearest: int  # of the first study
    distance: float  # cosine


@dataclass(frozen=True)
class Differences:
    """What the second set has that the first has not, and the other way round."""

    first: str
    second: str
    size: int  # rows of each that were laid side by side
    seed: int
    clusters: tuple[ClusterDifference, ...]  # the largest first
    usual: float  # the cosine distance to their nearest other row that 90 % of the first set's rows stay below
    new: int  # rows of the second set, of `size`, whose nearest row of the first is farther than `usual`
    second_by_first: Covered  # how well the first covers the second
    first_by_second: Covered
    farthest: tuple[FarRow, ...]  # of all rows of the second against all of the first, the farthest first
    merged: Comparison | None = field(default=None, compare=False)  # the first (0) and both together (1), at equal size

    @property
    def gained(self) -> list[ClusterDifference]:
        return [cluster for cluster in self.clusters if cluster.change == "gained"]

    @property
    def lost(self) -> list[ClusterDifference]:
        return [cluster for cluster in self.clusters if cluster.change == "lost"]

    @property
    def advice(self) -> str:
        """What adding the second set to the first brings, in two or three sentences. Names are the users' own text."""
        bringing = [cluster for cluster in self.clusters if cluster.brings]
        share = f"{self.new / self.size:.0%} of its rows are farther from every row of {self.first} than {USUAL:.0%} of"
        share += f" the rows there are from their nearest; {1 - USUAL:.0%} would be by chance"
        if bringing:
            names = "; ".join(cluster.name for cluster in bringing[:5]) + ("; …" if len(bringing) > 5 else "")
            found = f"Adding {self.second} to {self.first} brings something new in {len(bringing)} of "
            found += f"{len(self.clusters)} clusters ({names}): {share}."
        else:
            found = f"Adding {self.second} to {self.first} brings nothing new in any of {len(self.clusters)} clusters: "
            found += f"{share}."
        return found if self.merged is None else f"{found} At equal size, {self.merged.sentence(1, 0)}"

    def as_json(self) -> dict[str, Any]:
        """The fields that a script reads; NaN becomes null."""
        plain = asdict(replace(self, merged=None))
        return plain | {"merged": self.merged.as_json() if self.merged else None, "advice": self.advice}
