"""Results on disk under one home folder, each in a folder named by the digest of what it was made from.

A result is written to a draft folder and moved into place with one rename, so a half-written one is never read; the
same key always holds the same content, so nothing is ever overwritten.
"""

import fcntl
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .drafts import draft_of
from .errors import UserError

KINDS = ("datasets", "embeddings", "results", "uploads", "fetched", "models")
_DRAFT = ".draft-"
_FRESH = 3600.0  # seconds after the last writing for which a draft counts as somebody's work


@dataclass(frozen=True)
class Usage:
    """Bytes and number of entries of one kind in the store."""

    kind: str
    entries: int
    bytes: int


class Store:
    """The home folder: `$GAMUT_HOME`, or the platform's place for a user's data."""

    def __init__(self, home: Path | str | None = None) -> None:
        self.home = (Path(home) if home is not None else default_home()).absolute()
        try:
            for kind in (*KINDS, "jobs"):
                (self.home / kind).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"The folder {self.home} for Gamut's results cannot be written ({error.strerror}). "
                "Set GAMUT_HOME to a folder that can."
            ) from error

    def folder(self, kind: str, key: str) -> Path:
        """Where the entry of that key lies, or would lie."""
        return self.home / kind / key

    def has(self, kind: str, key: str) -> bool:
        """Whether the entry of that key is there, whole."""
        return self.folder(kind, key).is_dir()

    @contextmanager
    def draft(self, kind: str, key: str) -> Iterator[Path]:
        """A folder to write the entry into; it becomes the entry when the block ends well, and vanishes otherwise."""
        draft = self.home / kind / f"{_DRAFT}{uuid.uuid4().hex}"
        draft.mkdir(parents=True)
        try:
            yield draft
            try:
                draft.rename(self.folder(kind, key))
            except OSError:
                if not self.has(kind, key):  # else somebody else finished the same work first: theirs is as good
                    raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def save(self, key: str, meta: dict[str, Any], **arrays: NDArray[Any]) -> None:
        """Keep a result: `meta` as JSON and each array as a file of its own."""
        with self.draft("results", key) as folder:
            for name, array in arrays.items():
                np.save(folder / f"{name}.npy", array, allow_pickle=False)
            write_json(folder / "meta.json", {"meta": meta, "arrays": list(arrays)})

    def load(self, key: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
        """The result of that key, its arrays memory-mapped, or None."""
        folder = self.folder("results", key)
        try:
            kept = read_json(folder / "meta.json")
            names = kept["arrays"]
            arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in names}
            return kept["meta"], arrays
        except FileNotFoundError:  # never made, or cleaned away while it was read
            return None

    def usage(self) -> list[Usage]:
        """What lies in the store, by kind."""
        found = []
        for kind in (*KINDS, "jobs"):
            entries = list((self.home / kind).iterdir())
            whole = [entry for entry in entries if entry.is_dir() and not _unfinished(entry)]
            found.append(Usage(kind, len(whole), sum(_size(entry) for entry in entries)))
        return found

    def clean(self, kinds: tuple[str, ...] = ("results", "embeddings")) -> int:
        """Remove every entry of those kinds, and what was left behind half-written; returns the bytes freed.

        What is being written at this moment stays.
        """
        freed = 0
        for kind in KINDS:
            for entry in (self.home / kind).iterdir():
                left_behind = entry.name.startswith(_DRAFT)
                if (kind not in kinds and not left_behind) or (_unfinished(entry) and _busy(entry)):
                    continue
                freed += _size(entry)
                gone = entry.with_name(f"{_DRAFT}{uuid.uuid4().hex}")
                with suppress(FileNotFoundError):  # somebody else cleans too
                    entry.rename(gone)  # at once, so that nobody reads half of it
                    shutil.rmtree(gone, ignore_errors=True) if gone.is_dir() else gone.unlink(missing_ok=True)
        return freed


def default_home() -> Path:
    """`$GAMUT_HOME` where set, else the platform's folder for a user's data."""
    if given := os.environ.get("GAMUT_HOME"):
        return Path(given).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("gamut", appauthor=False))


def write_json(path: Path, value: Any) -> None:
    """Write JSON under a draft name and move it into place, so that a reader sees the old content or the new."""
    try:
        content = json.dumps(value, ensure_ascii=False, allow_nan=True).encode()
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8: written as an escape
        content = json.dumps(value, allow_nan=True).encode()
    with draft_of(path) as draft:
        draft.write_bytes(content)


def read_json(path: Path) -> Any:
    """The JSON content of a file that `write_json` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def _unfinished(entry: Path) -> bool:
    return entry.name.startswith(_DRAFT) or entry.suffix == ".partial"


def _busy(entry: Path) -> bool:
    """Whether somebody is writing it: the lock inside is held, or it was touched a short while ago."""
    try:
        with (entry / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    except OSError:  # it has no lock
        return time.time() - max((file.st_mtime for file in _files(entry)), default=0.0) < _FRESH


def _size(path: Path) -> int:
    return sum(file.st_size for file in _files(path))


def _files(path: Path) -> Iterator[os.stat_result]:
    """The files of an entry (itself, when it is one); those that vanish meanwhile are passed over."""
    inside = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    for file in inside if path.is_dir() else (path,):
        with suppress(FileNotFoundError):
            yield file.stat()
