"""`gamut contamination`: which rows meet rows of evaluation files."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..id_files import read_ids
from ..progress import part
from ..records import plain
from ..store import Store, write_json
from .against import add_against, evaluations_of, how_of, kinds_in
from .inputs import add_data, add_embeddings, example, on_stderr, open_study, read_data
from .outputs import check_outputs

_ENDINGS = (".csv", ".json", ".txt")


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "contamination",
        help="hold rows against evaluation files: same text, shared n-grams, near embeddings",
        **example(
            "gamut contamination pool.jsonl --against test.jsonl",
            "gamut contamination pool.jsonl --against gsm8k.jsonl --no-near --out met.csv",
            "gamut contamination pool.jsonl --against test.jsonl --only ids.json --ngram 8",
            "gamut contamination pool.jsonl --against test.jsonl --out met.txt",
            "gamut select a.csv --selector dpp --budget 9% --must-not met.txt --out b.csv",
        ),
    )
    parser.add_argument("--only", type=Path, metavar="IDS", help="ids of the rows to look at (default: all)")
    parser.add_argument(
        "--kinds", metavar="A,B", help="for .txt: exact, ngram, near; ids of rows met in one of these ways (all)"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help=".csv: the list, .json: all of it, .txt: ids for --must-not"
    )
    add_against(parser, required=True)
    add_embeddings(parser)
    add_data(parser, required=True)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from ..contamination import KINDS, check, check_texts, csv_of, described, listed

    how, kinds = how_of(options), kinds_in(options.kinds)
    check_outputs(options, "out")
    if options.out and options.out.suffix.lower() not in _ENDINGS:
        raise UserError(f"{options.out.name}: name a file that ends in {', '.join(_ENDINGS)}.")
    store, progress = Store(options.home), on_stderr(options)
    if options.no_near:
        dataset = read_data(options.data, options, store, part(progress, 0, 0.2))
        found = check_texts(dataset, evaluations_of(options, store), how, progress=part(progress, 0.2, 1))
        ids, positions = dataset.ids(), np.arange(len(dataset))
    else:
        study = open_study(options)
        found = check(study, evaluations_of(options, store), how, progress=progress)
        ids, positions = study.ids, study.positions
    if options.only:
        rows = _rows(ids, [str(each) for each in read_ids(options.only)])
        found, ids, positions = found.of(rows), [ids[row] for row in rows], positions[rows]
    print(*found.sentences(), sep="\n")
    entries = listed(found, ids, positions.tolist())
    match options.out and options.out.suffix.lower():
        case None:
            for each in entries[:20]:
                print(
                    f"  row {each['row']:,} (id {each['id']}): {KINDS[each['kind']]} ({each['measure']}), "
                    f"{each['evaluation']} row {each['evaluation_row']:,}"
                )
            if len(entries) > 20:
                print(f"  and {len(entries) - 20:,} more: write all of them with --out met.csv")
        case ".json":
            write_json(options.out, described(found, ids, positions.tolist()))
        case ".csv":
            options.out.write_text(csv_of(entries), encoding="utf-8", errors="backslashreplace")
        case _:
            wanted = {each["row"] for each in entries if not kinds or each["kind"] in kinds}
            met = [plain(ids[place]) for place, row in enumerate(positions.tolist()) if row + 1 in wanted]
            options.out.write_text("".join(f"{each}\n" for each in met), encoding="utf-8", errors="backslashreplace")
    return 0


def _rows(ids: list[Any], wanted: list[str]) -> np.ndarray:
    """The rows that have those ids, in the order of the ids."""
    places = {str(each): row for row, each in enumerate(ids)}
    if unknown := [each for each in wanted if each not in places]:
        raise UserError(f"{len(unknown):,} ids of --only are not in the data; the first is {unknown[0][:80]!r}.")
    return np.array([places[each] for each in wanted], dtype=np.int64)
