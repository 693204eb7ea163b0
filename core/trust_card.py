"""What a trust card says: planted changes, what must become of a value after each, and the verdicts."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .metrics import METRICS
from .planted import NEAR_COPY
from .rewording import ONE_IN

Verdict = Literal["pass", "fail", "cannot be told"]
Must = Literal["not rise", "fall", "hardly move", "not move"]
Values = NDArray[np.float64]

SLIGHT = 0.005  # share of the value below which a rise counts as none
HARDLY = 0.05  # share of the value that a rewording may move it by
CONFIDENCE = 0.99  # of the interval of the mean change: a card holds more than a hundred verdicts
_SAME = 1e-6  # share of the value that rounding may move it by


@dataclass(frozen=True)
class Check:
    """One planted change and what must become of the value."""

    name: str
    title: str
    must: Must
    done: str  # what was done to the set, as the beginning of a sentence


CHECKS: dict[str, Check] = {
    check.name: check
    for check in (
        Check("copies", "Copies", "not rise", "With a fifth of the rows replaced by copies of other rows"),
        Check("outlier", "Outlier copied", "not rise", "With a fifth of the rows replaced by copies of an outlier"),
        Check("cluster", "Cluster dropped", "fall", "With one of ten clusters replaced by more rows of the others"),
        Check(
            "half", "Half of the clusters dropped", "fall", "With half of the clusters replaced by more of the others"
        ),
        Check(
            "noise",
            "Reworded",
            "hardly move",
            f"With every row reworded (vectors by a cosine distance of {NEAR_COPY}, texts by one word in {ONE_IN})",
        ),
        Check("shuffle", "Shuffled", "not move", "With the rows in another order"),
    )
}

_ENDS: dict[tuple[Must, Verdict], str] = {
    ("not rise", "pass"): "It must not rise, and does not.",
    ("not rise", "fail"): "It must not rise.",
    ("not rise", "cannot be told"): "It must not rise; whether it does is within the noise.",
    ("fall", "pass"): "It must fall, and does.",
    ("fall", "fail"): "It must fall.",
    ("fall", "cannot be told"): "It must fall; whether it does is within the noise.",
    ("hardly move", "pass"): f"It may move by {HARDLY:.0%} at most, and does not move further.",
    ("hardly move", "fail"): f"It may move by {HARDLY:.0%} at most.",
    ("hardly move", "cannot be told"): f"It may move by {HARDLY:.0%} at most; whether it does is within the noise.",
    ("not move", "pass"): "It must not move, and does not.",
    ("not move", "fail"): "It must not move.",
}


@dataclass(frozen=True)
class Finding:
    """What one metric did in one check; numbers are means over the pairs of sets."""

    metric: str
    check: str
    verdict: Verdict
    before: float  # as the metric gives it
    after: float
    change: float  # from before to after, above zero where it reads more diverse
    interval: tuple[float, float]  # of the change
    noise: float  # standard deviation of `before` over the sets
    sentence: str

    @property
    def share(self) -> float:
        """The change as a share of the value before; NaN where that is zero."""
        return self.change / abs(self.before) if self.before else math.nan

    def as_json(self) -> dict[str, Any]:
        """All fields and what the value must do; NaN and infinity become null."""
        found = asdict(self) | {"must": CHECKS[self.check].must, "share": self.share}
        found["interval"] = [_json_number(end) for end in self.interval]
        return {name: _json_number(value) for name, value in found.items()}


@dataclass(frozen=True)
class TrustCard:
    """What every metric did in every check, on one dataset with one encoder."""

    dataset: str
    encoder: str
    reference: str
    rows: int  # that the sets were drawn from
    n: int  # rows of each set
    pairs: int
    seed: int
    findings: tuple[Finding, ...]
    refused: Mapping[str, str] = field(default_factory=dict)  # metrics that cannot be had of such sets, and why

    @property
    def metrics(self) -> list[str]:
        """The metrics that were checked, in order."""
        return list(dict.fromkeys(found.metric for found in self.findings))

    def of(self, metric: str) -> dict[str, Finding]:
        """The findings of one metric, by check."""
        return {found.check: found for found in self.findings if found.metric == metric}

    def as_json(self) -> dict[str, Any]:
        """The card as a script reads it; NaN and infinity become null."""
        names = ("dataset", "encoder", "reference", "rows", "n", "pairs", "seed")
        return {name: getattr(self, name) for name in names} | {
            "confidence": CONFIDENCE,
            "checks": [asdict(check) for check in CHECKS.values()],
            "findings": [found.as_json() for found in self.findings],
            "refused": dict(self.refused),
        }


def finding(metric: str, check: str, before: Values, after: Values) -> Finding:
    """What a metric did in a check, from its values (as it gives them) before and after, pair by pair, (pairs,)."""
    sign = 1.0 if METRICS[metric].better == "higher" else -1.0
    verdict, change, interval = judge(CHECKS[check].must, sign * before, sign * after)
    start, end = (float(values.mean()) if len(values) else math.nan for values in (before, after))
    noise = float(before.std(ddof=1)) if len(before) > 1 else math.nan
    if math.isnan(change):
        words = f"{CHECKS[check].done} there is no value to judge by."
    else:
        reads = _reads(change, (interval[1] - interval[0]) / 2, start)
        words = f"{CHECKS[check].done} it reads {reads}. {_ENDS[CHECKS[check].must, verdict]}"
    return Finding(metric, check, verdict, start, end, change, interval, noise, words)


def judge(must: Must, before: Values, after: Values) -> tuple[Verdict, float, tuple[float, float]]:
    """The verdict over pairs of values of which higher is more diverse, the mean change and its interval.

    A rise of up to half a percent of the value is none. A fall counts however small, where the noise does not explain
    it; a value that must fall fails where it rises, or does not move at all. Without pairs, or where a value is
    missing (NaN or infinite), nothing can be told.
    """
    changes = after - before
    if len(changes) == 0 or not np.isfinite(changes).all():
        return "cannot be told", math.nan, (math.nan, math.nan)
    change, scale = float(changes.mean()), float(np.abs(before).mean())
    reach = _reach(changes)
    low, high = change - reach, change + reach
    rounding, slight, hardly = _SAME * scale, SLIGHT * scale, HARDLY * scale
    match must:
        case "not rise":
            passed, failed = high <= slight, low > 0 and change > slight
        case "fall":
            passed, failed = high < -rounding, low > rounding or max(-low, high) <= rounding
        case "hardly move":
            passed, failed = low >= -hardly and high <= hardly, low > hardly or high < -hardly
        case "not move":  # no matter of chance: one pair that differs is enough
            passed = bool((np.abs(changes) <= _SAME * np.maximum(np.abs(before), np.abs(after))).all())
            failed = not passed
    return "pass" if passed else "fail" if failed else "cannot be told", change, (low, high)


def _reach(changes: Values) -> float:
    """Half the length of the interval of the mean change, by Student's t."""
    from scipy.stats import t

    if len(changes) < 2:
        return math.inf
    return float(t.ppf((1 + CONFIDENCE) / 2, len(changes) - 1) * changes.std(ddof=1) / math.sqrt(len(changes)))


def _reads(change: float, reach: float, before: float) -> str:
    if change == 0 and reach == 0:
        return "the same"
    if before == 0:
        return f"{abs(change):.3g} ± {reach:.2g} {'more' if change > 0 else 'less'} diverse"
    share, off = abs(change / before), reach / abs(before)
    return f"{share:.2%} ± {off:.2%} {'more' if change > 0 else 'less'} diverse"


def _json_number(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
