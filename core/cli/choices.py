"""A choice in the words of a command: read from its options, and written as options that say the same."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from ..centroids import read_centroids
from ..choice import Choice, Id
from ..errors import UserError
from ..id_files import read_examples, read_ids
from ..listed_rows import Listed
from ..opening import open_dataset
from ..params import Param
from ..recipe import Recipe, Step, read_recipe, with_files, with_subsets
from ..selectors import Missing, find_selector
from ..store import Store
from ..subsets import Subsets
from .edits import EXCLUDED
from .inputs import parse_params, reading_options
from .roles import parse_quality, quality_word, roles_of
from .subset_words import SUBSET

_ALONE = (
    "selector",
    "budget",
    "param",
    "quality",
    "label",
    "tags",
    "examples",
    "centroids",
    "must",
    "must_not",
    "extend",
    "group",
    "tokenizer",
    "seed",
    "missing",
    "keep_copies",
    "least",
    "most",
)  # options that describe a choice; none of them has a default, so that it is seen which were given


def add_choice(parser: Any) -> None:
    """The arguments that say how rows are chosen."""
    parser.add_argument("--selector", metavar="NAME", help="see `gamut selectors`")
    parser.add_argument(
        "--budget", metavar="500|10%|200k tokens", help="rows, a share of the rows (half a row counts), or tokens"
    )
    parser.add_argument("--recipe", type=Path, metavar="FILE", help="steps in YAML or JSON, instead of a selector")
    parser.add_argument("--seed", type=int, help="of what is drawn at random (default: 0)")
    parser.add_argument("--param", action="append", default=[], metavar="KEY=VALUE", help="such as alpha=2; repeatable")
    columns = parser.add_argument_group("columns that a selector uses")
    columns.add_argument("--quality", metavar="COLUMN[:low]", help="a score column; :low when lower is better")
    columns.add_argument("--missing", choices=get_args(Missing), help="rows without a score (default: refuse)")
    columns.add_argument("--label", metavar="COLUMN", help="a column of labels")
    columns.add_argument("--tags", metavar="COLUMN", help="a column of tags: lists, or words with commas between them")
    columns.add_argument("--examples", type=Path, metavar="FILE", help='seed examples: JSON, {"maths": [ids], ...}')
    columns.add_argument(
        "--centroids",
        metavar="FILE",
        help="a centroid of each domain: .npy, .npz with names, or JSON (docs/recipes.md)",
    )
    limits = parser.add_argument_group("limits")
    limits.add_argument("--keep-copies", action="store_true", help="do not put exact copies last")
    ids = "FILE|subset:NAME"  # a saved subset of the data
    limits.add_argument("--must", metavar=ids, help="ids of rows that are chosen first in any case")
    limits.add_argument(
        "--must-not",
        metavar=f"{ids}|{EXCLUDED}",
        help=f"ids of rows that are not chosen; {EXCLUDED}: those of clusters that are excluded (`gamut clusters`)",
    )
    limits.add_argument(
        "--among",
        action="append",
        metavar="subset:NAME",
        help="choose from the rows of this saved subset alone; repeatable: from those that all have",
    )
    limits.add_argument("--extend", metavar=ids, help="ids of rows that you have already: they count as chosen")
    limits.add_argument("--group", metavar="COLUMN", help="the column whose values --least and --most are about")
    for name in ("least", "most"):
        limits.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar="[GROUP=]N",
            help=f"rows of a group at {name}, or of every group that is not named; repeatable",
        )
    limits.add_argument(
        "--tokenizer", metavar="FOLDER|NAME", help="whose tokens a budget in tokens counts (default: the encoder's)"
    )


def recipe_of(options: argparse.Namespace) -> Recipe:
    """The recipe that the options name or describe.

    Raises:
        UserError: neither a recipe nor a selector with a budget, or both.
    """
    if options.recipe:
        also = [name for name in _ALONE if _is_given(getattr(options, name))]
        also = [name for name in also if name != "must_not" or options.must_not != EXCLUDED]  # no recipe says that
        if also:
            raise UserError(f"--recipe says all that --{also[0].replace('_', '-')} would. Leave that out.")
        return recipe_in(options)
    if not options.selector or not options.budget:
        raise UserError("Say how to choose: --selector NAME and --budget 10%, or --recipe FILE.")
    params: dict[str, Param] = dict(find_selector(options.selector).params)
    least, most = _shares(options.least, "least"), _shares(options.most, "most")
    choice = Choice(
        options.selector,
        options.budget,
        seed=options.seed or 0,
        params=parse_params(options.param, params, options.selector),
        quality=parse_quality(options.quality) if options.quality else None,
        missing=options.missing or "refuse",
        label=options.label,
        tags=options.tags,
        examples=read_examples(options.examples) if options.examples else {},
        centroids=read_centroids(options.centroids) if options.centroids else None,
        keep_copies=options.keep_copies,
        must=_ids(options.must, options) if options.must else (),
        never=_ids(options.must_not, options) if options.must_not and options.must_not != EXCLUDED else (),
        owned=_ids(options.extend, options) if options.extend else (),
        group=options.group,
        least={name: count for name, count in least.items() if name},
        most={name: count for name, count in most.items() if name},
        least_each=least.get("", 0),
        most_each=most.get(""),
        tokenizer=options.tokenizer,
    )
    return _among(Recipe((choice,)), options)


def recipe_in(options: argparse.Namespace) -> Recipe:
    """The recipe in the file that --recipe names, with the ids of the subsets that it names.

    Raises:
        UserError: it cannot be read, or a subset is not there.
    """
    return _among(with_files(read_recipe(options.recipe), options.recipe.parent), options)


def _among(recipe: Recipe, options: argparse.Namespace) -> Recipe:
    """The recipe with the ids of the subsets that it names, after a step for each subset that --among names."""
    first: list[Step] = [
        Listed(word.removeprefix(SUBSET), _ids(SUBSET + word.removeprefix(SUBSET), options))
        for word in getattr(options, "among", None) or ()
    ]
    return with_subsets(Recipe((*first, *recipe.steps)), lambda name: _ids(SUBSET + name, options))


def _ids(word: str, options: argparse.Namespace) -> tuple[Id, ...]:
    """The ids in a file, or of the rows of a saved subset of the data.

    Raises:
        UserError: no such file or subset, or no data whose subset it could be.
    """
    if not word.startswith(SUBSET):
        return read_ids(Path(word))
    if not options.data:
        raise UserError(f"{word} is a saved subset of a dataset: name the data file, vectors alone have none.")
    store = Store(options.home)
    dataset = open_dataset(options.data, store, options=reading_options(options))
    rows = Subsets(store).named(dataset.key, word.removeprefix(SUBSET)).rows
    ids = dataset.with_roles(roles_of(options, dataset.roles)).ids(rows)
    return tuple(each if isinstance(each, int) and not isinstance(each, bool) else str(each) for each in ids)


def choice_words(recipe: Recipe) -> list[str] | None:
    """The options that say the same as a recipe; None where only its file can: steps, rows by their ids, centroids."""
    choice = recipe.choice
    if len(recipe.steps) > 1 or choice.must or choice.never or choice.owned or choice.examples or choice.centroids:
        return None
    words = ["--selector", choice.selector, "--budget", choice.budget, "--seed", str(choice.seed)]
    for name, value in choice.params.items():
        words += ["--param", f"{name}={value}"]
    words += ["--quality", quality_word(*choice.quality)] if choice.quality else []
    words += ["--missing", choice.missing] if choice.missing != "refuse" else []
    for name in ("label", "tags", "group", "tokenizer"):
        if value := getattr(choice, name):
            words += [f"--{name}", value]
    for name, each, named in (
        ("least", choice.least_each or None, choice.least),
        ("most", choice.most_each, choice.most),
    ):
        words += [] if each is None else [f"--{name}", str(each)]
        for group, count in named.items():
            words += [f"--{name}", f"{group}={count}"]
    return words + (["--keep-copies"] if choice.keep_copies else [])


def unused(recipe: Recipe) -> Iterable[str]:
    """What the choice names and its selector does not use, in sentences."""
    choice = recipe.choice
    chosen = find_selector(choice.selector)
    for option, data in (
        ("quality", "quality"),
        ("label", "labels"),
        ("tags", "tags"),
        ("examples", "centroids"),
        ("centroids", "centroids"),
    ):
        if getattr(choice, option) and data not in chosen.needs | chosen.uses:
            yield f"{chosen.title} uses no {data}: --{option} changes nothing."
    if (choice.must or choice.owned) and not chosen.goes_on:
        yield f"{chosen.title} does not look at rows chosen before: it chooses as if they were not there."


def _is_given(value: Any) -> bool:
    """Whether an option was given: 0 is a seed like others."""
    return value is not None and value is not False and value != []


def _shares(words: list[str], name: str) -> dict[str, int]:
    """Rows by group; of every group under ""."""
    found: dict[str, int] = {}
    for word in words:
        group, _, count = word.rpartition("=")
        if not count.isdecimal():
            raise UserError(f"--{name} {word}: expected a number of rows, or GROUP=N such as maths=50.")
        if group in found:
            raise UserError(f"--{name} {word}: {'that group' if group else 'every group'} is given twice.")
        found[group] = int(count)
    return found
