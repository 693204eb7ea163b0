"""Files that are never half-written: under a draft name beside their place until they are whole."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """A path to write to; the file takes the place of `path` when the block ends well, and vanishes otherwise."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def folder_draft_of(path: Path) -> Iterator[Path]:
    """A new folder to fill, which becomes `path` when the block ends well, and vanishes otherwise.

    `path` is not there yet, or is an empty folder.
    """
    path = path.absolute()
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    draft.mkdir(parents=True)
    try:
        yield draft
        if path.is_dir():  # somebody may stand in it
            for each in draft.iterdir():
                each.rename(path / each.name)
        else:
            draft.rename(path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
