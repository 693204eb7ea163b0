"""The diversity metrics: each in a file of its own, found by itself, checked and run by one piece of code.

A metric is a function of the data that it names as positional arguments (`space`, `reference`, `texts`) and of
keyword-only parameters that it declares; it returns a number, or `Measured` where it also has a value per row.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..geometry import Space
from ..looking import Want
from ..params import Param, data_arguments, declared, resolve
from ..progress import Progress, silent
from ..registry import import_all


class Axiom(StrEnum):
    """What a diversity metric may promise, at all parameters unless `only` says at which, with the same reference.

    Every promise is tested on a range of sets, and each that is not made is shown to fail on one of them. Where lower
    is more diverse, "raises" reads "lowers". Metrics of texts can promise order, copy and replication only.
    """

    ORDER = "order"  # the order of the rows does not matter
    ROTATION = "rotation"  # rotating all embeddings alike, the reference with them, does not matter
    COPY = "copy"  # an exact copy of a row never raises the value
    REPLICATION = "replication"  # the whole set twice has the same value
    FAR_POINT = "far point"  # a new row, farther from all than any two are from each other, raises the value
    APART = "apart"  # opening the cone that holds the rows, so that all move away from each other, raises the value


@dataclass(frozen=True)
class Only:
    """Where a promise holds that does not hold at all parameters."""

    words: str  # that end a sentence: "at k = 1"
    holds: Callable[..., bool]  # of the space and all parameters


@dataclass(frozen=True)
class Measured:
    """What a metric found: its value and, where it has them, a value per row (n,).

    An estimate says so. A metric that knows how far its value may be off brings the interval and what kind it is.
    """

    value: float
    rows: NDArray[np.float64] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    estimated: bool = False
    interval: tuple[float, float] | None = None
    interval_kind: str | None = None


@dataclass(frozen=True)
class Score:
    """A value with everything that is needed to read it."""

    metric: str
    value: float
    n: int
    reference: str | None
    params: Mapping[str, Any]
    seconds: float
    estimated: bool = False
    interval: tuple[float, float] | None = None
    interval_kind: str | None = None
    rows: NDArray[np.float64] | None = field(default=None, repr=False, compare=False)
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The fields that a script reads; NaN and infinity become null."""
        return {
            "metric": self.metric,
            "value": _json_number(self.value),
            "n": self.n,
            "interval": [_json_number(end) for end in self.interval] if self.interval else None,
            "interval_kind": self.interval_kind,
            "reference": self.reference,
            "params": {name: _json_number(value) for name, value in self.params.items()},
            "estimated": self.estimated,
            "seconds": round(self.seconds, 4),
        }


@dataclass(frozen=True)
class Metric:
    """One diversity metric and all that is known of it."""

    name: str
    function: Callable[..., float | Measured]
    title: str
    formula: str  # LaTeX
    source: str
    says: str  # one sentence for a person: what the value tells
    rewards: str
    overlooks: str
    size: str  # how it moves with the number of rows
    cost: str  # in n (rows), N (reference rows), d (dimensions), k
    range: str  # least to greatest value that rows of unit length can have, in the same letters and the parameters
    floor: float  # the value of one point, however often repeated (NaN where there is none)
    least: int  # rows below which there is no value
    unit: str
    obeys: frozenset[Axiom]
    row_title: str  # what the per-row values are called, "" where there are none
    row_name: str  # the same as the name of a column
    matches: str  # whose value it is, and which programs give another
    needs: frozenset[str]
    params: Mapping[str, Param]
    better: Literal["higher", "lower"]
    pairs: Callable[..., list[Want]] | None  # what it wants of all pairs of rows, so that one pass serves all metrics
    anchored: Literal["space", "reference"] | None  # whose rows an estimate takes a sample of; None: always exact
    only: Mapping[Axiom, Only] = field(default_factory=dict)  # promises that hold at some parameters only
    extreme: bool = False  # it hangs on one row, the farthest say: its spread follows no square-root law
    length: str = ""  # how it moves with the length of texts, "" of metrics that read none
    by_length: bool | Callable[..., bool] = False  # whether it does, or that by the words there are and the parameters

    def moves_with_length(self, words: float, params: Mapping[str, Any]) -> bool:
        """Whether sets of longer texts have another value for that alone, where the set has so many words in all."""
        return self.by_length(words, **params) if callable(self.by_length) else self.by_length

    @property
    def direction(self) -> str:
        return f"{self.better} is more diverse"

    @property
    def doc(self) -> str:
        return self.function.__doc__ or ""

    def __call__(
        self,
        space: Space | None = None,
        *,
        reference: Space | None = None,
        texts: Sequence[str] | None = None,
        progress: Progress = silent,
        **params: Any,
    ) -> Measured:
        """The value for `space` (or `texts`), parameters checked; the set is its own reference when none is given."""
        settings = resolve(self.params, params, self.name)
        data: dict[str, Any] = {}
        if "space" in self.needs:
            data["space"] = self._present(space, "embeddings")
        if "texts" in self.needs:
            data["texts"] = self._present(texts, "texts")
        if "reference" in self.needs:
            data["reference"] = self.comparable(reference, data["space"])
        if "progress" in self.needs:
            data["progress"] = progress
        count = len(data["space"] if "space" in data else data["texts"])
        if count < self.least:
            return Measured(self.floor)
        found = self.function(**data, **settings)
        return found if isinstance(found, Measured) else Measured(float(found))

    def comparable(self, reference: Space | None, space: Space) -> Space:
        """The reference, the space itself where there is none.

        Raises:
            UserError: it has other dimensions.
        """
        if reference is None or reference is space:
            return space
        if reference.dim != space.dim:
            raise UserError(
                f"{space.name} has embeddings of {space.dim} dimensions and its reference {reference.name} of "
                f"{reference.dim}: they come from different encoders. Embed both with the same one."
            )
        if reference.normalize != space.normalize:
            raise ValueError("A space and its reference are both normalised or both not.")
        return reference

    def _present(self, data: Any, what: str) -> Any:
        if data is None:
            raise UserError(f"{self.title} needs {what}, and there are none.")
        return data


