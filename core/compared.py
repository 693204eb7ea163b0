"""What a comparison found: estimates, verdicts, ranks, and the sentences that say how sets stand to each other."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .lengths_apart import caution
from .metrics import METRICS
from .params import in_json
from .results import Packed
from .verdicts import HOW, Verdict, agreement, ranks

_LISTS = ("names", "rows", "encoders", "templates", "words", "metrics", "warnings")


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
    encoders: tuple[str, ...]  # what embedded each set, as a person reads it
    templates: tuple[str | None, ...]  # how the texts of each were made, None where there are none
    words: tuple[float | None, ...]  # the median words of a text of each, None where there are none
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

    def on_two(self, first: int, second: int) -> list[Verdict]:
        """The verdicts on two sets, of every metric that both have, with differences of the first less the second."""
        found = (self.verdict(metric, first, second) for metric in self.metrics)
        return [each if each.first == first else each.turned() for each in found if each is not None]

    def says(self, verdict: Verdict) -> str:
        """What the verdict comes to: which set is more diverse, or that the two cannot be told apart."""
        better = self.more_diverse(verdict)
        return "cannot be told apart" if better is None else f"{better} is more diverse"

    def more_diverse(self, verdict: Verdict) -> str | None:
        """The set that is, None where the two cannot be told apart."""
        if verdict.word == "cannot be told apart":
            return None
        return self.names[verdict.first if verdict.word == "broader" else verdict.second]

    def caution(self, verdict: Verdict) -> str:
        """Why the two may not be laid side by side on that metric without a thought, "" where they may."""
        first, second = verdict.first, verdict.second
        names, words = (self.names[first], self.names[second]), (self.words[first], self.words[second])
        return caution(verdict.metric, self.params[verdict.metric], self.size, names, words)

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
            return f"{names[0]} and {names[1]} cannot be told apart on {_any(total)}."
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
        """The fields that a script reads; NaN and infinity become null, and a parameter of infinity is "inf"."""
        return {
            "sets": [
                {"name": name, "rows": rows, "encoder": encoder, "template": template, "median_words": words}
                for name, rows, encoder, template, words in zip(
                    self.names, self.rows, self.encoders, self.templates, self.words, strict=True
                )
            ],
            "size": self.size,
            "repeats": self.repeats,
            "seed": self.seed,
            "reference": self.reference,
            "params": {metric: in_json(params) for metric, params in self.params.items()},
            "metrics": {
                metric: {
                    "better": METRICS[metric].better,
                    "sets": [_json(asdict(estimate)) for estimate in self.estimates[metric]],
                    "ranks": self.ranks[metric],
                }
                for metric in self.metrics
            },
            "verdicts": [
                _json(asdict(verdict)) | {"says": self.says(verdict), "caution": self.caution(verdict)}
                for verdict in self.verdicts
            ],
            "agreement": _json(self.agreement.tolist()),
            "sentences": self.sentences,
            "warnings": list(self.warnings),
            "how": self.how,
            "seconds": round(self.seconds, 4),
        }


def pack_comparison(found: Comparison) -> Packed:
    """A comparison as the store keeps it."""
    return asdict(found), {}


def unpack_comparison(meta: dict[str, Any], _: dict[str, NDArray[Any]]) -> Comparison:
    """The comparison that was packed so."""
    estimates = {
        name: tuple(Estimate(**(each | {"values": tuple(each["values"])})) for each in found)
        for name, found in meta["estimates"].items()
    }
    lists = {name: tuple(meta[name]) for name in _LISTS}
    verdicts = tuple(Verdict(**each) for each in meta["verdicts"])
    return Comparison(**(meta | lists | {"estimates": estimates, "verdicts": verdicts}))


def _metrics(count: int) -> str:
    return "1 metric" if count == 1 else f"{count} metrics"


def _any(count: int) -> str:
    return "the one metric" if count == 1 else f"any of {_metrics(count)}"


def _named(titles: Sequence[str], total: int) -> str:
    return f" ({', '.join(titles)})" if len(titles) <= 2 and total > 1 else ""


def _json(value: Any) -> Any:
    match value:
        case Mapping():
            return {name: _json(item) for name, item in value.items()}
        case list() | tuple():
            return [_json(item) for item in value]
        case float():
            return value if math.isfinite(value) else None
    return value
