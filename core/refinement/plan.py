"""What a refinement is to do: everything that is decided before its first round."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, Self

from ..budget import Budget
from ..errors import UserError
from ..params import Help, Param, Range, declared
from ..selectors import ClusterCount, Scoring, Temperature
from .weights import Mode


def _plan(
    *,
    rounds: Annotated[int, Range(1, 100), Help("Into how many rounds the budget is divided.")] = 3,
    clusters: ClusterCount = None,
    shares: Annotated[
        Literal["size", "weight"],
        Help("size: rows of a cluster by weight times its size, so that round 1 is static kMQ; weight: by weight."),
    ] = "size",
    scoring: Scoring = "z-score",
    temperature: Temperature = 1.0,
    mode: Annotated[
        Mode, Help("shrunk: ours, steady with few scored rows; literal: as printed, for gaps above 0 alone.")
    ] = "shrunk",
    pull: Annotated[float, Range(0, 1e6), Help("shrunk: as many rows of mean gap are added to every cluster.")] = 5.0,
    eta: Annotated[float, Range(0, 10), Help("shrunk: how far weights move in a round.")] = 0.5,
    floor: Annotated[float, Range(0, 1), Help("shrunk: no weight falls below this share of the even one.")] = 0.1,
    held_out: Annotated[
        float, Range(0, 0.5), Help("The share of every cluster that is never drawn, and on which models are tried.")
    ] = 0.0,
) -> None:
    """The signature declares the parameters; nothing is called."""


PLAN_PARAMS: Mapping[str, Param] = declared(_plan)


@dataclass(frozen=True)
class Plan:
    """A budget over rounds, the clusters it is shared out over, and how their weights move.

    Args:
        budget: rows, or a share of them, over all rounds together.
        quality: a column of scores and whether higher is better: within a cluster, good rows have better chances.
        keep_copies: whether exact copies may be drawn like other rows; never those of a row that is held out.
        the others: see `PLAN_PARAMS`.
    """

    budget: str = "10%"
    rounds: int = 3
    seed: int = 0
    clusters: int | None = None
    quality: tuple[str, bool] | None = None
    keep_copies: bool = False
    shares: str = "size"
    scoring: str = "z-score"
    temperature: float = 1.0
    mode: Mode = "shrunk"
    pull: float = 5.0
    eta: float = 0.5
    floor: float = 0.1
    held_out: float = 0.0

    def __post_init__(self) -> None:
        if Budget.parse(self.budget).unit == "tokens":
            raise UserError("A refinement has a budget in rows or percent, not in tokens.")
        if not 0 <= self.seed < 1 << 63:
            raise UserError(f"The seed is {self.seed}, and must be a whole number from 0 to {(1 << 63) - 1}.")
        for name, param in PLAN_PARAMS.items():
            object.__setattr__(self, name, param.check(getattr(self, name), "the refinement"))

    def as_json(self) -> dict[str, Any]:
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return found | {"quality": None if self.quality is None else list(self.quality)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """The plan that `as_json` gave.

        Raises:
            UserError: a name or value that no plan has.
        """
        known = {each.name for each in fields(cls)}
        if unknown := sorted(set(found) - known):
            raise UserError(f"A plan has no {unknown[0]!r}.")
        quality = found.get("quality")
        if quality is not None and not (
            isinstance(quality, list | tuple)
            and len(quality) == 2
            and isinstance(quality[0], str)
            and isinstance(quality[1], bool)
        ):
            raise UserError("The quality of a plan is a column and whether higher is better.")
        if not isinstance(found.get("budget", ""), str) or type(found.get("seed", 0)) is not int:
            raise UserError("The budget of a plan is text such as '10%', and its seed a whole number.")
        return cls(**{**found, "quality": None if quality is None else (quality[0], quality[1])})
