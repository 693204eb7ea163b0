"""What a bench found: runs of every selector, where they stand beside chance, what they share, how they rank."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .chance import Chance, against_chance
from .metrics import METRICS
from .ranking import Rank, mean_ranks
from .results import Packed

LABELS = "labels"  # the name under which runs hold how many values of the label column they cover


@dataclass(frozen=True)
class Run:
    """One choice and what was found of it."""

    seed: int
    rows: int
    seconds: float  # of choosing
    peak: int | None  # bytes of memory above the start; None where the choice was made before, elsewhere
    values: Mapping[str, float]  # by metric; a metric that was refused is not in it
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contender:
    """One selector with its settings."""

    name: str  # different for each, as it is shown
    selector: str
    choice: Mapping[str, Any]  # as Choice.as_json gives it; budget and seed are those of the runs


@dataclass(frozen=True)
class Bench:
    """Selectors by budgets; the first selector is Random. Selectors and budgets are known by their numbers."""

    study: str
    pool: int  # rows there were to choose from
    contenders: tuple[Contender, ...]
    budgets: tuple[str, ...]  # as they were written
    sizes: tuple[int, ...]  # rows, or tokens, that they stand for
    metrics: tuple[str, ...]
    reference: str  # what metrics that need one were taken against
    runs: tuple[tuple[tuple[Run, ...], ...], ...]  # by selector and budget; none where it was refused
    bands: tuple[tuple[Mapping[str, tuple[float, ...]], ...], ...]  # values of random subsets as large as those
    refused: tuple[tuple[str, ...], ...]  # by selector and budget: why there are no runs, "" where there are
    unmeasured: Mapping[str, str]  # metrics that some run has no value of, with the reason
    overlaps: NDArray[np.float64] = field(repr=False)  # (budgets, selectors, selectors), NaN where there are no runs
    label: str | None = None  # the column whose values are counted
    label_values: int = 0  # that the pool has
    seconds: float = 0.0

    @property
    def measures(self) -> list[str]:
        """The metrics, and the count of label values where a column was named."""
        return [*self.metrics, *([LABELS] if self.label else [])]

    def values(self, contender: int, budget: int, measure: str) -> list[float]:
        """That value of every run that has it."""
        return [run.values[measure] for run in self.runs[contender][budget] if measure in run.values]

    def band(self, contender: int, budget: int, measure: str) -> list[float]:
        """That value of random subsets as large as the selector's."""
        return list(self.bands[contender][budget].get(measure, ()))

    def verdict(self, contender: int, budget: int, measure: str) -> Chance | None:
        """Where the selector stands beside chance, see `chance.against_chance`; None without values."""
        better = METRICS[measure].better if measure in METRICS else "higher"
        return against_chance(self.values(contender, budget, measure), self.band(contender, budget, measure), better)

    def verdicts(self, contender: int, budget: int) -> dict[str, Chance]:
        """Its verdict on every metric that has one, labels aside."""
        found = {name: self.verdict(contender, budget, name) for name in self.metrics}
        return {name: word for name, word in found.items() if word is not None}

    def ranks(self, budget: int | None = None) -> dict[int, Rank]:
        """The mean rank over the metrics, at that budget or over all, of each selector that has runs at them.

        Metrics that one of them has no finite value of do not count; without any metric there is no rank.
        """
        at = range(len(self.budgets)) if budget is None else [budget]
        who = [number for number in range(len(self.contenders)) if all(self.runs[number][each] for each in at)]
        tables = []
        for each in at:
            counted = [name for name in self.metrics if all(self._whole(number, each, name) for number in who)]
            if counted:
                tables.append([self._table(number, each, counted) for number in who])
        return dict(zip(who, mean_ranks(tables), strict=True)) if tables and len(who) > 1 else {}

    def as_json(self) -> dict[str, Any]:
        """The fields that a script reads; NaN becomes null."""
        return {
            "study": self.study,
            "pool": self.pool,
            "budgets": [{"budget": text, "size": size} for text, size in zip(self.budgets, self.sizes, strict=True)],
            "metrics": list(self.metrics),
            "reference": self.reference,
            "label": {"column": self.label, "values": self.label_values} if self.label else None,
            "selectors": [self._as_json(number) for number in range(len(self.contenders))],
            "overlaps": [[[_json(x) for x in row] for row in table] for table in self.overlaps.tolist()],
            "ranks": [
                {"selector": self.contenders[number].name} | asdict(rank)
                for number, rank in sorted(self.ranks().items(), key=lambda item: item[1].mean)
            ],
            "unmeasured": dict(self.unmeasured),
            "seconds": self.seconds,
        }

    def _as_json(self, number: int) -> dict[str, Any]:
        contender = self.contenders[number]
        found = []
        for budget, text in enumerate(self.budgets):
            values = {
                name: {
                    "runs": [_json(value) for value in self.values(number, budget, name)],
                    "random": [_json(value) for value in self.band(number, budget, name)],
                    "verdict": self.verdict(number, budget, name) if number else None,
                }
                for name in self.measures
            }
            runs = [
                {"seed": run.seed, "rows": run.rows, "seconds": run.seconds, "peak_bytes": run.peak}
                for run in self.runs[number][budget]
            ]
            rank = self.ranks(budget).get(number)
            found.append(
                {
                    "budget": text,
                    "refused": self.refused[number][budget],
                    "runs": runs,
                    "values": values,
                    "rank": asdict(rank) if rank else None,
                }
            )
        return {"name": contender.name, "choice": dict(contender.choice), "at": found}

    def _whole(self, contender: int, budget: int, metric: str) -> bool:
        values = self.values(contender, budget, metric)
        return len(values) == len(self.runs[contender][budget]) and all(map(math.isfinite, values))

    def _table(self, contender: int, budget: int, metrics: Sequence[str]) -> NDArray[np.float64]:
        """(runs, metrics), turned so that higher is more diverse."""
        signs = np.array([-1.0 if METRICS[name].better == "lower" else 1.0 for name in metrics])
        values = np.array([[run.values[name] for name in metrics] for run in self.runs[contender][budget]])
        return np.asarray(signs * values)


def pack_bench(found: Bench) -> Packed:
    """A bench as the store keeps it."""
    meta = asdict(found)
    return {name: value for name, value in meta.items() if name != "overlaps"}, {"overlaps": found.overlaps}


def unpack_bench(meta: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Bench:
    """What was packed so."""
    runs = tuple(
        tuple(tuple(Run(**(run | {"notes": tuple(run["notes"])})) for run in at) for at in each)
        for each in meta["runs"]
    )
    lists = {name: tuple(meta[name]) for name in ("budgets", "sizes", "metrics")}
    bands = tuple(tuple({name: tuple(values) for name, values in at.items()} for at in each) for each in meta["bands"])
    contenders = tuple(Contender(**each) for each in meta["contenders"])
    refused = tuple(tuple(each) for each in meta["refused"])
    found = meta | lists | {"runs": runs, "bands": bands, "contenders": contenders, "refused": refused}
    return Bench(**found, overlaps=np.asarray(arrays["overlaps"]))


def _run(meta: Mapping[str, Any]) -> Run:
    return Run(**{**meta, "notes": tuple(meta["notes"])})


def _json(value: float) -> float | None:
    return value if math.isfinite(value) else None
