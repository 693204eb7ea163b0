"""`gamut bench`: selectors side by side, and beside chance."""

import argparse
import json
import sys
from typing import Any, get_args

from ..bench import USUAL, bench, choices_of
from ..bench_words import bench_sentences, how_judged
from ..benched import LABELS, Bench
from ..errors import UserError
from ..memory import in_words
from ..metrics import METRICS
from ..selectors import Missing
from .inputs import add_data, add_vectors, example, names_in, on_stderr, open_study
from .measure import params_by_metric
from .roles import parse_quality

_NAME, _CELL = 30, 17  # letters of a column
_SIGNS = {"above": "▲", "within": "=", "below": "▼", None: " "}


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "bench",
        help="run several selectors at several budgets, and lay them beside each other and beside chance",
        **example(
            "gamut bench pool.jsonl --selectors k_center,novelselect,kmeans_closest --budgets 150,10%",
            "gamut bench clinc150.jsonl --selectors all --budgets 150,300 --label intent --label-without oos",
        ),
    )
    parser.add_argument(
        "--selectors", metavar="A,B|all", required=True, help="see `gamut selectors`; random is always among them"
    )
    parser.add_argument("--budgets", metavar="A,B", required=True, help="such as 150,300,10%% or '20k tokens'")
    parser.add_argument("--seeds", type=int, default=3, help="runs of a selector that draws at random (default: 3)")
    parser.add_argument("--random-seeds", type=int, default=10, help="random subsets of the band (default: 10)")
    parser.add_argument("--metrics", metavar="A,B", help=f"names with commas (default: {','.join(USUAL)})")
    parser.add_argument(
        "--param", action="append", default=[], metavar="METRIC.KEY=VALUE", help="such as novelsum.alpha=2; repeatable"
    )
    parser.add_argument(
        "--label", metavar="COLUMN", help="count how many of its values are chosen; kept from selectors"
    )
    parser.add_argument("--label-without", metavar="A,B", help="values of that column that do not count")
    columns = parser.add_argument_group("columns that selectors are given")
    columns.add_argument("--quality", metavar="COLUMN[:low]", help="a score column; :low when lower is better")
    columns.add_argument(
        "--missing", choices=get_args(Missing), default="refuse", help="rows without a score (default: refuse)"
    )
    columns.add_argument("--groups", metavar="COLUMN", help="a column of labels for selectors that use labels")
    columns.add_argument("--tags", metavar="COLUMN", help="a column of tags")
    columns.add_argument("--keep-copies", action="store_true", help="do not put exact copies last")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    add_vectors(parser)
    add_data(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    names = None if options.selectors.strip() == "all" else names_in(options.selectors)
    metrics = names_in(options.metrics) or None
    choices = choices_of(
        names,
        quality=parse_quality(options.quality) if options.quality else None,
        label=options.groups,
        tags=options.tags,
        missing=options.missing,
        keep_copies=options.keep_copies,
    )
    params = params_by_metric(options.param, metrics or list(USUAL))
    if options.label_without and not options.label:
        raise UserError("--label-without names values of a label column. Name that too, with --label COLUMN.")
    found = bench(
        open_study(options),
        choices,
        names_in(options.budgets),
        seeds=options.seeds,
        random_seeds=options.random_seeds,
        metrics=metrics,
        params=params,
        label=options.label,
        without=names_in(options.label_without),
        progress=on_stderr(options),
    )
    for name, reason in found.unmeasured.items():
        print(f"gamut: {METRICS[name].title}: {reason}", file=sys.stderr)
    if options.json:
        words = {"sentences": bench_sentences(found), "how": how_judged(found)}
        print(json.dumps(found.as_json() | words, ensure_ascii=False))
    else:
        print(_report(found))
    return 0


def _report(found: Bench) -> str:
    """A table for each budget, then what it comes to in sentences."""
    signs = (
        "▲ above chance, = within it, ▼ below it. Values are means over the seeds, of Random the lowest and highest;"
    )
    signs += " shared: rows in common with Random."
    lines = [f"{found.study}: {found.pool:,} rows, reference: {found.reference}"]
    for budget in range(len(found.budgets)):
        lines += ["", *_table(found, budget)]
    lines += ["", signs, ""]
    return "\n".join([*lines, *bench_sentences(found), "", how_judged(found)])


def _table(found: Bench, budget: int) -> list[str]:
    titles = [f"{found.label} of {found.label_values:,}" if name == LABELS else _head(name) for name in found.measures]
    lines = [f"{'Budget ' + found.budgets[budget]:<{_NAME}}" + "".join(f"{title:>{_CELL}}" for title in titles)]
    lines[0] += f"{'seconds':>9}{'memory':>9}{'shared':>8}"
    for number, contender in enumerate(found.contenders):
        runs = found.runs[number][budget]
        if not runs:
            continue
        cells = "".join(f"{_cell(found, number, budget, name):>{_CELL}}" for name in found.measures)
        peaks = [run.peak for run in runs if run.peak is not None]
        seconds = sum(run.seconds for run in runs) / len(runs)
        memory = in_words(max(peaks)) if peaks else "-"
        shared = f"{found.overlaps[budget, number, 0]:.0%}"
        lines.append(f"{contender.name[: _NAME - 2]:<{_NAME}}{cells}{seconds:>9,.2f}{memory:>9}{shared:>8}")
    return lines


def _head(metric: str) -> str:
    return f"{METRICS[metric].title[: _CELL - 4]} {'↑' if METRICS[metric].better == 'higher' else '↓'}"


def _cell(found: Bench, number: int, budget: int, measure: str) -> str:
    """The mean of the runs and the verdict; of Random the band."""
    values = found.values(number, budget, measure)
    if not values:
        return "none"
    low, high, mean = (
        f"{value:,.0f}" if measure == LABELS and value == int(value) else f"{value:,.3g}"
        for value in (min(values), max(values), sum(values) / len(values))
    )
    if not number:
        return low if low == high else f"{low}-{high}"
    return f"{mean} {_SIGNS[found.verdict(number, budget, measure)]}"
