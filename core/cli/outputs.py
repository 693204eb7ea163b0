"""Whether a file can be written where a command is told to, looked at before the work."""

import os
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
