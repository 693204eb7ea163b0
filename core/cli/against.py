"""What commands share that hold rows against evaluation files."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from ..contamination import KINDS, How, check, left_out, never
from ..dataset import Dataset
from ..errors import UserError
from ..progress import Progress, silent
from ..recipe import Recipe
from ..store import Store
from ..study import Study
from .inputs import data_path


def add_against(parser: Any, *, required: bool = False) -> None:
    """The arguments that name evaluation files, and what counts as meeting one of their rows."""
    group = parser.add_argument_group("evaluation files that rows are held against")
    add_files(group, "an evaluation file in any format that is read; once more for each further one", required=required)
    group.add_argument("--ngram", type=int, default=13, metavar="N", help="words of an n-gram (default: 13)")
    group.add_argument(
        "--ngram-share",
        type=float,
        default=0.0,
        metavar="S",
        help="least share, 0 to 1, of the n-grams of either row that the other has (default: 0, one is enough)",
    )
    group.add_argument(
        "--similarity", type=float, default=0.95, metavar="C", help="least cosine of the embeddings (default: 0.95)"
    )
    group.add_argument("--no-near", action="store_true", help="compare words alone, which needs no embeddings")


def add_files(parser: Any, words: str, *, required: bool = False) -> None:
    """The argument that names evaluation files."""
    parser.add_argument(
        "--against", action="append", default=[], type=data_path, metavar="EVAL", required=required, help=words
    )


def how_of(options: argparse.Namespace) -> How:
    """What counts as meeting an evaluation row, as the options say."""
    return How(options.ngram, options.ngram_share, None if options.no_near else options.similarity)


def evaluations_of(options: argparse.Namespace, store: Store) -> list[Dataset]:
    """The evaluation files as datasets, each with the roles that are guessed for it."""
    from ..opening import open_dataset

    return [open_dataset([path], store) for path in options.against]


def kinds_in(words: str | None) -> Sequence[str]:
    """Ways of meeting in `exact,ngram`; all of them for `any`.

    Raises:
        UserError: one that there is not.
    """
    names = [name.strip() for name in (words or "any").split(",") if name.strip()]
    if names == ["any"]:
        return ()
    if wrong := [name for name in names if name not in KINDS]:
        raise UserError(f"There is no way of meeting {wrong[0]!r}. Name {', '.join(KINDS)} or any.")
    return names


def check_against(options: argparse.Namespace) -> None:
    """Refuse, before any work, what cannot be asked of evaluation files."""
    how_of(options)
    if options.leave_out is not None:
        kinds_in(options.leave_out)
        if not options.against:
            raise UserError("--leave-out needs evaluation files: name them with --against.")


def without_met(
    study: Study,
    recipe: Recipe,
    evaluations: Sequence[Dataset],
    options: argparse.Namespace,
    progress: Progress = silent,
) -> Recipe:
    """The recipe with the rows that meet an evaluation row as rows that are not chosen; says on stderr how many."""
    found = check(study, evaluations, how_of(options), progress=progress)
    ids = left_out(study, found, kinds_in(options.leave_out))
    print(f"gamut: {len(ids):,} of {len(study):,} rows meet an evaluation row and are not chosen.", file=sys.stderr)
    return never(recipe, ids)
