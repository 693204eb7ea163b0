"""`gamut measure` and `gamut metrics`."""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from ..added import added, all_rows, check_names
from ..errors import UserError
from ..metrics import METRICS, Score, find_metric
from ..records import plain
from ..row_values import ROW_VALUES, check_offered, offered
from ..study import Study
from ..value_table import KINDS, write_values
from ..writing import kind_of, write_rows
from .engine import add_engine, on_engine
from .inputs import add_data, add_part, add_vectors, example, names_in, on_stderr, open_study, parse_params
from .outputs import check_outputs


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "measure",
        help="measure how diverse a dataset is",
        **example(
            "gamut measure pool.jsonl --metrics novelsum,vendi --reference broad.jsonl",
            "gamut measure pool.jsonl --metrics vendi --param vendi.q=2 --json",
            "gamut measure pool.jsonl --rows values.csv --add novelty,density --ids-only",
            "gamut measure pool.jsonl --subset maths --metrics novelsum,vendi",
            "gamut measure --embeddings vectors.npy",
        ),
    )
    parser.add_argument(
        "--metrics", metavar="A,B", help="names separated by commas (default: all that the data allows)"
    )
    parser.add_argument(
        "--param", action="append", default=[], metavar="METRIC.KEY=VALUE", help="such as novelsum.alpha=2; repeatable"
    )
    parser.add_argument(
        "--rows",
        type=Path,
        metavar="FILE",
        help="write the rows, each with its values as columns: .jsonl, .csv or .parquet",
    )
    parser.add_argument(
        "--add",
        metavar="A,B",
        help="with --rows: these values and no others (default: those of the metrics measured); "
        f"{', '.join(value.name for value in ROW_VALUES.values() if value.needs != 'selection')}",
    )
    parser.add_argument("--ids-only", action="store_true", help="with --rows: ids, row numbers from 0 and values alone")
    parser.add_argument(
        "--escape-formulas", action="store_true", help="CSV: put ' before cells a spreadsheet would run"
    )
    add_part(parser, "measure")
    parser.add_argument("--no-intervals", action="store_true", help="values alone, which is faster")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    add_vectors(parser)
    add_data(parser)
    add_engine(parser)
    parser.set_defaults(run=on_engine(run))

    listing = commands.add_parser("metrics", help="list the metrics, what they say and their parameters")
    listing.set_defaults(run=list_metrics)


def run(options: argparse.Namespace) -> int:
    add = names_in(options.add)
    kind = _kind(options, add)
    names = names_in(options.metrics) or None
    if add and names is None:  # these values are what is asked for
        names = [metric for name in add if (metric := ROW_VALUES[name].metric)]
    if kind and not add and names and not any(find_metric(name).row_name for name in names):
        raise UserError("None of these metrics has a value per row. `gamut measure --help` lists the values.")
    params = params_by_metric(options.param, names)
    for name in names or ():
        find_metric(name)
    study = open_study(options)
    check_offered(study, add, chosen=False)
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
    elif scores:
        print(_table(scores, study))
    if kind:
        measured = {score.metric for score in scores}
        every = [value.name for value in offered(study) if value.metric in measured]
        _write_rows(options, kind, study, add or every, params)
    return 0


def _kind(options: argparse.Namespace, add: list[str]) -> str | None:
    """What kind of table the rows are written as; refused before any work where that cannot be."""
    if options.rows is None:
        for option in ("add", "ids_only", "escape_formulas"):
            if getattr(options, option):
                raise UserError(f"--{option.replace('_', '-')} says how rows are written: name their file with --rows.")
        return None
    check_names(add)
    kind = kind_of(options.rows)
    if kind not in KINDS:
        raise UserError(f"{options.rows.name} holds no table of rows. Write .jsonl, .csv or .parquet.")
    check_outputs(options, "rows")
    return kind


def _write_rows(
    options: argparse.Namespace, kind: str, study: Study, names: list[str], params: dict[str, dict[str, Any]]
) -> None:
    columns = added(study, all_rows(study), names, whole=True, params=params, progress=on_stderr(options))
    values = {name: column.values for name, column in columns.items()}
    escape = {"escape_formulas": options.escape_formulas}
    if options.ids_only:
        positions = [int(row) for row in study.positions]
        write_values(options.rows, kind, plain(study.ids), positions, values, **escape)
    elif study.dataset is None:
        raise UserError("Vectors alone have no rows to write. Say --ids-only, for row numbers and values.")
    else:
        write_rows(options.rows, kind, study.dataset, study.positions, extra=values, **escape)
    print(f"gamut: wrote {len(study):,} rows with {', '.join(names)} to {options.rows}", file=sys.stderr)


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
