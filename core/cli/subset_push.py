"""`gamut subset push`: the rows of a saved subset to the Hugging Face hub, with a card and the proof of them."""

import argparse
import tempfile
from pathlib import Path
from typing import Any

from ..added import check_kind, check_names
from ..progress import silent
from ..proof.rows_again import TABLES
from ..row_values import check_offered
from ..store import Store
from ..subsets import Subsets
from .inputs import add_data, add_vectors, example, names_in, on_stderr, open_study, read_data
from .push import add_hub, say_done


def add(kinds: Any) -> None:
    parser = kinds.add_parser(
        "push",
        help="a subset to the Hugging Face hub, with a card and its proof",
        **example(
            "gamut subset push pool.jsonl --subset maths --to org/maths --out folder",
            "gamut subset push pool.jsonl --subset maths --to org/maths --private",
        ),
    )
    parser.add_argument("--subset", required=True, metavar="NAME", help="the subset")
    parser.add_argument("--to", required=True, dest="name", metavar="ORG/NAME", help="the dataset on the hub")
    parser.add_argument("--as", dest="kind", choices=TABLES, default="jsonl", help="the format of the rows")
    parser.add_argument("--order", choices=("chosen", "original"), default="chosen", help="order of the rows written")
    parser.add_argument("--add", metavar="A,B", help="write these values of each row as columns; see `gamut measure`")
    parser.add_argument(
        "--escape-formulas", action="store_true", help="CSV: put ' before cells a spreadsheet would run"
    )
    add_hub(parser)
    add_vectors(parser)
    add_data(parser, required=True)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from ..pushing import push, subset_folder
    from ..pushing.folder import check_folder
    from ..pushing.push import check_name

    check_name(options.name)
    if options.out is not None:
        check_folder(options.out)
    add = names_in(options.add)
    check_names(add)
    check_kind(options.kind, add)
    study, store = None, Store(options.home)
    if add:
        study = open_study(options)
        check_offered(study, add, chosen=False)
    dataset = study.dataset if study is not None else read_data(options.data, options, store, silent)
    assert dataset is not None  # the data is required
    subset = Subsets(store).named(dataset.key, options.subset)
    how: dict[str, Any] = {"order": options.order, "escape_formulas": options.escape_formulas, "add": add}
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.out or Path(temporary) / "dataset"
        subset_folder(folder, options.name, options.kind, dataset, subset, study=study, **how)
        url = ""
        if options.out is None:
            to = {"private": options.private, "revision": options.revision, "update": options.update}
            url = push(folder, options.name, progress=on_stderr(options), **to)
    say_done(options, url)
    return 0
