"""What a refinement came to, in sentences and as a table."""

import math
from collections.abc import Sequence

from ..chance import luck
from ..lm import SeedMean
from ..metrics import METRICS
from .arms import ARMS
from .outcome import Outcome

_SIGNS = {"above": "▲", "within": "=", "below": "▼", None: " "}
_PLACES = {"above": "above chance", "within": "within chance", "below": "below chance"}
_PAIRS = (("iterative", "random"), ("static", "random"), ("iterative", "static"))


def outcome_sentences(found: Outcome) -> list[str]:
    """How static and iterative stand to chance on the metrics, and which arm has the lower held-out loss."""
    sentences = [_stands(found, arm) for arm in ("static", "iterative") if found.metrics]
    if found.metrics:
        count = len(found.arms["random"])
        sentences.append(
            f"Above chance: more diverse than every one of {count:,} random subsets of {found.rows:,} rows; a random "
            f"choice is so by luck once in {round(1 / luck(1, count)):,}."
        )
    if found.held_out is not None:
        sentences += [_verdict(arm, other, found.held_out.difference(arm, other)) for arm, other in _PAIRS]
        sentences += list(found.held_out.notes)
    return sentences


def outcome_table(found: Outcome) -> str:
    """The metrics of every arm, the held-out losses by cluster and in all, and the sentences."""
    lines = []
    if found.metrics:
        count = len(found.arms["random"])
        lines = [f"{found.rows:,} rows each", f"{'':<28}{'static':>14}{'iterative':>14}    random, {count:,} subsets"]
        lines += [_metric_line(found, metric) for metric in found.metrics]
        lines += ["↑ higher is more diverse, ↓ lower is; ▲ above all random subsets, = among them, ▼ below all", ""]
    lines += [f"Left out: {reason}" for reason in found.unmeasured.values()]
    if found.held_out is not None:
        arms = [arm for arm in ("base", *ARMS) if arm in found.held_out.arms]
        lines.append(f"{'Held-out loss, nats':<28}" + "".join(f"{arm:>18}" for arm in arms) + "    rows")
        every = [found.held_out.mean(arm) for arm in arms]
        lines.append(_loss_line("all", every))
        by = [found.losses_by_cluster(arm) for arm in arms]
        lines += [_loss_line(found.names[cluster], [each[cluster] for each in by]) for cluster in by[0]]
        lines.append("")
    return "\n".join([*lines, *outcome_sentences(found), *found.notes])


def _metric_line(found: Outcome, metric: str) -> str:
    arrow = "↑" if METRICS[metric].better == "higher" else "↓"
    cells = ""
    for arm in ("static", "iterative"):
        values = found.values(arm, metric)
        cell = f"{values[0]:,.4g}" if values else "none"
        cells += f"{cell:>12} {_SIGNS[found.verdict(arm, metric)]}"
    band = [value for value in found.values("random", metric) if math.isfinite(value)]
    ends = f"{min(band):,.4g} to {max(band):,.4g}" if band else "none"
    return f"{METRICS[metric].title[:26]:<26} {arrow}{cells}    {ends}"


def _loss_line(name: str, means: Sequence[SeedMean]) -> str:
    cells = "".join(f"{_loss(each):>18}" for each in means)
    return f"{name[:27]:<28}{cells}{means[0].rows:>8,}"


def _loss(mean: SeedMean) -> str:
    if math.isnan(mean.value):
        return "none"
    half = "" if mean.high is None else f" ± {mean.high - mean.value:.3f}"
    return f"{mean.value:.3f}{half}"


def _stands(found: Outcome, arm: str) -> str:
    """On which metrics an arm is above chance, within it, below it."""
    by: dict[str, list[str]] = {}
    for metric in found.metrics:
        if (verdict := found.verdict(arm, metric)) is not None:
            by.setdefault(verdict, []).append(METRICS[metric].title)
    parts = [f"{_PLACES[verdict]} on {', '.join(by[verdict])}" for verdict in _PLACES if verdict in by]
    return f"{ARMS[arm]} is {'; '.join(parts)}." if parts else f"{ARMS[arm]} has no metric with a value."


def _verdict(arm: str, other: str, difference: SeedMean) -> str:
    """Which of two arms has the lower held-out loss, or that they cannot be told apart."""
    one, two = ARMS[arm], ARMS[other][0].lower() + ARMS[other][1:]
    value = f"{_signed(difference.value)} nats a token"
    if math.isnan(difference.value):
        return f"{one} and {two} have no held-out loss in common."
    if difference.low is None or difference.high is None:
        why = "One training says nothing of chance: train with more seeds."
        if difference.seeds > 1:
            why = (
                f"The {difference.seeds:,} seeds trained alike, which says nothing of chance: put fewer rows in a step."
            )
        return f"{one} minus {two} in held-out loss: {value}. {why}"
    value = f"{_signed(difference.value)} ± {difference.high - difference.value:.3f} nats a token over"
    value += f" {difference.seeds:,} seeds"
    if difference.high < 0:
        return f"{one} is better than {two} in held-out loss: {value}."
    if difference.low > 0:
        return f"{one} is worse than {two} in held-out loss: {value}."
    return f"{one} and {two} cannot be told apart in held-out loss: {value}."


def _signed(value: float) -> str:
    """
    >>> _signed(-0.0412), _signed(0.5), _signed(-0.0001)
    ('−0.041', '+0.500', '0.000')
    """
    words = f"{value:+.3f}".replace("-", "−")
    return words if float(f"{value:.3f}") else words[1:]