METRICS: dict[str, Metric] = {}


def metric(
    *,
    title: str,
    formula: str,
    source: str,
    says: str,
    rewards: str,
    overlooks: str,
    size: str,
    cost: str,
    range: str,
    obeys: frozenset[Axiom] | set[Axiom],
    matches: str,
    floor: float = math.nan,
    least: int = 2,
    unit: str = "",
    row_title: str = "",
    row_name: str = "",
    better: Literal["higher", "lower"] = "higher",
    pairs: Callable[..., list[Want]] | None = None,
    anchored: Literal["space", "reference"] | None = None,
    only: Mapping[Axiom, Only] | None = None,
    extreme: bool = False,
    length: str = "",
    by_length: bool | Callable[..., bool] = False,
) -> Callable[[Callable[..., float | Measured]], Metric]:
    """Declare the function below as the metric of its name."""

    def register(function: Callable[..., float | Measured]) -> Metric:
        METRICS[function.__name__] = found = Metric(
            name=function.__name__,
            function=function,
            title=title,
            formula=formula,
            source=source,
            says=says,
            rewards=rewards,
            overlooks=overlooks,
            size=size,
            cost=cost,
            range=range,
            floor=floor,
            least=least,
            unit=unit,
            obeys=frozenset(obeys),
            only=only or {},
            row_title=row_title,
            row_name=row_name,
            matches=matches,
            needs=data_arguments(function),
            params=declared(function),
            better=better,
            pairs=pairs,
            anchored=anchored,
            extreme=extreme,
            length=length,
            by_length=by_length,
        )
        return found

    return register


def find_metric(name: str) -> Metric:
    """The metric of that name, or a UserError that lists the names."""
    if name not in METRICS:
        raise UserError(f"There is no metric {name!r}. The metrics: {', '.join(sorted(METRICS))}.")
    return METRICS[name]


def from_rows(rows: NDArray[np.float64], space: Space, *, times: float = 1.0, **details: Any) -> Measured:
    """The mean of a value per row, times a constant; of a space with anchors an estimate with its interval.

    The interval is Student's, from the spread of the anchors, less for the share of the rows that they are.
    """
    value = times * float(rows.mean())
    if space.anchors is None:
        return Measured(value, rows, details)
    from scipy.special import stdtrit

    m, n = len(rows), len(space)
    error = abs(times) * float(rows.std(ddof=1)) / math.sqrt(m) * math.sqrt(max(0.0, 1 - m / n))
    reach = float(stdtrit(m - 1, 0.995)) * error
    return Measured(
        value,
        details=details | {"anchors": m},
        estimated=True,
        interval=(value - reach, value + reach),
        interval_kind=f"99 %: how far the estimate from {m:,} seeded rows may be from the exact value",
    )


def _json_number(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


import_all(__name__, list(__path__))
