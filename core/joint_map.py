"""Several sets on one map: one projection of all their rows, so that a place means the same for each of them.

found = joint_map([mine, theirs])
found.places(0)  # (n, 2) of the first set's rows
print(found.overlap(0, 1))
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .density_difference import Differing, density_difference, shared_density
from .digest import digest
from .errors import UserError
from .pooling import apart, pool
from .progress import Progress, silent
from .resampling import subsample

if TYPE_CHECKING:
    from .study import Study

MOST = 100_000  # rows of all sets together that are laid out; of more, a seeded part of each
_FEWEST = 20
VERSION = 1


@dataclass(frozen=True)
class JointMap:
    """A place in one plane for rows of every set."""

    method: str
    names: tuple[str, ...]  # no two alike
    rows: tuple[NDArray[np.int64], ...] = field(repr=False)  # of each set that are placed, ascending
    xy: NDArray[np.float32] = field(repr=False)  # (n, 2): the rows of the first set, then those of the next

    @property
    def set_of(self) -> NDArray[np.int64]:
        """The number of the set of each place, (n,)."""
        return np.repeat(np.arange(len(self.rows)), [len(rows) for rows in self.rows])

    def places(self, number: int) -> NDArray[np.float32]:
        """The places of the rows of one set, (n, 2)."""
        start = sum(map(len, self.rows[:number]))
        return self.xy[start : start + len(self.rows[number])]

    def differing(self, first: int, second: int) -> Differing:
        """Where on the map either of two sets is denser."""
        return density_difference(self.places(first), self.places(second))

    def overlap(self, first: int, second: int, *, seed: int = 0) -> tuple[float, float]:
        """The share of their density that two sets have in common, and of two parts drawn at random from both.

        1 where they lie alike, 0 where nothing of the one is near anything of the other. The second number is what
        sets of these sizes have that differ by chance alone.
        """
        mine, theirs = self.places(first), self.places(second)
        both = np.concatenate([mine, theirs])
        mixed = both[np.random.default_rng(seed).permutation(len(both))]
        return shared_density(mine, theirs), shared_density(mixed[: len(mine)], mixed[len(mine) :])


def joint_map(studies: Sequence["Study"], *, method: str = "umap", progress: Progress = silent) -> JointMap:
    """Lay the rows of all sets out at once.

    Above 100,000 rows in all a seeded part of each set is taken, as large a share of each, of small sets at least 20.

    Raises:
        UserError: fewer than two sets, or embeddings of different encoders or dimensions.
    """
    if len(studies) < 2:
        raise UserError("One map of several sets needs two sets or more.")
    if reason := apart(studies):
        raise UserError(reason)
    share = min(1.0, MOST / sum(map(len, studies)))
    sizes = [min(len(study), max(_FEWEST, int(len(study) * share))) for study in studies]
    rows = tuple(subsample(study, size, 0) for study, size in zip(studies, sizes, strict=True))

    def run() -> NDArray[np.float32]:
        parts = [
            study if len(mine) == len(study) else study.subset(mine, study.name)
            for study, mine in zip(studies, rows, strict=True)
        ]
        return replace(pool(parts, "one map"), store=None).project(method, progress=progress).xy

    # Named by the sets, so that to find it again nobody has to lay their vectors side by side.
    key = digest("joint map", VERSION, method, [(study.key, size) for study, size in zip(studies, sizes, strict=True)])
    xy = studies[0]._once(key, run, lambda xy: ({}, {"xy": xy}), lambda _, arrays: arrays["xy"])
    return JointMap(method, _names([study.name for study in studies]), rows, xy)


def _names(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        name if names.count(name) == 1 else f"{name} ({names[: number + 1].count(name)})"
        for number, name in enumerate(names)
    )
