"""`gamut subset`: saved subsets of a dataset, the same that the pages show."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..added import check_kind, check_names
from ..dataset import Dataset
from ..errors import UserError
from ..id_lists import check_source, listed_ids, rows_named
from ..progress import silent
from ..row_values import check_offered
from ..store import Store, write_json
from ..subset import Subset
from ..subset_files import about, chosen_by_hand, saved_proof, write_saved
from ..subset_making import Operation, described, made_by_ids
from ..subset_names import COLOURS
from ..subsets import Subsets
from . import subset_push
from .inputs import add_data, add_reading, add_vectors, data_path, example, names_in, open_study, read_data
from .roles import add_roles
from .writing_out import manifest_path, output_kind, sharding_of, write_sharded

_OPERATIONS: dict[str, tuple[Operation, str]] = {
    "union": ("union", "save the rows of any of several subsets as a new one"),
    "intersect": ("intersection", "save the rows that several subsets have in common as a new one"),
    "minus": ("difference", "save the rows of the first subset without those of the others as a new one"),
}


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "subset",
        help="save, combine and export subsets of a dataset, the same that the app shows",
        **example(
            "gamut subset make pool.jsonl --name maths --ids ids.txt",
            "gamut subset list pool.jsonl",
            "gamut subset union pool.jsonl --of maths --of code --name both",
            "gamut subset minus pool.jsonl --of both --of seen --name new",
            "gamut subset change pool.jsonl --subset new --name fresh --colour green",
            "gamut subset export pool.jsonl --subset fresh --out fresh.jsonl",
            "gamut subset push pool.jsonl --subset fresh --to org/fresh --private",
            "gamut subset undo pool.jsonl",
        ),
    )
    kinds = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    listing = _command(kinds, "list", "list the saved subsets, and what an undo would take back", run_list)
    listing.add_argument("--json", action="store_true", help="one JSON object on stdout")

    make = _command(kinds, "make", "save the rows that a file of ids names", run_make)
    make.add_argument(
        "--ids",
        required=True,
        type=Path,
        metavar="FILE",
        help="an id a line, CSV, JSON lines, a JSON list, or an ids file of Gamut; row numbers from 0 where there are "
        "no ids",
    )
    make.add_argument("--column", help="the column of the file that holds the ids (default: the data's own, id or ids)")
    make.add_argument("--skip-unknown", action="store_true", help="save the rows that are found, though not all are")
    _naming(make)

    for name, (how, words) in _OPERATIONS.items():
        combine = _command(kinds, name, words, run_combine)
        combine.add_argument("--of", action="append", required=True, metavar="NAME", help="a saved subset; repeatable")
        _naming(combine)
        combine.set_defaults(how=how)

    change = _command(kinds, "change", "rename a subset, or give it another note or colour", run_change, ["rename"])
    change.add_argument("--subset", required=True, metavar="NAME", help="the subset as it is called now")
    change.add_argument("--name", help="what it is to be called")
    _describing(change)

    delete = _command(kinds, "delete", "delete a subset; undo brings it back", run_delete)
    delete.add_argument("--subset", required=True, metavar="NAME", help="the subset")
    _command(kinds, "undo", "take the last change of the subsets back", run_undo).set_defaults(back=True)
    _command(kinds, "redo", "make the change again that was undone last", run_undo).set_defaults(back=False)
    _add_export(kinds)
    subset_push.add(kinds)


def _add_export(kinds: Any) -> None:
    export = kinds.add_parser("export", help="write a subset as a file, with the proof of how it was made")
    export.add_argument("--subset", required=True, metavar="NAME", help="the subset")
    export.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FILE",
        help=".jsonl .csv .parquet .npy (vectors) .txt (ids) with the manifest beside it, or .json (ids and manifest)",
    )
    export.add_argument("--order", choices=("chosen", "original"), default="chosen", help="order of the rows written")
    export.add_argument("--add", metavar="A,B", help="write these values of each row as columns; see `gamut measure`")
    export.add_argument(
        "--escape-formulas", action="store_true", help="CSV: put ' before cells a spreadsheet would run"
    )
    export.add_argument("--shards", metavar="'N rows'|'200 MB'", help="several files of at most so much, one manifest")
    export.add_argument("--pack", choices=("gz", "zst"), help="pack the shards")
    add_vectors(export)
    add_data(export, required=True)
    export.set_defaults(run=run_export)


def run_list(options: argparse.Namespace) -> int:
    dataset, subsets = _open(options)
    every = subsets.all(dataset.key)
    done, undone = subsets.last(dataset.key)
    if options.json:
        found = [about(dataset, each) | {"positions": each.rows.tolist()} for each in every]
        print(json.dumps({"dataset": dataset.key, "subsets": found}, ensure_ascii=False))
        return 0
    print(f"{dataset.name}: {len(every):,} saved {'subset' if len(every) == 1 else 'subsets'}")
    for each in every:
        made = datetime.fromtimestamp(each.created, UTC).strftime("%Y-%m-%d %H:%M UTC")
        print(f"  {each.name}: {len(each):,} rows, {each.colour}, {made}. {described(each.made)}.")
        for line in each.note.splitlines():
            print(f"      {line}")
    for change, word in ((done, "undo"), (undone, "redo")):
        if change:
            print(f"gamut subset {word}: {change.what}", file=sys.stderr)
    return 0


def run_make(options: argparse.Namespace) -> int:
    dataset, subsets = _open(options)
    try:
        content = options.ids.read_bytes()
    except OSError as error:
        raise UserError(f"The ids {options.ids} cannot be read ({error.strerror}).") from error
    check_source(content, options.ids.name, dataset)
    named = rows_named(dataset, *listed_ids(content, options.ids.name, (options.column, dataset.roles.id)))
    if named.unknown and not options.skip_unknown:
        raise UserError(f"{' '.join(named.problems())} Mend the file, or save the others with --skip-unknown.")
    for sentence in named.problems():
        print(f"gamut: {sentence}", file=sys.stderr)
    made = made_by_ids(content, options.ids.name, len(named.unknown))
    how = {"note": options.note or "", "colour": options.colour}
    _saved(subsets.add(dataset, named.rows, options.name, made=made, **how))
    return 0


def run_combine(options: argparse.Namespace) -> int:
    dataset, subsets = _open(options)
    parts = [subsets.named(dataset.key, name).id for name in options.of]
    how = {"note": options.note or "", "colour": options.colour}
    _saved(subsets.combine(dataset.key, parts, options.how, options.name, **how))
    return 0


def run_change(options: argparse.Namespace) -> int:
    dataset, subsets = _open(options)
    if options.name is None and options.note is None and options.colour is None:
        raise UserError("Say what is to change: --name, --note or --colour.")
    found = subsets.named(dataset.key, options.subset)
    changed = subsets.change(dataset.key, found.id, name=options.name, note=options.note, colour=options.colour)
    print(f"{found.name} is now {changed.name}, {changed.colour}.")
    return 0


def run_delete(options: argparse.Namespace) -> int:
    dataset, subsets = _open(options)
    found = subsets.named(dataset.key, options.subset)
    subsets.remove(dataset.key, found.id)
    print(f"Deleted {found.name}. `gamut subset undo` brings it back.")
    return 0


def run_undo(options: argparse.Namespace) -> int:
    dataset, subsets = _open(options)
    what = subsets.undo(dataset.key) if options.back else subsets.redo(dataset.key)
    print(f"{'Undone' if options.back else 'Done again'}: {what}.")
    return 0


def run_export(options: argparse.Namespace) -> int:
    kind, add = output_kind(options), names_in(options.add)
    shards = sharding_of(options, kind)
    check_names(add)
    check_kind(kind, add)
    study = None
    if kind == "npy" or add or shards:
        study = open_study(options)
        check_offered(study, add, chosen=False)
        dataset = study.dataset
        assert dataset is not None  # the data is required
    else:
        dataset, _ = _open(options)
    subset = Subsets(Store(options.home)).named(dataset.key, options.subset)
    how = {"order": options.order, "escape_formulas": options.escape_formulas, "add": add}
    if shards and study is not None:
        rows, proof = chosen_by_hand(study, subset), saved_proof(study, subset, add)
        write_sharded(options.out, kind, study, rows, proof, shards, **how)
        return 0
    proof = write_saved(options.out, kind, dataset, subset, study=study, **how)
    if kind != "json":
        write_json(manifest_path(options.out), proof)
    print(f"gamut: wrote {len(subset):,} rows of {subset.name} to {options.out}", file=sys.stderr)
    return 0


def _command(kinds: Any, name: str, words: str, run: Any, others: Any = ()) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = kinds.add_parser(name, help=words, aliases=others)
    parser.add_argument("data", nargs="+", metavar="DATA", type=data_path, help="the file or files of the dataset")
    add_reading(parser)
    add_roles(parser.add_argument_group("which column holds the ids, where it is not found"))
    parser.add_argument("--home", type=Path, help="folder for results (default: GAMUT_HOME or the platform's)")
    parser.set_defaults(run=run)
    return parser


def _naming(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, help="what the new subset is to be called")
    _describing(parser)


def _describing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--note", help="a note")
    parser.add_argument("--colour", choices=COLOURS, metavar="COLOUR", help=f"one of {', '.join(COLOURS)}")


def _open(options: argparse.Namespace) -> tuple[Dataset, Subsets]:
    store = Store(options.home)
    return read_data(options.data, options, store, silent), Subsets(store)


def _saved(subset: Subset) -> None:
    print(f"Saved {subset.name}: {len(subset):,} {'row' if len(subset) == 1 else 'rows'}, {subset.colour}.")
