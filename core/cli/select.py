"""`gamut select` and `gamut selectors`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..added import check_kind, check_names
from ..budget import rows_for
from ..manifest import file_record, manifest
from ..row_values import ROW_VALUES, check_offered, row_values
from ..selectors import SELECTORS, Selection, find_selector
from ..store import write_json
from ..study import Study
from ..writing import ids_object, kind_of, write_subset
from .inputs import add_data, add_vectors, example, names_in, on_stderr, open_study, parse_params
from .outputs import check_writable
from .roles import parse_quality


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "select",
        help="choose a subset and write it with the proof of how it was made",
        **example(
            "gamut select pool.jsonl --selector novelselect --budget 10% --out subset.jsonl",
            "gamut select a.csv --selector quality --quality score --budget 5% --out b.csv",
            "gamut select a.csv --selector k_center --budget 9% --add novelty --out b.csv",
            "gamut select --embeddings e.npy --selector k_center --budget 5% --out ids.json",
        ),
    )
    parser.add_argument("--selector", required=True, metavar="NAME", help="see `gamut selectors`")
    parser.add_argument(
        "--budget", required=True, metavar="500|10%", help="rows, or a share of the rows (half a row counts)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn at random (default: 0)")
    parser.add_argument("--param", action="append", default=[], metavar="KEY=VALUE", help="such as alpha=2; repeatable")
    parser.add_argument("--quality", metavar="COLUMN[:low]", help="a score column; :low when lower is better")
    parser.add_argument("--label", metavar="COLUMN", help="a column of labels")
    parser.add_argument("--keep-copies", action="store_true", help="do not put exact copies last")
    parser.add_argument("--order", choices=("chosen", "original"), default="chosen", help="order of the rows written")
    parser.add_argument(
        "--escape-formulas", action="store_true", help="CSV: put ' before cells a spreadsheet would run"
    )
    parser.add_argument(
        "--add", metavar="A,B", help=f"write these values of each row as columns: {', '.join(ROW_VALUES)}"
    )
    parser.add_argument("--measure", metavar="A,B", help="put these metrics of the subset into the manifest")
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FILE",
        help="ids.json holds ids, positions, gains and the manifest; .jsonl .csv .parquet .npy .txt (ids) hold rows, "
        "with the manifest beside them",
    )
    add_vectors(parser)
    add_data(parser)
    parser.set_defaults(run=run)

    listing = commands.add_parser("selectors", help="list the selectors, what they choose and their parameters")
    listing.set_defaults(run=list_selectors)


def run(options: argparse.Namespace) -> int:
    kind = output_kind(options.out)
    add = names_in(options.add)
    check_names(add)
    check_kind(kind, add)
    chosen = find_selector(options.selector)
    params = parse_params(options.param, chosen.params, options.selector)
    quality = parse_quality(options.quality) if options.quality else None
    for option, data in (("quality", "quality"), ("label", "labels")):
        if getattr(options, option) and data not in chosen.needs:
            print(f"gamut: {chosen.title} uses no {data}: --{option} changes nothing.", file=sys.stderr)
    study = open_study(options)
    check_offered(study, add, chosen=True)
    progress = on_stderr(options)
    selection = study.select(
        options.selector,
        rows_for(options.budget, len(study)),
        seed=options.seed,
        quality=quality,
        label=options.label,
        keep_copies=options.keep_copies,
        progress=progress,
        **params,
    )
    names = names_in(options.measure)
    scores = (
        study.subset(selection.positions, "the subset").measure(names, intervals=False, progress=progress)
        if names
        else []
    )
    row_values(study, add, selection=selection, progress=progress)  # kept in the store, where the rest finds them
    proof = manifest(study, selection, quality=quality, label=options.label, scores=scores, add=add)
    how = {"order": options.order, "escape_formulas": options.escape_formulas, "add": add}
    write(options.out, kind, study, selection, proof, **how)
    for note in selection.notes:
        print(f"gamut: {note}", file=sys.stderr)
    return 0


def write(
    path: Path,
    kind: str,
    study: Study,
    selection: Selection,
    proof: dict[str, Any],
    *,
    order: str = "chosen",
    escape_formulas: bool = False,
    add: Sequence[str] = (),
) -> None:
    """Write a selection as ids with the manifest inside, or as rows with the manifest beside them."""
    if kind == "json":
        write_json(path, ids_object(study, selection, proof, add=add))
        return
    options: dict[str, Any] = {"order": order} | ({"escape_formulas": escape_formulas} if kind == "csv" else {})
    options |= {"add": list(add)} if add else {}
    write_subset(path, kind, study, selection, **options)
    write_json(manifest_path(path), proof | {"files": [file_record(path, kind, **options)]})


def output_kind(path: Path) -> str:
    """What a file of that name holds; refused before any work where it cannot be written."""
    kind = kind_of(path)
    check_writable(path)
    if kind != "json":
        check_writable(manifest_path(path))
    return kind


def manifest_path(path: Path) -> Path:
    """Where the manifest of a file of rows lies."""
    return path.with_name(f"{path.name}.manifest.json")


def list_selectors(options: argparse.Namespace) -> int:  # noqa: ARG001 - every command takes the options
    for name, found in sorted(SELECTORS.items()):
        needs = sorted(found.needs & {"quality", "labels"})
        print(f"{name}: {found.title}. {found.says}{f' Needs {needs}.' if needs else ''}")
        for param in found.params.values():
            print(f"    {param.name}={param.default}: {param.help} {param.allowed.capitalize()}.")
    return 0
