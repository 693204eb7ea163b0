"""`gamut frontier`: quality against diversity by the weight of one selector."""

import argparse
import json
from typing import Any

from ..choice import Choice
from ..errors import UserError
from ..frontier import frontier, weighted
from ..frontier_points import Frontier
from ..frontier_words import frontier_sentences
from ..metrics import METRICS, find_metric
from ..selectors import find_selector
from .inputs import add_data, add_part, add_vectors, example, on_stderr, open_study, parse_params
from .roles import parse_quality

_IDS = 10  # shown of those that enter or leave


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "frontier",
        help="lay quality against diversity by the weight of a selector",
        **example(
            "gamut frontier scored.jsonl --selector qdit --quality score --budget 10%",
            "gamut frontier a.jsonl --selector mmr --quality loss:low --budget 500 --weights 0,0.5,1 --between 0,1",
        ),
    )
    parser.add_argument("--selector", required=True, metavar="NAME", help=f"one of {', '.join(weighted())}")
    parser.add_argument("--quality", required=True, metavar="COLUMN[:low]", help="a score; :low when lower is better")
    parser.add_argument("--budget", required=True, metavar="500|10%", help="rows, a share of the rows, or tokens")
    parser.add_argument("--weights", metavar="A,B", help="default: where the choice changes most")
    parser.add_argument("--metric", default="novelsum", help="the measure of diversity (default: novelsum)")
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="of the selector; METRIC.KEY=VALUE of the metric",
    )
    parser.add_argument("--missing", default="refuse", help="rows without a score: refuse, leave out, lowest or mean")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn at random (default: 0)")
    parser.add_argument("--random-seeds", type=int, default=10, help="random choices beside it (default: 10)")
    parser.add_argument("--between", metavar="A,B", help="which rows enter and leave from one weight to the other")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    add_part(parser, "find the frontier of")
    add_vectors(parser)
    add_data(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    metric = find_metric(options.metric)
    own = [word for word in options.param if not word.startswith(f"{metric.name}.")]
    theirs = [word.partition(".")[2] for word in options.param if word not in own]
    choice = Choice(
        options.selector,
        options.budget,
        seed=options.seed,
        params=parse_params(own, find_selector(options.selector).params, options.selector),
        quality=parse_quality(options.quality),
        missing=options.missing,
    )
    study = open_study(options)
    found = frontier(
        study,
        choice,
        weights=_numbers(options.weights, "--weights") if options.weights else None,
        metric=options.metric,
        params=parse_params(theirs, metric.params, metric.name),
        random_seeds=options.random_seeds,
        progress=on_stderr(options),
    )
    if options.json:
        print(json.dumps(found.as_json(study.ids) | {"sentences": frontier_sentences(found)}, ensure_ascii=False))
        return 0
    lines = [*_table(found), "", *frontier_sentences(found)]
    if options.between:
        lines += ["", *_moves(found, study.ids, _numbers(options.between, "--between"))]
    print("\n".join(lines))
    return 0


def _numbers(words: str, option: str) -> list[float]:
    try:
        return [float(word) for word in words.split(",")]
    except ValueError:
        raise UserError(f"{option} {words}: expected numbers with commas between them, such as 0,0.5,1.") from None


def _table(found: Frontier) -> list[str]:
    title = METRICS[found.metric].title
    arrow = {"higher": "↑", "lower": "↓"}
    lines = [
        f"{found.study}: {found.budget} of {found.pool:,} rows by {found.title}, reference: {found.reference}",
        f"{found.param:<16}{found.quality[:18] + ' ' + arrow[found.better]:>22}"
        f"{title[:18] + ' ' + arrow[METRICS[found.metric].better]:>22}{'characters':>12}{'entered':>9}",
    ]
    for number, point in enumerate(found.points):
        entered = f"{len(found.between(number - 1, number)[0]):,}" if number else ""
        mark = "  on the frontier" if found.pareto[number] else ""
        lines.append(
            f"{point.weight:<16g}{point.quality:>22.5g}{point.diversity:>22.5g}{point.length:>12,.0f}{entered:>9}{mark}"
        )
    only = found.quality_only
    lines.append(f"{'quality alone':<16}{only.quality:>22.5g}{only.diversity:>22.5g}{only.length:>12,.0f}")
    spans = [[getattr(each, name) for each in found.random] for name in ("quality", "diversity")]
    cells = "".join(f"{f'{min(each):.5g} to {max(each):.5g}':>22}" for each in spans)
    return [*lines, f"{'random':<16}{cells}"]


def _moves(found: Frontier, ids: list[Any], weights: list[float]) -> list[str]:
    if len(weights) != 2:
        raise UserError("--between takes two weights, such as 0,1.")
    try:
        first, second = (found.place(weight) for weight in weights)
    except KeyError as error:
        known = ", ".join(f"{point.weight:g}" for point in found.points)
        raise UserError(f"--between: {error.args[0]:g} is not among the weights {known}.") from error
    lines = []
    for words, rows in zip(("enter", "leave"), found.between(first, second), strict=True):
        some = ", ".join(str(ids[row]) for row in rows[:_IDS].tolist()) + (", …" if len(rows) > _IDS else "")
        lines.append(f"From {weights[0]:g} to {weights[1]:g} {len(rows):,} rows {words}{': ' + some if some else ''}.")
    return lines
