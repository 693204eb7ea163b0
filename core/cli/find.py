"""`gamut find`: the rows that a search finds, as on the Map page."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..finding import Found, find, row_named
from ..progress import part
from ..records import dump
from ..row_values import ROW_VALUES
from ..searching import NEAREST, Query
from ..study import Study
from ..where import read_filter
from ..writing import kind_of, write_rows
from .choices import recipe_in
from .inputs import add_data, add_embeddings, example, on_stderr, open_study
from .outputs import check_outputs

_TEXT = 200  # characters of a text on stdout


def add(commands: Any) -> None:
    parser = commands.add_parser(
        "find",
        help="find rows by words, pattern, meaning, example and filters",
        **example(
            "gamut find pool.jsonl --words 'sort \"a list\"' --where 'score>=3' --out found.jsonl",
            "gamut find pool.jsonl --meaning 'put things in order' --nearest 20",
            "gamut find pool.jsonl --recipe recipe.yaml --value 'rank<=20' --value 'gain>=0.1'",
            "gamut find pool.jsonl --like row-17 --cosine 0.7 --value 'novelty>=0.6' --out ids.txt",
            "gamut find pool.jsonl --regex '(?i)\\bsort(ed|ing)?\\b' --where 'day>=2024-03-01'",
        ),
    )
    what = parser.add_argument_group("what is found: rows that meet all of it")
    what.add_argument(
        "--words", default="", metavar="W", help='all of these words occur in the text; "in quotes" a phrase'
    )
    what.add_argument(
        "--regex", default="", metavar="R", help="a regular expression of Python; (?i) sets letter case aside"
    )
    what.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="F",
        help="on a column: score>=3, topic=a,b; repeatable",
    )
    what.add_argument(
        "--value",
        action="append",
        default=[],
        metavar="F",
        help=f"on a value of each row: novelty>=0.6; repeatable; of {_names('')}; with --recipe of "
        f"{_names('selection')}",
    )
    what.add_argument(
        "--recipe",
        type=Path,
        metavar="FILE",
        help="of the rows that this recipe chooses are rank, gain and what else --value says of a choice",
    )
    ranked = parser.add_argument_group("how rows are ranked: by the cosine of their vectors")
    ranked.add_argument("--meaning", default="", metavar="T", help="with this text, embedded by the dataset's encoder")
    ranked.add_argument(
        "--like",
        action="append",
        default=[],
        metavar="ID",
        help="with this row, by its id, or # and its number; repeatable",
    )
    ranked.add_argument(
        "--nearest", type=int, metavar="N", help=f"so many at most (default: {NEAREST}, or all with --cosine)"
    )
    ranked.add_argument("--cosine", type=float, metavar="C", help="those of at least this cosine")
    parser.add_argument("--query", type=Path, metavar="FILE", help="a query as JSON, instead of the above")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the rows: .jsonl .csv .parquet (ranked ones with their cosine), or ids: .txt .json; without it a "
        "line of JSON for each on stdout",
    )
    add_embeddings(parser)
    add_data(parser)
    parser.set_defaults(run=run, reference=None)


def _names(needs: str) -> str:
    return ", ".join(value.name for value in ROW_VALUES.values() if (value.needs == "selection") == bool(needs))


def run(options: argparse.Namespace) -> int:
    kind = None if options.out is None else kind_of(options.out)
    if kind == "npy":
        raise UserError(
            f"{options.out.name}: rows that are found are written as .jsonl, .csv, .parquet, .txt or .json."
        )
    check_outputs(options, "out")
    study = open_study(options)
    query = _query(options, study)
    if not query:
        raise UserError("Say what to find: --words, --regex, --meaning, --like, --where or --value.")
    progress = on_stderr(options)
    made = study.follow(recipe_in(options), progress=part(progress, 0, 0.5)) if options.recipe else None
    found = find(study, query, selection=made.selection if made else None, progress=part(progress, 0.5, 1))
    print(f"gamut: {len(found):,} of {len(study):,} rows: {query.describe()}.", file=sys.stderr)
    if options.out is None:
        _print(study, found)
        return 0
    if study.dataset is None:
        raise UserError("Vectors alone have no rows to write. Leave --out away, and the rows' numbers are printed.")
    assert kind is not None
    extra = None if found.cosines is None or kind in ("ids", "json") else {"cosine": found.cosines.tolist()}
    write_rows(options.out, kind, study.dataset, study.positions[found.rows], extra=extra)
    return 0


def _query(options: argparse.Namespace, study: Study) -> Query:
    if options.query is not None:
        if any((options.words, options.regex, options.meaning, options.like, options.where, options.value)):
            raise UserError("--query says all that is to be found. Leave the other options out.")
        try:
            return Query.from_json(json.loads(options.query.read_text(encoding="utf-8")))
        except OSError as error:
            raise UserError(f"The query {options.query} cannot be read ({error.strerror}).") from error
        except ValueError as error:
            raise UserError(f"{options.query.name} is not JSON ({error}).") from error
    columns = frozenset(info.path for info in (study.dataset.columns if study.dataset else ()))
    return Query(
        words=options.words,
        regex=options.regex,
        meaning=options.meaning,
        like=tuple(row_named(study, each) for each in options.like),
        where=tuple(read_filter(each, columns.__contains__) for each in options.where),
        values=tuple(read_filter(each, ROW_VALUES.__contains__) for each in options.value),
        nearest=options.nearest,
        cosine=options.cosine,
    )


def _print(study: Study, found: Found) -> None:
    for place, row in enumerate(found.rows.tolist()):
        line: dict[str, Any] = {"id": study.ids[row], "row": int(study.positions[row])}
        if found.cosines is not None:
            line["cosine"] = float(found.cosines[place])
        if study.texts is not None:
            line["text"] = study.texts[row][:_TEXT]
        print(dump(line).decode())
