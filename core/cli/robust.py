"""`gamut robust`: whether what a comparison says stands when the sets are embedded in another way."""

import argparse
import json
from typing import Any

from ..errors import UserError
from ..metrics import METRICS
from ..progress import part
from ..robustness import MOST, robustness
from ..standing import Robustness
from ..template import Template
from ..variants import Variant
from .compare import add_metrics, metrics_of
from .inputs import add_texts, data_path, example, on_stderr, open_sets


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "robust",
        help="lay sets side by side under other templates, encoders and truncations, and say what stands",
        **example(
            "gamut robust mine.jsonl theirs.jsonl",
            "gamut robust mine.jsonl theirs.jsonl --under template=prompt --under tokens=64 --under encoder=FOLDER",
        ),
    )
    parser.add_argument(
        "data", nargs="+", metavar="DATA", type=data_path, help="a file for each set, or FILE:subset:NAME"
    )
    add_metrics(parser)
    parser.add_argument(
        "--under",
        action="append",
        default=[],
        metavar="WHAT=VALUE",
        help="template=T, encoder=E or tokens=N; repeatable (default: other templates, and half of the tokens)",
    )
    parser.add_argument(
        "--rows", type=int, default=MOST, help=f"rows of each set that are embedded anew (default: {MOST})"
    )
    parser.add_argument("--repeats", type=int, default=10, help="subsamples whose mean is taken (default: 10)")
    parser.add_argument("--seed", type=int, default=0, help="of the subsamples (default: 0)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument(
        "--reference", metavar="R", help="what metrics that need one are taken against, embedded anew as the sets are"
    )
    add_texts(parser)
    parser.set_defaults(run=run, embeddings=[])


def run(options: argparse.Namespace) -> int:
    names, params = metrics_of(options)
    variants = [_variant(words) for words in options.under] or None
    studies, reference = open_sets(options)
    found = robustness(
        studies,
        variants,
        metrics=names,
        rows=options.rows,
        repeats=options.repeats,
        seed=options.seed,
        reference=reference,
        params=params,
        progress=part(on_stderr(options), 0.3, 1),
    )
    print(json.dumps(found.as_json(), ensure_ascii=False) if options.json else _table(found))
    return 0


def _variant(words: str) -> Variant:
    what, _, value = words.partition("=")
    match what:
        case "template" if value:
            return Variant(template=Template.parse(value))
        case "encoder" if value:
            return Variant(encoder=value)
        case "tokens" if value.isdecimal():
            return Variant(max_tokens=int(value))
    raise UserError(f"--under {words}: expected template=T, encoder=E or tokens=N, such as tokens=64.")


def _table(found: Robustness) -> str:
    """The sentences, then for every two sets and each metric what becomes of its verdict under each variant."""
    base, lines = found.base, [*found.sentences]
    lines += [f"Reference: {base.reference}"] if base.reference else []
    for title, reason in zip(found.variants, found.refused, strict=True):
        lines += [f"{title}: left out: {reason}"] if reason else []
    for title, other, alone in zip(found.variants, found.comparisons, found.bases, strict=True):
        if other and alone:
            lines.append(f"{title}: {other.size:,} rows each, those with a text then, beside the same as they are")
    for first in range(len(base.names)):
        for second in range(first + 1, len(base.names)):
            lines += ["", f"{base.names[first]} and {base.names[second]}, {base.size:,} rows each"]
            for metric in base.metrics:
                if verdict := base.verdict(metric, first, second):
                    standings = [
                        f"{title}: {standing}"
                        for number, title in enumerate(found.variants)
                        if (standing := found.standing(metric, first, second, number))
                    ]
                    lines.append(f"  {METRICS[metric].title:26} {verdict.word:22} {'; '.join(standings)}")
    return "\n".join(lines)
