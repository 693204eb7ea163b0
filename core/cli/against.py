"""What commands share that hold rows against evaluation files."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..dataset import Dataset
from ..errors import UserError
from ..store import Store


def add_against(parser: Any, *, required: bool = False) -> None:
    """The arguments that name evaluation files, and what counts as meeting one of their rows."""
    group = parser.add_argument_group("evaluation files that rows are held against")
    group.add_argument(
        "--against",
        action="append",
        default=[],
        type=Path,
        metavar="EVAL",
        required=required,
        help="an evaluation file in any format that is read; once more for each further one",
    )
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


def how_of(options: argparse.Namespace) -> Any:
    """The `How` that the options describe."""
    from ..contamination import How

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
    from ..contamination import KINDS

    names = [name.strip() for name in (words or "any").split(",") if name.strip()]
    if names == ["any"]:
        return ()
    if wrong := [name for name in names if name not in KINDS]:
        raise UserError(f"There is no way of meeting {wrong[0]!r}. Name {', '.join(KINDS)} or any.")
    return names
