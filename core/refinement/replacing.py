"""Writing the state that came of another: what somebody else has written since is not lost."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import UserError
from .state import Refinement, dump_refinement, read_refinement


def put_refinement(path: Path, before: Refinement, after: Refinement, *, who: str = "another command") -> None:
    """Write the state that came of the one `before`.

    Raises:
        UserError: `who` has changed the file since, of which nothing is lost.
    """
    with _alone(path):
        if _words(read_refinement(path)) != _words(before):
            raise UserError(f"This refinement was changed meanwhile, by {who}. Look at it and go on from there.")
        dump_refinement(after, path)


def new_refinement(path: Path, found: Refinement) -> None:
    """Write a state where none is.

    Raises:
        UserError: there is one.
    """
    with _alone(path):
        if path.exists():
            raise UserError(f"{path} is there already. Name another file.")
        dump_refinement(found, path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold off others who change a state in the same folder; the folder is locked, so that no further file is left."""
    folder = os.open(path.resolve().parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _words(found: Refinement) -> str:
    """The state as its file has it: one that was never in a file has tuples where a file has lists."""
    return json.dumps(found.as_json(), sort_keys=True)
