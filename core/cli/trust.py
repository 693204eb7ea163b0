"""`gamut trust`: whether the metrics do on this data what a measure of diversity must."""

import argparse
import json
import sys
from typing import Any

from ..metrics import METRICS, find_metric
from ..progress import part
from ..trust import SIZE, trust
from ..trust_card import CHECKS, TrustCard
from ..trust_encoders import TrustCards, trust_by_encoder
from .inputs import add_data, add_vectors, example, on_stderr, open_study
from .measure import about


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "trust",
        help="check the metrics on this data: copies, a lost cluster, rewordings, another order",
        **example(
            "gamut trust pool.jsonl",
            "gamut trust pool.jsonl --metrics novelsum,vendi --size 300 --json",
            "gamut trust pool.jsonl --encoder default --encoder intfloat/e5-small-v2",
        ),
    )
    parser.add_argument(
        "--metrics", metavar="A,B", help="names separated by commas (default: all that the data allows)"
    )
    parser.add_argument(
        "--size", type=int, metavar="N", help=f"rows of each set (default: {SIZE}, or half of the rows)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the sets and of the changes (default: 0)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    add_vectors(parser)
    add_data(parser, encoders=True)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    names = [name.strip() for name in options.metrics.split(",") if name.strip()] if options.metrics else None
    for name in names or ():
        find_metric(name)
    own = bool(options.embeddings)  # vectors that are there already count as the first encoder
    options.encoder = "default" if own or not options.encoders else options.encoders[0]
    study = open_study(options)
    others = options.encoders if own else options.encoders[1:]
    how: dict[str, Any] = {"size": options.size, "seed": options.seed, "progress": part(on_stderr(options), 0.5, 1)}
    if others:
        found = trust_by_encoder(study, others, names, **how)
        reasons = [reason for card in found.cards for reason in card.refused.values()]
        reasons += [f"encoder {name}: {reason}" for name, reason in found.refused.items()]
        as_json, table = found.as_json, _tables(found)
    else:
        card = trust(study, names, **how)
        reasons, as_json, table = list(card.refused.values()), card.as_json, _table(card)
    for reason in dict.fromkeys(reasons):
        print(f"gamut: left out: {reason}", file=sys.stderr)
    print(json.dumps(as_json() | about(study), ensure_ascii=False) if options.json else table)
    return 0


def _tables(found: TrustCards) -> str:
    """What each metric comes to with each encoder, then every card."""
    marks = {"pass": "pass", "fail": "FAIL", "cannot be told": "?"}
    widths = [max(len(name), 34) + 2 for name in found.encoders]
    rows = [["", *found.encoders]]
    for metric in found.metrics:
        cells = []
        for number in range(len(found.cards)):
            standing = found.standing(metric, number)
            cells.append(f"{marks[standing.verdict]} {', '.join(standing.checks)}" if standing else "-")
        rows.append([METRICS[metric].title, *cells])
    lines = [
        (f"{row[0]:<26}" + "".join(f"{cell:<{width}}" for cell, width in zip(row[1:], widths, strict=True))).rstrip()
        for row in rows
    ]
    if found.without_encoder:
        lines += [
            "",
            "Metrics of texts do not read embeddings: they are checked once, with the first encoder's clusters.",
        ]
    return "\n\n".join(["\n".join(lines), *map(_table, found.cards)])


def _table(card: TrustCard) -> str:
    """The verdicts, and below them a sentence for each that is no pass."""
    marks = {"pass": "pass", "fail": "FAIL", "cannot be told": "?"}
    widths = [max(len(name), 4) + 2 for name in CHECKS]
    lines = [
        f"{card.dataset}, {card.encoder}: {card.pairs} sets of {card.n:,} rows, drawn from {card.rows:,}, "
        f"against {card.reference}",
        (" " * 26 + "".join(f"{name:<{width}}" for name, width in zip(CHECKS, widths, strict=True))).rstrip(),
    ]
    for name in card.metrics:
        cells = (marks[found.verdict] for found in card.of(name).values())
        row = "".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
        lines.append(f"{METRICS[name].title:<26}{row}".rstrip())
    lines += ["", *(f"{name}: {check.done.lower()} it must {check.must}." for name, check in CHECKS.items())]
    for verdict, heading in (("fail", "Failed"), ("cannot be told", "Cannot be told (?)")):
        found = [f"  {METRICS[one.metric].title}: {one.sentence}" for one in card.findings if one.verdict == verdict]
        lines += ["", f"{heading}:", *found] if found else []
    return "\n".join(lines)
