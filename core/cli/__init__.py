"""The command line: one file, one group of commands; every command goes through Study, as the pages do."""

import argparse
from typing import Any

from .. import __version__


class Parser(argparse.ArgumentParser):
    """Options by their whole names only: half of a name may be that of another option, meant or added later."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**{"allow_abbrev": False} | how)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; each sets `run`, a function of the options that returns the exit code."""
    from . import (
        app,
        bench,
        clusters,
        compare,
        contamination,
        daar,
        distill,
        embed,
        empty_regions,
        entry,
        find,
        frontier,
        map,
        measure,
        near_copies,
        outliers,
        project,
        proof,
        push,
        refine,
        robust,
        score,
        select,
        subset,
        sweep,
        trust,
    )

    parser = Parser(
        prog="gamut",
        description="See, measure and choose diverse training data.\nResults go to stdout, the rest to stderr.",
        epilog="""examples:
  gamut app
  gamut measure pool.jsonl --metrics novelsum,vendi
  gamut compare mine.jsonl theirs.jsonl
  gamut select pool.jsonl --selector novelselect --budget 10% --out subset.jsonl
  gamut verify out.csv.manifest.json --data pool.csv --subset out.csv

exit codes:
  0 it worked, 2 something you can mend (said in one sentence), or a subset that
  is not what its manifest says, 1 a fault of gamut, 130 stopped""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"gamut {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for group in (
        app,
        embed,
        distill,
        find,
        near_copies,
        outliers,
        map,
        clusters,
        measure,
        compare,
        empty_regions,
        robust,
        trust,
        score,
        select,
        bench,
        frontier,
        sweep,
        refine,
        daar,
        contamination,
        subset,
        project,
        entry,
        proof,
        push,
    ):
        group.add(commands)
    return parser
