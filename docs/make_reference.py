"""Write docs/metrics.md and docs/selectors.md from what every metric and selector says of itself.

python docs/make_reference.py
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from core.metrics import METRICS, Metric  # noqa: E402 - the checkout has to be on the path first
from core.params import Param  # noqa: E402 - as above
from core.promises import PROMISES, conditions, promised  # noqa: E402 - as above
from core.row_values import ROW_VALUES  # noqa: E402 - as above
from core.selectors import SELECTORS, Selector  # noqa: E402 - as above


def metrics_page() -> str:
    """The page of all metrics, with the table of axioms."""
    lines = [
        "# Metrics",
        "",
        "Written by `docs/make_reference.py` from the metrics themselves.",
        "",
        "## What each one promises",
        "",
        *(f"- **{promise.title}**: {promise.words}" for promise in PROMISES.values()),
        "",
        "A yes is tested to hold on every test set, at the defaults and at other parameters; a no is tested to fail on",
        "at least one. A blank does not apply: a metric of texts knows neither turning nor distance.",
        "",
        "| metric | " + " | ".join(promise.title.lower() for promise in PROMISES.values()) + " |",
        "|---" * (len(PROMISES) + 1) + "|",
    ]
    for metric in METRICS.values():
        said = {True: "yes", False: "no", None: ""}
        marks = [said[promised(metric, axiom)] + (" *" if axiom in metric.only else "") for axiom in PROMISES]
        lines.append(f"| {metric.title} | " + " | ".join(marks) + " |")
    lines += ["", "\\* At some parameters only:", ""]
    lines += [f"- {metric.title}: {conditions(metric)}." for metric in METRICS.values() if metric.only]
    lines += [
        "",
        "## Values of each row",
        "",
        "Colours of the map, columns of tables, and what `gamut select --add` and `gamut measure --rows` write.",
        "",
        *(f"- `{value.name}`: {value.title}. {value.says}" for value in ROW_VALUES.values()),
    ]
    for metric in METRICS.values():
        lines += _metric(metric)
    return "\n".join(lines) + "\n"


def selectors_page() -> str:
    """The page of all selectors."""
    lines = [
        "# Selectors",
        "",
        "Written by `docs/make_reference.py` from the selectors themselves. Wherever a selector claims diversity,",
        "exact copies are put last before it chooses, unless `--keep-copies` asks for the method to the letter.",
        "SemDeDup with `eps` and the Repr filter leave copies out altogether, whatever the budget.",
    ]
    for selector in SELECTORS.values():
        lines += _selector(selector)
    return "\n".join(lines) + "\n"


def _metric(metric: Metric) -> list[str]:
    return [
        "",
        f"## {metric.title} (`{metric.name}`)",
        "",
        f"{metric.says} {metric.direction.capitalize()}{f'; {metric.unit}' if metric.unit else ''}.",
        "",
        f"$$ {metric.formula} $$",
        "",
        f"- Range: {metric.range}",
        f"- Rewards: {metric.rewards}",
        f"- Overlooks: {metric.overlooks}",
        f"- Size: {metric.size}",
        *([f"- Length of texts: {metric.length}"] if metric.length else []),
        f"- Cost: {metric.cost}",
        f"- Source: {metric.source}",
        f"- Whose value: {metric.matches}",
        *([f"- Value of each row: {metric.row_title} (`{metric.row_name}`)"] if metric.row_name else []),
        *_facts(metric.needs, metric.params),
    ]


def _selector(selector: Selector) -> list[str]:
    return [
        "",
        f"## {selector.title} (`{selector.name}`)",
        "",
        selector.says,
        "",
        f"- Rewards: {selector.rewards}",
        f"- Overlooks: {selector.overlooks}",
        *([f"- Proven, without limits: {selector.guarantee}"] if selector.guarantee else []),
        f"- Gain of a pick: {selector.gain or 'none'}",
        *(
            [f"- Quality against diversity: more `{selector.weight[0]}` favours {selector.weight[1]}"]
            if selector.weight
            else []
        ),
        f"- A smaller budget is the beginning of a larger one: {'yes' if selector.nested else 'no'}",
        *([] if selector.claims_diversity else ["- Exact copies are chosen like other rows"]),
        f"- Cost: {selector.cost}",
        f"- Source: {selector.source}",
        *([f"- Uses where given: {', '.join(sorted(selector.uses))}"] if selector.uses else []),
        *_facts(selector.needs & {"quality", "labels", "tags", "reference"}, selector.params),
    ]


def _facts(needs: Iterable[str], params: Mapping[str, Param]) -> list[str]:
    found = [f"- Needs: {', '.join(sorted(set(needs) - {'progress'}))}"] if needs else []
    if params:
        found += ["", "| parameter | default | may be | what it does |", "|---|---|---|---|"]
        found += [f"| `{p.name}` | {p.default} | {p.allowed} | {p.help} |" for p in params.values()]
    return found


def pages() -> dict[Path, str]:
    """Each page's file and content."""
    return {HERE / "metrics.md": metrics_page(), HERE / "selectors.md": selectors_page()}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.name)
