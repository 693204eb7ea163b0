"""The folder of a dataset as it is uploaded: rows, card, and the files of the proof, made from a bundle."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..digest import digest_file
from ..drafts import folder_draft_of
from ..errors import UserError
from ..proof import Bundle, names, opened
from ..proof.asked import FILES
from ..proof.rows_again import TABLES
from .card import card

DATA, PROOF = "data", "proof"  # folders of the folder
_BESIDE = (names.MANIFEST, names.RECIPE, names.METRICS, names.REPORT, names.IDS, names.MET, names.MET_TABLE)


def hub_folder(bundle: Path, folder: Path, name: str) -> None:
    """Write rows, card and proof into a folder that is empty or not there yet.

    Raises:
        UserError: a bundle that was changed or holds no rows, or a folder that holds something.
    """
    with _whole(bundle) as (found, rows), new_folder(folder) as draft:
        shutil.copyfile(found.folder / rows, draft / DATA / rows)
        for each in _BESIDE:
            if (found.folder / each).is_file():
                shutil.copyfile(found.folder / each, draft / PROOF / each)
        (draft / "README.md").write_text(_card(found, name, rows), encoding="utf-8", errors="backslashreplace")
        write_sums(draft)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A draft of a folder with room for data and proof, which is there as a whole at the end or not at all.

    Raises:
        UserError: a folder that holds something.
    """
    check_folder(folder)
    try:
        with folder_draft_of(folder) as draft:
            (draft / DATA).mkdir()
            (draft / PROOF).mkdir()
            yield draft
    except OSError as error:
        raise UserError(f"{folder} cannot be written ({error.strerror or error}). Name another folder.") from error


def check_folder(folder: Path) -> None:
    """A UserError, before any work is done for it, where a folder holds something or cannot be made."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is there already, and not empty. Name a new folder.")
    above = next(each for each in folder.absolute().parents if each.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise UserError(f"No folder can be made in {above}. Name another folder.")


def write_sums(draft: Path) -> None:
    """Write the SHA-256 of all files of a folder into it."""
    paths = sorted(path for path in draft.rglob("*") if path.is_file())
    sums = {path.relative_to(draft).as_posix(): digest_file(path) for path in paths}
    (draft / names.SUMS).write_text(names.sums(sums), encoding="utf-8")


def written_before() -> list[str]:
    """The paths that any folder may hold, of which an update leaves none of an earlier one: data of another format."""
    rows = [f"{DATA}/{FILES[kind]}" for kind in TABLES]
    return [*rows, *(f"{PROOF}/{each}" for each in (*_BESIDE, FILES["ids"]))]


def card_of(bundle: Path, name: str) -> str:
    """The card alone, to be looked at beforehand.

    Raises:
        UserError: as `hub_folder`.
    """
    with _whole(bundle) as (found, rows):
        return _card(found, name, rows)


@contextmanager
def _whole(bundle: Path) -> Iterator[tuple[Bundle, str]]:
    """A bundle that is as it was made, and the file of rows in it."""
    with opened(bundle) as found:
        if found.found:
            raise UserError(f"{bundle.name} is not what it says: {found.found[0]} Make the proof again.")
        rows = [FILES[each["format"]] for each in found.recorded["files"] if each["format"] in TABLES]
        if not rows or found.recorded["dataset"] is None or not (found.folder / rows[0]).is_file():
            raise UserError(f"{bundle.name} holds no rows. Make the proof with the rows as JSONL, CSV or Parquet.")
        yield found, rows[0]


def _card(found: Bundle, name: str, rows: str) -> str:
    beside = [f"{PROOF}/{each}" for each in _BESIDE if (found.folder / each).is_file()]
    return card(found.recorded, name, f"data/{rows}", beside)
