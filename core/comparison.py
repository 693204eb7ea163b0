"""Several sets at equal size: each metric with its standard error, and a plain verdict for every two of them.

    from gamut.core import Study
    from gamut.core.comparison import compare

    mine, theirs = Study.open("mine.jsonl"), Study.open("dolly_3k.jsonl")
    found = compare([mine, theirs], ["novelsum", "vendi", "ttr"], size=500)
    print(found.sentence(0, 1))  # mine is broader than dolly_3k on 2 of 3 metrics, narrower on 1 (TTR).
    found.estimate("vendi", 0)   # Estimate(mean=41.3, error=0.9, values=(...))

From each set `repeats` seeded subsamples of one size are drawn, and each metric is the mean over them. Without a
reference of the user's own, metrics that need one are taken against the union of the very subsamples that are compared
in that repeat: every set is the same part of it, and every row is in it, so that no set has an advantage.
"""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .digest import digest
from .errors import UserError
from .memory import require
from .metrics import METRICS, find_metric
from .params import resolve
from .pooling import apart, pool, warnings
from .progress import Progress, part, silent
from .resampling import Params, as_chosen, scores_of, subsample
from .verdicts import HOW, Sample, Verdict, agreement, judge, ranks, share_left

if TYPE_CHECKING:
    from .study import Study

VERSION = 2
FEWEST, MOST = 20, 5000  # rows of the common size: fewer say nothing, more are slow
HALVES = 20  # half-size subsamples that standard errors are made of


@dataclass(frozen=True)
class Estimate:
    """One metric of one set at the common size; without a value it is NaN, and says why."""

    mean: float  # over the repeats
    error: float  # standard error: what is due to the set being a sample of its source, and to drawing
    values: tuple[float, ...]  # of the repeats
    reason: str = ""


@dataclass(frozen=True)
class Comparison:
    """K sets side by side at equal size. Sets are known by their number, metrics by their name."""

    names: tuple[str, ...]
    rows: tuple[int, ...]  # of each set
    size: int  # rows of each that are compared
    repeats: int
    seed: int
    reference: str | None  # what metrics that need a reference were taken against, None where none does
    metrics: tuple[str, ...]
    params: Mapping[str, Mapping[str, Any]]
    estimates: Mapping[str, tuple[Estimate, ...]]  # by metric, in order of the sets
    verdicts: tuple[Verdict, ...]  # for every metric and two sets that have it
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    how: str = HOW

    def estimate(self, metric: str, number: int) -> Estimate:
        return self.estimates[metric][number]

    def verdict(self, metric: str, first: int, second: int) -> Verdict | None:
        """The verdict on two sets in either order; None where one of them has no value."""
        both = sorted((first, second))
        return self._verdicts.get((metric, both[0], both[1]))

    @cached_property
    def _verdicts(self) -> dict[tuple[str, int, int], Verdict]:
        return {(found.metric, found.first, found.second): found for found in self.verdicts}

    @cached_property
    def ranks(self) -> dict[str, list[int | None]]:
        """By metric, for each set: 1 for the most diverse, ties where sets are not told apart, None without a value."""
        numbers = range(len(self.names))
        return {metric: ranks(self.verdicts, metric, numbers) for metric in self.metrics}

    @cached_property
    def agreement(self) -> NDArray[np.float64]:
        """Kendall's tau-b between the rankings of each two metrics, (metrics, metrics); NaN where one ties all sets."""
        return agreement([self.ranks[metric] for metric in self.metrics])

    def sentence(self, first: int, second: int) -> str:
        """How the first set stands to the second, over all metrics that both have."""
        found: dict[str, list[str]] = {"broader": [], "narrower": [], "cannot be told apart": []}
        for metric in self.metrics:
            if verdict := self.verdict(metric, first, second):
                found[verdict.seen_from(first)].append(METRICS[metric].title)
        names = (self.names[first], self.names[second])
        total = sum(map(len, found.values()))
        if not total:
            return f"{names[0]} and {names[1]} have no metric in common."
        alike, told = found.pop("cannot be told apart"), sorted(found.items(), key=lambda item: -len(item[1]))
        if not any(titles for _, titles in told):
            return f"{names[0]} and {names[1]} cannot be told apart on any of {_metrics(total)}."
        (word, most), (other, fewer) = told
        parts = [f"{names[0]} is {word} than {names[1]} on {len(most)} of {_metrics(total)}{_named(most, total)}"]
        if alike:
            parts.append(f"cannot be told apart on {len(alike)}{_named(alike, total)}")
        if fewer:
            parts.append(f"{other} on {len(fewer)}{_named(fewer, total)}")
        return ", ".join(parts) + "."

    @property
    def sentences(self) -> list[str]:
        """A sentence for every two sets."""
        count = len(self.names)
        return [self.sentence(first, second) for first in range(count) for second in range(first + 1, count)]

    def as_json(self) -> dict[str, Any]:
        """The fields that a script reads; NaN and infinity become null."""
        return {
            "sets": [{"name": name, "rows": rows} for name, rows in zip(self.names, self.rows, strict=True)],
            "size": self.size,
            "repeats": self.repeats,
            "seed": self.seed,
            "reference": self.reference,
            "params": _json(self.params),
            "metrics": {
                metric: {
                    "better": METRICS[metric].better,
                    "sets": [_json(asdict(estimate)) for estimate in self.estimates[metric]],
                    "ranks": self.ranks[metric],
                }
                for metric in self.metrics
            },
            "verdicts": [_json(asdict(verdict)) for verdict in self.verdicts],
            "agreement": _json(self.agreement.tolist()),
            "sentences": self.sentences,
            "warnings": list(self.warnings),
            "how": self.how,
            "seconds": round(self.seconds, 4),
        }


