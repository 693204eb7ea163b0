"""Whether the files that a command writes can be written, and are none that it reads; looked at before the work."""

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import UserError

_READ = {
    "data": "the data",
    "embeddings": "the vectors",
    "reference": "the reference",
    "manifest": "the manifest that is read",
    "state": "the state of the refinement",
    "recipe": "the recipe",
    "query": "the query",
    "examples": "the file of seed examples",
    "centroids": "the file of centroids",
    "must": "the file of must-have rows",
    "must_not": "the file of must-not rows",
    "extend": "the file of rows that you have already",
    "feedback": "the feedback",
    "only": "the file of ids",
    "against": "an evaluation file",
    "again": "the manifest that is done again",
}  # what the options that name files to read are called in a sentence


def check_outputs(options: argparse.Namespace, *names: str, beside: Sequence[Path] = ()) -> None:
    """Refuse, before any work, files that cannot be written or would destroy another one of the same command.

    Args:
        names: the options that name the files to write; those that are not given are passed over.
        beside: further files that are written.

    Raises:
        UserError: a file that cannot be written, that the command reads too, or that it would write twice.
    """
    written: list[Path] = [path for name in names if (path := getattr(options, name)) is not None]
    written += beside
    for number, path in enumerate(written):
        check_writable(path)
        for read, what in _read(options, names):
            if _same(path, read):
                raise UserError(f"{path} is {what}, and would be written over. Name another file.")
        if any(_same(path, other) for other in written[:number]):
            raise UserError(f"{path} would be written twice. Name a file for each.")


def check_writable(path: Path) -> None:
    """A UserError where no file can be written at that path, before any work is done for it."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder} to write {path.name} into. Make it first.")
    if path.is_dir():
        raise UserError(f"{path} is a folder. Name a file to write.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"The folder {folder} may not be written into. Choose another, or ask for the right to.")


def _read(options: argparse.Namespace, written: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """The files that the options name to be read, and what each is."""
    for name, what in _READ.items():
        given = getattr(options, name, None)
        if name in written or not given:
            continue
        for source in given if isinstance(given, list) else [given]:
            yield Path(source), what
            file, colon, _ = str(source).rpartition(":")  # FILE:NAME, one table of several
            if colon and file:
                yield Path(file), what


def _same(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, which need not be there yet."""
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()
