"""`gamut select` and `gamut selectors`."""

import argparse
import sys
from pathlib import Path
from typing import Any

from ..added import check_kind, check_names
from ..contamination import check
from ..errors import UserError
from ..foreseeing import foresee
from ..manifest import manifest
from ..progress import part
from ..recipe import dump_recipe
from ..row_values import ROW_VALUES, check_offered, row_values
from ..selectors import SELECTORS
from ..store import Store
from .against import add_against, check_against, evaluations_of, how_of, without_met
from .bundles import write_bundle
from .choices import add_choice, recipe_of, unused
from .edits import EXCLUDED, add_edits, edited, without_excluded
from .engine import add_engine, on_engine
from .inputs import add_data, add_vectors, example, names_in, on_stderr, open_study
from .writing_out import output_kind, sharding_of, write, write_sharded


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "select",
        help="choose a subset and write it with the proof of how it was made",
        **example(
            "gamut select pool.jsonl --selector novelselect --budget 10% --out subset.jsonl",
            "gamut select a.csv --selector quality --quality score --budget 5% --out b.csv",
            "gamut select a.csv --selector k_center --budget 9% --add novelty --out b.csv",
            "gamut select a.csv --selector dpp --budget '9k tokens' --out b.csv",
            "gamut select a.csv --recipe recipe.yaml --out b.csv",
            "gamut select a.csv --selector dpp --budget 9% --out b.csv --bundle p.zip",
            "gamut select a.csv --recipe r.yaml --against t.csv --leave-out any --out b.csv",
            "gamut select a.csv --recipe r.yaml --must-not clusters:excluded --out b.csv",
            "gamut select --embeddings e.npy --selector k_center --budget 5% --out ids.json",
        ),
    )
    add_choice(parser)
    parser.add_argument("--order", choices=("chosen", "original"), default="chosen", help="order of the rows written")
    parser.add_argument(
        "--escape-formulas", action="store_true", help="CSV: put ' before cells a spreadsheet would run"
    )
    parser.add_argument(
        "--add", metavar="A,B", help=f"write these values of each row as columns: {', '.join(ROW_VALUES)}"
    )
    parser.add_argument("--save-recipe", type=Path, metavar="FILE", help="write the choice as a recipe, .yaml or .json")
    parser.add_argument("--measure", metavar="A,B", help="put these metrics of the subset into the manifest")
    parser.add_argument(
        "--out",
        required=True,
        type=Path,
        metavar="FILE",
        help="ids.json holds ids, positions, gains and the manifest; .jsonl .csv .parquet .npy .txt (ids) hold rows, "
        "with the manifest beside them",
    )
    parser.add_argument(
        "--bundle",
        type=Path,
        metavar="FILE.zip",
        help="write the whole proof too: rows, metrics, report (docs/proof.md)",
    )
    parser.add_argument(
        "--shards",
        metavar="N rows|SIZE",
        help="write several files: of so many rows, or of '200 MB' of JSON lines",
    )
    parser.add_argument("--pack", choices=("gz", "zst"), help="pack the shards")
    parser.add_argument("--map", choices=("pca", "umap"), default="pca", help="the map of the report (default: pca)")
    add_against(parser)
    parser.add_argument(
        "--leave-out",
        metavar="KINDS",
        help="do not choose rows that meet an evaluation row: exact, ngram, near (commas between them) or any",
    )
    add_edits(parser)
    add_vectors(parser)
    add_data(parser)
    add_engine(parser)
    parser.set_defaults(run=on_engine(run))

    listing = commands.add_parser("selectors", help="list the selectors, what they choose and their parameters")
    listing.set_defaults(run=list_selectors)


def run(options: argparse.Namespace) -> int:
    kind = output_kind(options, "save_recipe", "bundle")
    add = names_in(options.add)
    check_names(add)
    check_kind(kind, add)
    recipe = recipe_of(options)
    for sentence in unused(recipe):
        print(f"gamut: {sentence}", file=sys.stderr)
    check_against(options)
    shards = sharding_of(options, kind)
    progress = on_stderr(options)
    study = edited(open_study(options), options)
    check_offered(study, add, chosen=True)
    if options.must_not == EXCLUDED:
        study, recipe = without_excluded(study, recipe, progress)
    evaluations = evaluations_of(options, Store(options.home))
    if options.leave_out is not None:
        recipe = without_met(study, recipe, evaluations, options, progress)
    one = len(recipe.steps) == 1
    counting = part(progress, 0, 0.1)
    if wrong := (
        study.cannot_be_met(recipe.choice, progress=counting)
        if one
        else foresee(study, recipe, count=True, progress=counting).problems
    ):
        raise UserError(" ".join(wrong))
    followed = study.follow(recipe, progress=progress)
    selection = followed.selection
    names = names_in(options.measure)
    scores = (
        study.subset(selection.positions, "the subset").measure(names, intervals=False, progress=progress)
        if names
        else []
    )
    row_values(study, add, selection=selection, progress=progress)  # kept in the store, where the rest finds them
    proof = manifest(study, selection, recipe, scores=scores, add=add)
    how = {"order": options.order, "escape_formulas": options.escape_formulas, "add": add}
    if shards:
        write_sharded(options.out, kind, study, selection, proof, shards, **how)
    else:
        write(options.out, kind, study, selection, proof, **how)
    if options.bundle:
        write_bundle(study, selection, recipe, kind, how, evaluations, options, progress)
    elif evaluations:
        met = check(study, evaluations, how_of(options), progress=progress).of(selection.positions)
        print(*(f"gamut: {sentence}" for sentence in met.sentences("chosen rows")), sep="\n", file=sys.stderr)
    if options.save_recipe:
        as_yaml = options.save_recipe.suffix.lower() != ".json"
        options.save_recipe.write_text(dump_recipe(recipe, as_yaml=as_yaml), encoding="utf-8")
    if len(recipe.steps) > 1:
        steps = ", ".join(f"{left:,} after step {number}" for number, left in enumerate(followed.left, 1))
        print(f"gamut: of {len(study):,} rows {steps}.", file=sys.stderr)
    for note in selection.notes:
        print(f"gamut: {note}", file=sys.stderr)
    return 0


def list_selectors(options: argparse.Namespace) -> int:  # noqa: ARG001 - every command takes the options
    for name, found in sorted(SELECTORS.items()):
        needs = sorted(found.needs & {"quality", "labels", "tags"})
        print(f"{name}: {found.title}. {found.says}{f' Needs {needs}.' if needs else ''}")
        for param in found.params.values():
            print(f"    {param.name}={param.default}: {param.help} {param.allowed.capitalize()}.")
    return 0
