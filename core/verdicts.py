"""Which differences are more than chance: standard errors from half-size subsamples, many comparisons held in mind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Word = Literal["broader", "narrower", "cannot be told apart"]

LEVEL = 0.01
HOW = (
    "Two sets differ on a metric where chance alone would show any such difference in the whole table with a "
    "probability below 1 % (t-tests on standard errors from half-size subsamples; Holm 1979 for their number)."
)
_ROUNDING = 1e-9  # relative differences below this are rounding, whatever their standard error


@dataclass(frozen=True)
class Verdict:
    """What can be said of two sets on one metric; `first` and `second` are their numbers in the comparison."""

    metric: str
    first: int
    second: int
    difference: float  # of the means, first less second
    error: float  # its standard error
    p: float  # adjusted for the number of comparisons
    word: Word  # of the first: "broader" than the second, in the metric's own direction

    def seen_from(self, number: int) -> Word:
        """The word for that one of the two."""
        if self.word == "cannot be told apart" or number == self.first:
            return self.word
        return "narrower" if self.word == "broader" else "broader"

    def turned(self) -> "Verdict":
        """The same with the two in the other order."""
        word = self.seen_from(self.second)
        return replace(self, first=self.second, second=self.first, difference=-self.difference, word=word)


@dataclass(frozen=True)
class Sample:
    """One metric of one set at the common size, as the tests need it."""

    mean: float
    halves: NDArray[np.float64]  # (ways, H) values of half-size subsamples, in step with those of the other sets
    share: float  # of the variance of the halves that the mean over the repeats has: `share_left` x `share_within`

    @property
    def deviations(self) -> NDArray[np.float64]:
        """The halves' deviations from their mean as ones of the mean at the common size, (ways, H).

        A half of a sample varies about the sample as the sample varies about its source; that samples vary among
        themselves is in the halves' deviations too, and `share_within` takes it out. A metric that grows with the
        number of rows, and its spread with it, is smaller in a half: its deviations are enlarged in the same ratio.
        """
        level = self.halves.mean(axis=1, keepdims=True)
        growth = np.where(level * self.mean > 0, self.mean / np.where(level == 0, 1, level), 1)
        found: NDArray[np.float64] = (self.halves - level) * np.maximum(1, growth) * np.sqrt(self.share)
        return found

    @property
    def error(self) -> float:
        """The standard error of the mean as an estimate of what the source has at that size."""
        return _spread(self.deviations)


def share_left(size: int, rows: int, repeats: int) -> float:
    """The variance of a mean over `repeats` subsamples of `size` out of `rows` rows, as a share of that of one sample.

    As for a mean: S²/rows is due to the rows being a sample of their source, S²(1/size - 1/rows)/repeats to drawing.
    One whole set (size = rows) has all of it.

    >>> share_left(100, 100, 10), share_left(100, 1_000_000, 10)
    (1.0, 0.10009)
    """
    whole = size / rows
    return whole + (1 - whole) / repeats


def share_within(size: int, rows: int, repeats: int, halves: int) -> float:
    """Of the variance of halves about the mean of all, the share that is about their own samples.

    As for a mean: S²/size within a sample, and S²(1/size - 1/rows) among the `repeats` samples, of which each in turn
    is halved. Halves of one sample only, or of a whole set, have nothing of the second.

    >>> share_within(100, 100, 10, 20), share_within(100, 1_000_000, 1, 20), share_within(100, 200, 20, 20)
    (1.0, 1.0, 0.6666666666666666)
    """
    among = 1 - size / rows
    full, more = divmod(halves, repeats)  # `more` samples are halved once more than the others
    alike = (more * (full + 1) * full + (repeats - more) * full * (full - 1)) / (halves * (halves - 1))
    return 1 / (1 + among * (1 - alike))  # pairs of halves of one sample, `alike` of all, do not tell samples apart


def judge(samples: Mapping[tuple[str, int], Sample], lower: Sequence[str] = ()) -> list[Verdict]:
    """A verdict for every metric and pair of sets that have it.

    Args:
        samples: by metric and number of the set. Sets are compared in step: halves that share a reference share what
            it does to both.
        lower: the metrics of which a lower value is more diverse.
    """
    from scipy.stats import t

    pairs = [
        (metric, first, second)
        for metric in dict.fromkeys(name for name, _ in samples)
        for first in sorted(number for name, number in samples if name == metric)
        for second in sorted(number for name, number in samples if name == metric)
        if first < second
    ]
    differences, errors, chances = [], [], []
    for metric, first, second in pairs:
        one, other = samples[metric, first], samples[metric, second]
        difference = one.mean - other.mean
        error = _spread(one.deviations - other.deviations)
        noise = _ROUNDING * max(abs(one.mean), abs(other.mean))
        if abs(difference) <= noise:
            chance = 1.0
        elif error <= noise:
            chance = 0.0
        else:
            chance = float(2 * t.sf(abs(difference) / error, one.halves.shape[1] - 1))
        differences.append(difference)
        errors.append(error)
        chances.append(chance)
    found = []
    for (metric, first, second), difference, error, p in zip(pairs, differences, errors, holm(chances), strict=True):
        above = (difference > 0) != (metric in lower)
        word: Word = "cannot be told apart" if p > LEVEL else "broader" if above else "narrower"
        found.append(Verdict(metric, first, second, difference, error, p, word))
    return found


def holm(chances: Sequence[float]) -> list[float]:
    """p-values adjusted by Holm's step-down method, valid whatever the tests have to do with each other.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    found = [0.0] * len(chances)
    worst = 0.0
    for done, i in enumerate(np.argsort(np.asarray(chances), kind="stable")):
        worst = max(worst, min(1.0, (len(chances) - done) * chances[i]))
        found[i] = worst
    return found


def ranks(verdicts: Sequence[Verdict], metric: str, numbers: Sequence[int]) -> list[int | None]:
    """For each set 1 + how many sets are told apart from it as broader on that metric; None where it has no value."""
    about = [verdict for verdict in verdicts if verdict.metric == metric]
    seen = {number for verdict in about for number in (verdict.first, verdict.second)}
    above = dict.fromkeys(numbers, 1)
    for verdict in about:
        for number in (verdict.first, verdict.second):
            above[number] += verdict.seen_from(number) == "narrower"
    return [above[number] if number in seen else None for number in numbers]


def agreement(table: Sequence[Sequence[int | None]]) -> NDArray[np.float64]:
    """Kendall's tau-b between the rankings of each two metrics, (metrics, metrics).

    1 where both rank the sets alike, -1 where one turns the other round; NaN where one of them ties all sets that
    both have.

    >>> agreement([[1, 2, 3], [3, 2, 1]]).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    found = np.full((len(table), len(table)), np.nan)
    for i, one in enumerate(table):
        for j, other in enumerate(table):
            both = np.array([[a, b] for a, b in zip(one, other, strict=True) if a is not None and b is not None])
            if len(both):
                found[i, j] = _tau_b(both[:, 0], both[:, 1])
    return found


def _tau_b(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    upper = np.triu_indices(len(one), 1)
    a = np.sign(one[:, None] - one)[upper]
    b = np.sign(other[:, None] - other)[upper]
    ties = np.sqrt(float((a != 0).sum()) * float((b != 0).sum()))
    return float((a * b).sum() / ties) if ties else float("nan")


def _spread(deviations: NDArray[np.float64]) -> float:
    """The larger standard deviation of the ways in which halves were measured, (ways, H)."""
    return float(np.std(deviations, axis=1, ddof=1).max())
