"""The refinements of a home folder: each a folder with its state and what it is called, on disk, shared by all tabs."""

import fcntl
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from ..errors import UserError
from ..store import Store, read_json, write_json
from .replacing import put_refinement
from .rounds import branch
from .state import Refinement, dump_refinement, read_refinement


@dataclass(frozen=True)
class Kept:
    """A refinement on the shelf, as a list shows it."""

    id: str
    name: str
    dataset: str  # the key of its dataset in the store
    created: float  # seconds since the epoch
    parent: str = ""  # the id of the one that it branched off


class Shelf:
    """The refinements that were begun in one home folder and not yet forgotten."""

    def __init__(self, store: Store) -> None:
        self.folder = store.home / "refinements"
        self.folder.mkdir(exist_ok=True)

    def all(self, dataset: str | None = None) -> list[Kept]:
        """Those of that dataset, or of all, the latest first."""
        found = [kept for path in self.folder.iterdir() if path.is_dir() and (kept := self.about(path.name))]
        own = [kept for kept in found if dataset is None or kept.dataset == dataset]
        return sorted(own, key=lambda kept: (-kept.created, kept.id))

    def about(self, id: str) -> Kept | None:
        """What the refinement of that id is called; None where there is none."""
        try:
            found = read_json(self._place(id) / "about.json")
            return Kept(**{each.name: found[each.name] for each in fields(Kept)})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def get(self, id: str) -> Refinement:
        """The state of that refinement.

        Raises:
            UserError: none of that id, or a damaged one.
        """
        self._check(id)
        return read_refinement(self.state(id))

    def state(self, id: str) -> Path:
        """Where its state lies, as `gamut refine` reads and writes it."""
        return self._place(id) / "state.json"

    def add(self, found: Refinement, dataset: str, name: str, *, id: str = "", parent: str = "") -> Kept:
        """Put a refinement on the shelf; with the id of one that lies there already, that one as it is now."""
        with self._alone():
            kept = self.about(id) if id else None
            if kept is None:
                kept = Kept(id or new_id(), name, dataset, time.time(), parent)
                self._place(kept.id).mkdir(exist_ok=True)
                dump_refinement(found, self.state(kept.id))
                write_json(self._place(kept.id) / "about.json", vars(kept))  # last: with it, it is on the shelf
            return kept

    def put(self, id: str, before: Refinement, after: Refinement) -> None:
        """Write the state that came of the one `before`.

        Raises:
            UserError: it was forgotten, or another page or job has changed it since, of which nothing is lost.
        """
        with self._alone():
            self._check(id)
            put_refinement(self.state(id), before, after, who="another page or job")

    def branch(self, id: str, number: int, name: str) -> Kept:
        """A refinement of its own that goes back to a round of this one, before its feedback.

        Raises:
            UserError: no such refinement or round.
        """
        about, found = self.about(id), self.get(id)
        assert about is not None  # else `get` has said so
        return self.add(branch(found, number), about.dataset, name, parent=id)

    def forget(self, id: str) -> None:
        """Take a refinement off the shelf, with its state."""
        with self._alone():
            (self._place(id) / "about.json").unlink(missing_ok=True)
            shutil.rmtree(self._place(id), ignore_errors=True)

    def _check(self, id: str) -> None:
        if self.about(id) is None:
            raise UserError("This refinement is not there any more. Begin another, or open its state from a file.")

    def _place(self, id: str) -> Path:
        """Its folder; the id comes from the URL, and must not lead elsewhere."""
        if not (id.isascii() and id.isalnum()):
            raise UserError("There is no such refinement.")
        return self.folder / id

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold off others who change a refinement: pages and the worker read it and write it back."""
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def new_id() -> str:
    """An id that no refinement has."""
    return uuid.uuid4().hex[:12]
