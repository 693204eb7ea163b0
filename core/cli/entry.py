"""`gamut entry`: what a training framework asks for to read a file of rows."""

import argparse
import sys
from pathlib import Path
from typing import Any

from ..drafts import draft_of
from ..progress import silent
from ..store import Store
from .inputs import add_reading, example, read_data
from .outputs import check_outputs
from .roles import add_roles


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "entry",
        help="what LLaMA-Factory, Axolotl or TRL asks for to train on a file",
        **example(
            "gamut entry subset.jsonl --framework llama-factory --out dataset_info.json",
            "gamut entry subset.jsonl --framework axolotl",
            "gamut entry subset.parquet --framework trl --out train_trl.py",
        ),
    )
    parser.add_argument("data", nargs=1, type=Path, metavar="FILE", help="the rows: .jsonl, .csv or .parquet")
    parser.add_argument("--framework", required=True, metavar="NAME", help="llama-factory, axolotl or trl")
    parser.add_argument("--out", type=Path, metavar="FILE", help="save it (default: print it)")
    parser.add_argument("--home", type=Path, help="folder for results (default: GAMUT_HOME or the platform's)")
    add_reading(parser)
    add_roles(parser.add_argument_group("which columns are read"))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from ..frameworks import entry

    check_outputs(options, "out")
    dataset = read_data(options.data, options, Store(options.home), silent)
    found = entry(options.framework, dataset, options.data[0].name)
    if options.out:
        with draft_of(options.out) as draft:
            draft.write_text(found.code, encoding="utf-8", errors="backslashreplace")
    else:
        print(found.code.rstrip("\n"))
    for note in found.notes:
        print(f"gamut: {note}", file=sys.stderr)
    return 0
