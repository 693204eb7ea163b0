"""Files that commands write: looked at before the work, and never half-written."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import UserError


def check_writable(path: Path) -> None:
    """A UserError where no file can be written at that path, before any work is done for it."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder} to write {path.name} into. Make it first.")
    if path.is_dir():
        raise UserError(f"{path} is a folder. Name a file to write.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"The folder {folder} may not be written into. Choose another, or ask for the right to.")


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A path to write to; the file takes the place of `path` when the block ends well, and vanishes otherwise."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
