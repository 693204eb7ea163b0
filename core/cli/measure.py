"""`gamut measure` and `gamut metrics`."""

import argparse
import json
import math
import sys
from typing import Any

from ..errors import UserError
from ..metrics import METRICS, Score, find_metric
from ..study import Study
from .inputs import add_data, add_vectors, example, on_stderr, open_study, parse_params


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "measure",
        help="measure how diverse a dataset is",
        **example(
            "gamut measure pool.jsonl --metrics novelsum,vendi --reference broad.jsonl",
            "gamut measure pool.jsonl --metrics vendi --param vendi.q=2 --json",
            "gamut measure --embeddings vectors.npy",
        ),
    )
    parser.add_argument(
        "--metrics", metavar="A,B", help="names separated by commas (default: all that the data allows)"
    )
    parser.add_argument(
        "--param", action="append", default=[], metavar="METRIC.KEY=VALUE", help="such as novelsum.alpha=2; repeatable"
    )
    parser.add_argument("--no-intervals", action="store_true", help="values alone, which is faster")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    add_vectors(parser)
    add_data(parser)
    parser.set_defaults(run=run)

    listing = commands.add_parser("metrics", help="list the metrics, what they say and their parameters")
    listing.set_defaults(run=list_metrics)


def run(options: argparse.Namespace) -> int:
    names = [name.strip() for name in options.metrics.split(",") if name.strip()] if options.metrics else None
    params = params_by_metric(options.param, names)
    for name in names or ():
        find_metric(name)
    study = open_study(options)
    refused: dict[str, str] = {}
    scores = study.measure(
        names,
        params=params,
        intervals=not options.no_intervals,
        refused=None if names else refused,  # a metric that was asked for by name is refused loudly
        progress=on_stderr(options),
    )
    for reason in refused.values():
        print(f"gamut: left out: {reason}", file=sys.stderr)
    if options.json:
        print(json.dumps({"scores": [score.as_json() for score in scores]} | about(study), ensure_ascii=False))
    else:
        print(_table(scores, study))
    return 0


def about(study: Study) -> dict[str, Any]:
    """What was measured, for the JSON output."""
    dataset, found = study.dataset, study.embeddings
    return {
        "dataset": {
            "name": study.name,
            "key": dataset.key if dataset else None,
            "rows": len(dataset) if dataset else len(study),
            "measured": len(study),
            "notices": list(dataset.notices) if dataset else [],
            "bad_lines": dataset.bad_count if dataset else 0,
        },
        "embedding": {
            "encoder": found.encoder,
            "key": found.key,
            "n": found.n,
            "dim": found.dim,
            "truncated_share": found.truncated_share,
            "template": study.template.describe() if study.template else None,
        },
    }


def list_metrics(options: argparse.Namespace) -> int:  # noqa: ARG001 - every command takes the options
    for name, metric in sorted(METRICS.items()):
        print(f"{name}: {metric.title}, {metric.direction}. {metric.says}")
        for param in metric.params.values():
            print(f"    {name}.{param.name}={param.default}: {param.help} {param.allowed.capitalize()}.")
    return 0


def params_by_metric(words: list[str], names: list[str] | None) -> dict[str, dict[str, Any]]:
    """`metric.key=value` words as parameters by metric."""
    found: dict[str, dict[str, Any]] = {}
    for word in words:
        owner, dot, rest = word.partition(".")
        if not dot or "=" in owner:
            raise UserError(f"--param {word}: expected METRIC.KEY=VALUE, such as novelsum.alpha=2.")
        metric = find_metric(owner)
        if names is not None and owner not in names:
            raise UserError(f"--param {word}: {owner} is not among the metrics asked for.")
        found.setdefault(owner, {}).update(parse_params([rest], metric.params, owner))
    return found


def _table(scores: list[Score], study: Study) -> str:
    lines = [f"{study.name}: {len(study):,} rows, {study.embeddings.encoder}"]
    for score in scores:
        value = "no value" if math.isnan(score.value) else f"{score.value:,.6g}"
        reference = f"  against {score.reference}" if score.reference else ""
        settings = ", ".join(f"{name}={value}" for name, value in score.params.items())
        arrow = "↑" if METRICS[score.metric].better == "higher" else "↓"
        ends = f"[{score.interval[0]:,.4g}, {score.interval[1]:,.4g}]" if score.interval else ""
        lines.append(
            f"{METRICS[score.metric].title:<25} {value:>12} {arrow} {ends:<22}"
            f"{reference}{f'  ({settings})' if settings else ''}".rstrip()
        )
    for kind in dict.fromkeys(score.interval_kind for score in scores if score.interval_kind):
        titles = [METRICS[score.metric].title for score in scores if score.interval_kind == kind]
        lines.append(f"[{', '.join(titles)}] {kind}")
    return "\n".join([*lines, "↑ higher is more diverse, ↓ lower is more diverse"])
