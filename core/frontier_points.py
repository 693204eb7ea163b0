"""What a frontier found: quality and diversity of one selector's choices by its weight, and what moves between them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .chance import ROUNDING
from .metrics import METRICS
from .results import Packed

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Point:
    """One choice: its mean quality, in the column's own unit, and its diversity."""

    weight: float  # NaN of random and of quality alone
    quality: float
    diversity: float
    length: float  # mean characters of a chosen row's text, NaN without texts
    rows: Indices = field(repr=False)  # the chosen rows, in order of choice


@dataclass(frozen=True)
class Frontier:
    """The choices of one selector by its weight, beside random ones and the choice by quality alone."""

    study: str
    pool: int
    selector: str
    title: str
    param: str  # the weight
    favours: Literal["quality", "diversity"]  # what more of it does
    budget: str
    quality: str  # the column
    better: Literal["higher", "lower"]
    metric: str
    reference: str
    points: tuple[Point, ...]  # by rising weight
    random: tuple[Point, ...]
    quality_only: Point
    length_correlation: float | None  # Spearman's, of quality and characters over the pool; None without texts
    copies: int  # exact copies in the pool that the selector puts last, and quality alone does not

    @cached_property
    def pareto(self) -> tuple[bool, ...]:
        """Which points no other point beats: none is at least as good in both and better in one."""
        return tuple(undominated([self._goods(point) for point in self.points]))

    def place(self, weight: float) -> int:
        """The number of the point of that weight.

        Raises:
            KeyError: there is none.
        """
        for number, point in enumerate(self.points):
            if math.isclose(point.weight, weight, rel_tol=1e-9, abs_tol=1e-12):
                return number
        raise KeyError(weight)

    def between(self, first: int, second: int) -> tuple[Indices, Indices]:
        """The rows that enter and those that leave on the way from one point to another, each in order of choice."""
        before, after = self.points[first].rows, self.points[second].rows
        return after[~np.isin(after, before)], before[~np.isin(before, after)]

    def beats_chance(self, point: Point) -> bool:
        """Whether a choice is better than every random one in both quality and diversity."""
        mine = self._goods(point)
        return all(
            a > b + ROUNDING * max(abs(a), abs(b))
            for other in self.random
            for a, b in zip(mine, self._goods(other), strict=True)
        )

    def as_json(self, ids: Sequence[Any]) -> dict[str, Any]:
        """The fields that a script reads; `ids` are those of the study's rows."""
        steps = []
        for number in range(1, len(self.points)):
            entered, left = self.between(number - 1, number)
            steps.append(
                {
                    "from": self.points[number - 1].weight,
                    "to": self.points[number].weight,
                    "entered": [ids[row] for row in entered.tolist()],
                    "left": [ids[row] for row in left.tolist()],
                }
            )
        flags = zip(self.points, self.pareto, strict=True)
        shown = ("study", "pool", "selector", "param", "favours", "budget", "quality", "better", "metric", "reference")
        return {name: getattr(self, name) for name in shown} | {
            "points": [_point_json(point) | {"pareto": best} for point, best in flags],
            "random": [_point_json(point) for point in self.random],
            "quality_only": _point_json(self.quality_only),
            "steps": steps,
            "length_correlation": self.length_correlation,
        }

    def _goods(self, point: Point) -> tuple[float, float]:
        """Quality and diversity, of both higher is better."""
        quality = point.quality if self.better == "higher" else -point.quality
        return quality, point.diversity if METRICS[self.metric].better == "higher" else -point.diversity


def undominated(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Which points are in the Pareto set where more is better in both; equal ones are in together.

    A point without a finite value in both is not in it.

    >>> undominated([(1, 3), (2, 2), (1, 2), (3, 1)])
    [True, True, False, True]
    """
    return [all(map(math.isfinite, mine)) and not any(_dominates(other, mine) for other in points) for mine in points]


def _dominates(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether one is at least as good in both, and better in one by more than rounding."""
    margins = [ROUNDING * max(abs(a), abs(b)) for a, b in zip(one, other, strict=True)]
    as_good = all(a >= b - margin for a, b, margin in zip(one, other, margins, strict=True))
    return as_good and any(a > b + margin for a, b, margin in zip(one, other, margins, strict=True))


def pack_frontier(found: Frontier) -> Packed:
    """A frontier as the store keeps it."""
    meta = {
        name: value for name, value in vars(found).items() if name not in ("points", "random", "quality_only", "pareto")
    }
    every = [*found.points, *found.random, found.quality_only]
    meta["values"] = [[each.weight, each.quality, each.diversity, each.length] for each in every]
    return meta | {"count": len(found.points)}, {f"rows{number}": each.rows for number, each in enumerate(every)}


def unpack_frontier(meta: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Frontier:
    """What was packed so."""
    fields = dict(meta)
    values, count = fields.pop("values"), fields.pop("count")
    every = [
        Point(weight, quality, diversity, length, np.asarray(arrays[f"rows{number}"]))
        for number, (weight, quality, diversity, length) in enumerate(values)
    ]
    return Frontier(**fields, points=tuple(every[:count]), random=tuple(every[count:-1]), quality_only=every[-1])


def _point_json(point: Point) -> dict[str, Any]:
    found = {name: value for name, value in asdict(point).items() if name != "rows"}
    return {name: _json(value) for name, value in found.items()} | {"rows": len(point.rows)}


def _json(value: float) -> float | None:
    return value if math.isfinite(value) else None
