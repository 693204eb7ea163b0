"""`gamut score`: how hard a causal language model finds the answers of a dataset."""

import argparse
import sys
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..progress import part
from ..store import Store
from ..writing import kind_of
from .inputs import add_reading, data_path, example, names_in, on_stderr, read_data
from .outputs import check_outputs
from .roles import add_roles

_NAMES = ("log_perplexity", "ifd", "generation_gap")  # those of core.lm, which is not imported before it is needed


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "score",
        help="score answers by a causal language model: log-perplexity, IFD, generation gap",
        **example(
            "gamut score pool.jsonl --model proxy --out scored.jsonl",
            "gamut score pool.jsonl --model models/my-llm --scores ifd --out scored.parquet",
            "gamut select scored.jsonl --selector kmq --quality gamut_ifd --budget 10% --out subset.jsonl",
        ),
    )
    parser.add_argument(
        "data", nargs="+", metavar="DATA", type=data_path, help="one or several files, as for `gamut embed`"
    )
    parser.add_argument(
        "--model",
        default="proxy",
        metavar="NAME",
        help="a folder or hub name of a causal language model, or proxy (default): a small one trained on these rows, "
        "for what is hard beside what and no judge of final performance",
    )
    parser.add_argument(
        "--scores", default="log_perplexity,ifd", metavar="A,B", help=f"of {', '.join(_NAMES)} (default: the first two)"
    )
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FILE",
        help="all rows with the scores as columns gamut_NAME: .jsonl .csv .parquet",
    )
    parser.add_argument("--device", help="cpu, cuda or mps (default: the fastest there is)")
    parser.add_argument(
        "--most-tokens", type=int, default=128, help="of an answer that the model gives itself (default: 128)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the proxy (default: 0)")
    parser.add_argument("--home", type=Path, help="folder for results (default: GAMUT_HOME or the platform's)")
    parser.add_argument("--quiet", action="store_true", help="no progress (notices are still printed)")
    add_reading(parser)
    add_roles(parser.add_argument_group("which columns are read"))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from ..scored_rows import KINDS, Scoring, score_rows

    if options.most_tokens < 1:
        raise UserError(f"--most-tokens {options.most_tokens}: give a whole number from 1.")
    how = Scoring(options.model, tuple(names_in(options.scores)), options.most_tokens, options.seed, options.device)
    kind = kind_of(options.out)
    if kind not in KINDS:
        raise UserError(f"{options.out.name} holds no table of rows. Write .jsonl, .csv or .parquet.")
    check_outputs(options, "out")
    store, progress = Store(options.home), on_stderr(options)
    dataset = read_data(options.data, options, store, part(progress, 0, 0.05))
    scored = score_rows(dataset, store, how, progress=part(progress, 0.05, 1))
    scored.write(options.out, kind)
    for note in scored.notes():
        print(f"gamut: {note}", file=sys.stderr)
    complete = int(scored.found.complete.sum())
    print(f"{dataset.name}: {complete:,} of {len(dataset):,} rows scored by {scored.model} on {scored.device}.")
    return 0
