"""What a bench found, in sentences."""

from collections.abc import Sequence

from .benched import LABELS, Bench
from .chance import Chance, luck
from .metrics import METRICS

_SIDES = {"above": "above chance", "within": "within it", "below": "below it"}
_LABELS = {"above": "more than chance", "within": "no more than chance", "below": "less than chance"}


def bench_sentences(found: Bench) -> list[str]:
    """How each selector stands to chance at each budget, who ranks first, and why some were not run."""
    sentences = [
        _stands(found, number, budget)
        for number in range(1, len(found.contenders))
        for budget in range(len(found.budgets))
        if found.runs[number][budget]
    ]
    return [*sentences, *_ranking(found), *refusals(found)]


def no_better_than_chance(found: Bench, contender: int, budget: int) -> bool:
    """Whether it is above the band of random on no metric."""
    verdicts = found.verdicts(contender, budget)
    return bool(verdicts) and "above" not in verdicts.values()


def how_judged(found: Bench) -> str:
    """What the verdicts mean, and how often luck alone gives one."""
    random = len(found.runs[0][0])
    counts = sorted({len(runs) for each in found.runs[1:] for runs in each if runs})
    odds = ", ".join(f"{round(1 / luck(count, random)):,} ({_counted(count, 'run')})" for count in counts)
    words = (
        f"Above chance: every run of the selector is more diverse than every one of {random} random subsets of its "
        "size. Below: every run is less diverse than all of them. Within: anything else."
    )
    return words + (f" A choice that is itself random stands above by luck once in {odds}." if odds else "")


def refusals(found: Bench) -> list[str]:
    """Why selectors were not run, a sentence for each."""
    sentences = []
    for contender, reasons in zip(found.contenders, found.refused, strict=True):
        every = dict.fromkeys(reason for reason in reasons if reason)
        for reason in every:
            at = [text for text, each in zip(found.budgets, reasons, strict=True) if each == reason]
            where = "" if len(at) == len(found.budgets) else f" at {' and '.join(at)}"
            sentences.append(f"{contender.name} was not run{where}: {reason}")
    return sentences


def _stands(found: Bench, number: int, budget: int) -> str:
    verdicts = found.verdicts(number, budget)
    name, runs = found.contenders[number].name, found.runs[number][budget]
    rows = [run.rows for run in runs]
    where = f"{name} at {found.budgets[budget]}"
    if found.sizes[budget] not in rows and "tokens" not in found.budgets[budget]:
        where += f" (returned {_span(rows)} rows)"
    if not verdicts:
        words = f"{where} has no value of any metric"
    elif no_better_than_chance(found, number, budget):
        words = f"{where} is no better than chance: above it on none of {_counted(len(verdicts), 'metric')}"
        words += _named(verdicts, "below")
    else:
        above = sum(word == "above" for word in verdicts.values())
        words = f"{where} is above chance on {above} of {_counted(len(verdicts), 'metric')}"
        words += _named(verdicts, "within") + _named(verdicts, "below")
    return f"{words}.{_labels(found, number, budget)}"


def _named(verdicts: dict[str, Chance], word: Chance) -> str:
    names = [METRICS[name].title for name, each in verdicts.items() if each == word]
    return f", {_SIDES[word]} on {len(names)} ({', '.join(names)})" if names else ""


def _labels(found: Bench, number: int, budget: int) -> str:
    values = found.values(number, budget, LABELS)
    verdict = found.verdict(number, budget, LABELS)
    if verdict is None:
        return ""
    band = found.band(number, budget, LABELS)
    return (
        f" It covers {_span(values)} of {found.label_values:,} values of {found.label}, {_LABELS[verdict]} "
        f"(random: {_span(band)})."
    )


def _ranking(found: Bench) -> list[str]:
    ranks = found.ranks()
    if not ranks:
        return []
    order = sorted(ranks, key=lambda number: (ranks[number].mean, number))
    words = ", ".join(
        f"{found.contenders[number].name} {rank.mean:.1f} ({rank.low:.1f} to {rank.high:.1f})"
        for number in order
        for rank in [ranks[number]]
    )
    left = len(found.contenders) - len(order) - sum(all(each) for each in found.refused)
    rest = f" Not ranked, as they have no runs at some budget: {left}." if left else ""
    return [f"Mean rank over metrics and budgets, 1 the most diverse: {words}.{rest}"]


def _span(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"


def _counted(count: int, one: str) -> str:
    return f"{count:,} {one if count == 1 else one + 's'}"
