"""What `gamut compare` prints of a comparison for a person to read."""

import math
from collections.abc import Iterator
from itertools import combinations

from ..compared import Comparison, Estimate
from ..equal_curves import EqualCurves
from ..metrics import METRICS
from ..p_value import p_in_words
from ..told_apart import Differences

_VALUE = 21  # letters of a cell


def in_words(found: Comparison) -> str:
    """Values and ranks as a table, and what they come to in sentences."""
    against = f", reference: {found.reference}" if found.reference else ""
    lines = [f"{found.size:,} rows of each set, mean of {found.repeats} subsamples ± standard error{against}"]
    lines.append(f"{'':<27}" + "".join(f"{_cut(name):>{_VALUE}}" for name in found.names))
    for metric in found.metrics:
        arrow = "↑" if METRICS[metric].better == "higher" else "↓"
        cells = (f"{_value(one, rank):>{_VALUE}}" for one, rank in _ranked(found, metric))
        lines.append(f"{METRICS[metric].title:<25} {arrow}" + "".join(cells))
    lines.append(
        "↑ higher is more diverse, ↓ lower is more diverse; #: 1 + the sets that are told apart as more diverse"
    )
    reasons = {each.reason for estimates in found.estimates.values() for each in estimates if each.reason}
    lines += ["", *found.sentences, "", found.how, *(f"Mind: {words}" for words in found.warnings)]
    return "\n".join([*lines, *(f"none: {reason}" for reason in sorted(reasons))])


def pairs_in_words(found: Comparison) -> str:
    """Every metric of every two sets: the difference with its standard error, p, and the verdict."""
    lines = ["", "Difference of the first less the second ± its standard error; p adjusted by Holm's method"]
    for first, second in combinations(range(len(found.names)), 2):
        lines.append(f"{found.names[first]} and {found.names[second]}")
        verdicts = found.on_two(first, second)
        if not verdicts:
            lines.append("  no metric in common")
        for each in verdicts:
            mind = f" (mind: {found.caution(each)})" if found.caution(each) else ""
            difference = f"{each.difference:+,.4g} ± {_short(each.error)}"
            p = f"p {p_in_words(each.p):<8}"
            lines.append(f"  {METRICS[each.metric].title:<25} {difference:>22}  {p} {found.says(each)}{mind}")
    return "\n".join(lines)


def curves_in_words(found: EqualCurves) -> str:
    """Every metric of every set at every size, and whether the sets stand to each other as at the last."""
    lines = ["", "At rising numbers of rows of each set, mean ± standard error"]
    for metric in found.comparisons[-1].metrics:
        lines.append(found.finding(metric))
        lines.append(f"{'':<11}" + "".join(f"{_cut(name):>{_VALUE}}" for name in found.names))
        for each in found.comparisons:
            cells = (f"{_value(one, rank):>{_VALUE}}" for one, rank in _ranked(each, metric))
            lines.append(f"  {each.size:>9,}" + "".join(cells))
    return "\n".join(lines)


def differences_in_words(found: Differences) -> str:
    """What one set has and the other lacks."""
    lines = ["", f"Clusters of {found.size:,} rows of each: rows of {found.first}, of {found.second} (new ones)"]
    for cluster in found.clusters:
        mark = {"gained": "+", "lost": "-", "alike": " "}[cluster.change]
        lines.append(f" {mark} {cluster.first:>6,} {cluster.second:>6,} ({cluster.new:,})  {cluster.name}")
    for covered, one, other in (
        (found.second_by_first, found.second, found.first),
        (found.first_by_second, found.first, found.second),
    ):
        lines.append(f"Rows of {one} are {covered.mean:.3g} from {other} on average, {covered.radius:.3g} at most.")
    far = ", ".join(f"{row.position + 1:,} ({row.distance:.3g})" for row in found.farthest[:5])
    lines.append(f"Rows of {found.second} farthest from {found.first} (cosine distance): {far}")
    return "\n".join([*lines, found.advice])


def _ranked(found: Comparison, metric: str) -> Iterator[tuple[Estimate, int | None]]:
    return zip(found.estimates[metric], found.ranks[metric], strict=True)


def _value(estimate: Estimate, rank: int | None) -> str:
    if not math.isfinite(estimate.mean):
        return "none"
    value = f"{estimate.mean:,.4g} ± {_short(estimate.error)}"
    return value if rank is None else f"{value} #{rank}"  # alone with a value a set has no rank


def _short(error: float) -> str:
    """One figure of an error, without a power of ten where it is large."""
    return f"{float(f'{error:.1g}'):,g}"


def _cut(name: str) -> str:
    return name if len(name) < _VALUE - 1 else f"{name[: _VALUE - 3]}…"