def compare(
    studies: Sequence["Study"],
    metrics: Sequence[str] | None = None,
    *,
    size: int | None = None,
    repeats: int = 10,
    seed: int = 0,
    reference: "Study | None" = None,
    params: Params | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Lay K sets (datasets, or subsets of them) side by side at equal size.

    Args:
        metrics: names; all that one of the sets has the data for, by default.
        size: rows of each set; by default those of the smallest set, at most 5,000.
        repeats: subsamples of each set whose mean is taken.
        reference: what metrics that need one are taken against; by default the compared subsamples together.
        params: parameters by metric: {"novelsum": {"alpha": 2}}.

    Raises:
        UserError: fewer than two sets, a set of fewer rows than `size` or than 20, a metric or parameter that there is
            not, nothing that may be compared.
    """
    named, wanted, common, key = _settled(studies, metrics, size, repeats, seed, reference, params)

    def run() -> Comparison:
        start = time.perf_counter()
        found = _Run(named, wanted, common, repeats, seed, reference, params or {})
        return replace(found.comparison(progress), seconds=time.perf_counter() - start)

    return named[0]._once(key, run, _pack, _unpack)


def kept_comparison(
    studies: Sequence["Study"],
    metrics: Sequence[str] | None = None,
    *,
    size: int | None = None,
    repeats: int = 10,
    seed: int = 0,
    reference: "Study | None" = None,
    params: Params | None = None,
) -> Comparison | None:
    """What `compare` would give where it was worked out before, else None.

    Raises:
        UserError: as `compare`.
    """
    named, _, _, key = _settled(studies, metrics, size, repeats, seed, reference, params)
    return named[0]._kept(key, _unpack)


def _settled(
    studies: Sequence["Study"],
    metrics: Sequence[str] | None,
    size: int | None,
    repeats: int,
    seed: int,
    reference: "Study | None",
    params: Params | None,
) -> tuple[list["Study"], list[str], int, str]:
    """The studies with names of their own, the metrics, the size, and the store's key."""
    wanted = _wanted(studies, metrics, params)
    common = _common_size(studies, size)
    if repeats < 1:
        raise UserError(f"There must be at least one repeat, and {repeats} were asked for.")
    names = _different([study.name for study in studies])
    named = [replace(study, name=name) for study, name in zip(studies, names, strict=True)]
    return named, wanted, common, comparison_key(named, wanted, common, repeats, seed, reference, params)


def comparison_key(
    studies: Sequence["Study"],
    metrics: Sequence[str],
    size: int,
    repeats: int,
    seed: int,
    reference: "Study | None",
    params: Params | None,
) -> str:
    """The store's key of that comparison."""
    sets = [[study.key, study.texts_key, study.name, study.embeddings.encoder_key] for study in studies]
    templates = [study.template.describe() if study.template else None for study in studies]
    settings = {name: resolve(METRICS[name].params, (params or {}).get(name, {}), name) for name in metrics}
    against = [reference.key, reference.name] if reference else None
    return digest("compare", VERSION, sets, templates, list(metrics), size, repeats, seed, against, settings)


class _Run:
    """One comparison while it is worked out."""

    def __init__(
        self,
        studies: Sequence["Study"],
        metrics: Sequence[str],
        size: int,
        repeats: int,
        seed: int,
        reference: "Study | None",
        params: Params,
    ) -> None:
        self.studies = [replace(study, store=None, reference=None) for study in studies]
        self.metrics, self.size, self.repeats, self.seed, self.params = metrics, size, repeats, seed, params
        self.given = reference
        self.chosen: list[dict[str, dict[str, Any]]] = [{} for _ in studies]  # by whole samples, for their halves
        self.apart = apart(studies)
        if reference is not None and not self.apart and (reason := apart([*studies, reference])):
            raise UserError(reason)
        self.refused: list[dict[str, str]] = [self._unavailable(study) for study in studies]
        if all(name in refused for name in metrics for refused in self.refused):
            raise UserError(next(iter(self.refused[0].values())))
        needed = sum(size * study.embeddings.dim * 24 for study in studies) + (800 << 20)
        require(needed, f"Comparing {len(studies)} sets of {size:,} rows")

    def comparison(self, progress: Progress) -> Comparison:
        whole = self._draws(range(self.repeats), self.size, part(progress, 0, 0.5))
        halves = self._draws(range(HALVES), self.size // 2, part(progress, 0.5, 0.8))
        # Halves together may be too few rows for what is fitted to a reference (100 cells, say), and then they all look
        # alike; halves against whole samples lack what the reference adds. The larger spread of the two is taken.
        fitted = (
            [] if self.given is not None or self.apart else [n for n in self.metrics if "reference" in METRICS[n].needs]
        )
        against = self._draws(range(HALVES), self.size // 2, part(progress, 0.8, 1), fitted, whole_reference=True)
        estimates: dict[str, tuple[Estimate, ...]] = {}
        samples: dict[tuple[str, int], Sample] = {}
        for name in self.metrics:
            of_metric = []
            for number, study in enumerate(self.studies):
                if name in self.refused[number]:
                    of_metric.append(Estimate(math.nan, math.nan, (), self.refused[number][name]))
                    continue
                values = np.array(whole[number][name])
                left = share_left(self.size, len(study), self.repeats)
                ways = [halves[number][name], *([against[number][name]] if name in fitted else [])]
                sample = Sample(float(values.mean()), np.array(ways), left)
                samples[name, number] = sample
                of_metric.append(Estimate(sample.mean, sample.error, tuple(values.tolist())))
            estimates[name] = tuple(of_metric)
        return Comparison(
            names=tuple(study.name for study in self.studies),
            rows=tuple(len(study) for study in self.studies),
            size=self.size,
            repeats=self.repeats,
            seed=self.seed,
            reference=self._reference_name(),
            metrics=tuple(self.metrics),
            params={name: resolve(METRICS[name].params, self.params.get(name, {}), name) for name in self.metrics},
            estimates=estimates,
            verdicts=tuple(judge(samples, [name for name in self.metrics if METRICS[name].better == "lower"])),
            warnings=tuple(warnings(self.studies)),
        )

    def _draws(
        self,
        draws: range,
        size: int,
        progress: Progress,
        metrics: Sequence[str] | None = None,
        *,
        whole_reference: bool = False,
    ) -> list[dict[str, list[float]]]:
        """By set and metric, the values on one subsample of each set for every draw."""
        names = self.metrics if metrics is None else metrics
        found: list[dict[str, list[float]]] = [{name: [] for name in names} for _ in self.studies]
        for draw in draws if names else ():
            chosen = [self._rows(study, draw, size) for study in self.studies]
            parts = [self._rows(study, draw, self.size) for study in self.studies] if whole_reference else chosen
            together = self.given or (None if self.apart else pool(parts, self._reference_name() or ""))
            for number, study in enumerate(chosen):
                done = (draw + number / len(chosen)) / len(draws)
                share = part(progress, done, done + 1 / len(draws) / len(chosen))
                self._measure(study if self.apart else study.against(together), number, draw, found[number], share)
                words = f"{self.studies[number].name}: {size:,} rows, draw {draw + 1} of {len(draws)}"
                share(1.0, f"Compared {words}")
        return found

    def _rows(self, study: "Study", draw: int, size: int) -> "Study":
        """The subsample of a draw, or half of it: halves stand to samples as samples to their source."""
        rows = subsample(study, self.size, draw % self.repeats, self.seed)
        if size < self.size:
            rng = np.random.default_rng([self.seed, draw, size, int(study.key, 16)])
            rows = np.sort(rng.choice(rows, size, replace=False))
        return study.subset(rows, study.name)

    def _measure(
        self, study: "Study", number: int, draw: int, found: dict[str, list[float]], progress: Progress
    ) -> None:
        refused = self.refused[number]
        names = [name for name in found if name not in refused]
        again = [name for name in names if found[name] and len(study) == self.size and self._same(name, number)]
        whole, settings = len(study) == self.size, {**self.params, **self.chosen[number]}
        new = [name for name in names if name not in again]
        for score in scores_of(study, new, self.params if whole else settings, draw, refused, progress):
            found[score.metric].append(score.value)
            if whole:
                self.chosen[number][score.metric] = as_chosen(score, self.params.get(score.metric, {}))
        for name in again:
            found[name].append(found[name][-1])

    def _same(self, name: str, number: int) -> bool:
        """Whether every repeat finds the same value of a set that is used whole."""
        needs = METRICS[name].needs
        fixed = self.given is not None or all(len(study) == self.size for study in self.studies)
        whole = len(self.studies[number]) == self.size
        return whole and "seed" not in METRICS[name].params and ("reference" not in needs or fixed)

    def _unavailable(self, study: "Study") -> dict[str, str]:
        found = {}
        for name in self.metrics:
            needs = METRICS[name].needs
            if "texts" in needs and study.texts is None:
                found[name] = f"{METRICS[name].title} needs texts, and {study.name} has none."
            elif "space" in needs and self.apart:
                found[name] = self.apart
        return found

    def _reference_name(self) -> str | None:
        if not any("reference" in METRICS[name].needs for name in self.metrics):
            return None
        if self.given is not None:
            return self.given.name
        return f"the compared rows together ({len(self.studies)} x {self.size:,})"


def _wanted(studies: Sequence["Study"], metrics: Sequence[str] | None, params: Params | None) -> list[str]:
    if len(studies) < 2:
        raise UserError(f"A comparison needs at least two sets, and there {_are(len(studies))}.")
    if metrics is None:
        names = [name for name in METRICS if any(name in study.measurable() for study in studies)]
    else:
        names = list(dict.fromkeys(metrics))
    if not names:
        raise UserError("Name at least one metric to compare the sets by.")
    for name in names:
        resolve(find_metric(name).params, (params or {}).get(name, {}), name)
    for owner in params or {}:
        if owner not in names:
            raise UserError(f"There are parameters for {owner}, which is not among the metrics {', '.join(names)}.")
    return names


def _common_size(studies: Sequence["Study"], size: int | None) -> int:
    smallest = min(studies, key=len)
    if len(smallest) < FEWEST:
        raise UserError(
            f"{smallest.name} has {len(smallest)} rows, and a comparison needs at least {FEWEST} of each set."
        )
    if size is None:
        return min(len(smallest), MOST)
    if not FEWEST <= size <= len(smallest):
        raise UserError(
            f"Sets can be compared at {FEWEST} to {len(smallest):,} rows each (the rows of {smallest.name}), and not "
            f"at {size:,}."
        )
    return size


def _different(names: Sequence[str]) -> list[str]:
    """The names, each once: the second of two equal ones gets a number."""
    found: list[str] = []
    for name in names:
        number, new = 1, name
        while new in found:
            number += 1
            new = f"{name} ({number})"
        found.append(new)
    return found


def _metrics(count: int) -> str:
    return "1 metric" if count == 1 else f"{count} metrics"


def _named(titles: Sequence[str], total: int) -> str:
    return f" ({', '.join(titles)})" if len(titles) <= 2 and total > 1 else ""


def _are(count: int) -> str:
    return "are none" if count == 0 else "is one"


def _json(value: Any) -> Any:
    match value:
        case Mapping():
            return {name: _json(item) for name, item in value.items()}
        case list() | tuple():
            return [_json(item) for item in value]
        case float():
            return value if math.isfinite(value) else None
    return value


def _pack(found: Comparison) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    return asdict(found), {}


def _unpack(meta: dict[str, Any], _: dict[str, NDArray[Any]]) -> Comparison:
    estimates = {
        name: tuple(Estimate(**(each | {"values": tuple(each["values"])})) for each in found)
        for name, found in meta["estimates"].items()
    }
    lists = {name: tuple(meta[name]) for name in ("names", "rows", "metrics", "warnings")}
    verdicts = tuple(Verdict(**each) for each in meta["verdicts"])
    return Comparison(**(meta | lists | {"estimates": estimates, "verdicts": verdicts}))
