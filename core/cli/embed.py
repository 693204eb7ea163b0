"""`gamut embed`, `gamut store`."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from ..drafts import draft_of
from ..errors import UserError
from ..memory import in_words
from ..store import KINDS, Store
from .engine import add_engine, on_engine
from .inputs import add_data, example, open_study
from .outputs import check_outputs


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "embed",
        help="embed a dataset; an embedding that was cut short is resumed",
        **example("gamut embed pool.jsonl", "gamut embed pool.csv --template column:question --out vectors.npy"),
    )
    add_data(parser, required=True)
    parser.add_argument("--out", type=Path, metavar="FILE.npy", help="also write the vectors, a row an item")
    add_engine(parser)
    parser.set_defaults(run=on_engine(run))

    parser = commands.add_parser("store", help="show what the results take on disk, or remove them")
    parser.add_argument("--home", type=Path, help="folder for results (default: GAMUT_HOME or the platform's)")
    parser.add_argument(
        "--clean", nargs="*", choices=KINDS, metavar="KIND", help=f"remove these kinds: {', '.join(KINDS)}"
    )
    parser.set_defaults(run=run_store)


def run(options: argparse.Namespace) -> int:
    if options.out:
        if options.out.suffix.lower() != ".npy":
            raise UserError(f"{options.out.name}: vectors are written as .npy.")
        check_outputs(options, "out")
    study = open_study(options)
    found = study.embeddings
    if options.out:
        with draft_of(options.out) as draft, draft.open("wb") as file:
            np.save(file, found.vectors, allow_pickle=False)
    truncated = f"; {found.truncated_share:.1%} of the texts were longer than it reads" if found.truncated_share else ""
    print(f"{study.name}: {found.n:,} rows, {found.dim} dimensions, {found.encoder}{truncated}. Key {found.key}.")
    return 0


def run_store(options: argparse.Namespace) -> int:
    store = Store(options.home)
    if options.clean is not None:
        freed = store.clean(tuple(options.clean) or ("results", "embeddings"))
        print(f"Freed {in_words(freed)}.")
    print(f"{store.home}")
    for usage in store.usage():
        print(f"  {usage.kind:<12} {usage.entries:>6,}  {in_words(usage.bytes)}")
    return 0
