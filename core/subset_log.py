"""The subsets of one dataset on disk, with the last changes: each a rename of one small file, never half made.

Rows lie in files of their own that are named by their content and never written again. So an undo goes back to the very
rows, and what a job was asked about stays what it was.
"""

import fcntl
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .digest import digest
from .drafts import draft_of
from .errors import UserError
from .store import read_json, write_json

KEPT = 100  # changes that can be undone


@dataclass(frozen=True)
class Change:
    """One change that was made: what it was, in words, and the subsets that it touched, before and after."""

    id: str
    what: str
    at: float  # seconds since the epoch
    before: Mapping[str, Any]  # by id; None where there was none
    after: Mapping[str, Any]


@dataclass
class State:
    """The subsets by id as plain JSON, the changes that were made, and those that were undone; the latest last."""

    subsets: dict[str, Any] = field(default_factory=dict)
    done: list[dict[str, Any]] = field(default_factory=list)
    undone: list[dict[str, Any]] = field(default_factory=list)

    def next_version(self, id: str) -> int:
        """A number that no version of that subset has had, those that were undone included."""
        changes = [*self.done, *self.undone]
        seen = [each for change in changes for side in ("before", "after") if (each := change[side].get(id))]
        return 1 + max(int(each["version"]) for each in [self.subsets[id], *seen])


def _is_json_object(value: Any) -> bool:
    return isinstance(value, dict)


class Log:
    """The file of one dataset's subsets; whoever changes them holds its lock meanwhile."""

    def __init__(
        self, folder: Path, said: str = "the saved subsets of this dataset", file: str = "subsets.json"
    ) -> None:
        """`said` is what it keeps, as a sentence about it calls that."""
        self.folder, self.said = folder, said
        self.path = folder / file

    def read(self) -> State:
        """What is there now.

        Raises:
            UserError: the file is damaged.
        """
        try:
            found = State(**read_json(self.path))
        except FileNotFoundError:
            return State()
        except (ValueError, TypeError) as error:
            raise self.damaged() from error
        changes = [*found.done, *found.undone]
        if not isinstance(found.subsets, dict) or not all(map(_is_json_object, [*found.subsets.values(), *changes])):
            raise self.damaged()
        return found

    def damaged(self) -> UserError:
        """What is said of a file that nobody can read."""
        return UserError(
            f"{self.said[0].upper()}{self.said[1:]} cannot be read: {self.path} is damaged. Move it away to begin anew."
        )

    @contextmanager
    def changing(self) -> Iterator[State]:
        """What is there now, while others who would change it wait."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.read()

    def write(self, state: State, what: str, id: str, before: Any, after: Any) -> None:
        """Make a change of one subset, whose JSON is None where there is none."""
        change = Change(uuid.uuid4().hex[:12], what, time.time(), {id: before}, {id: after})
        state.done.append(vars(change))
        del state.done[:-KEPT]
        state.undone.clear()
        self._put(state, change.after)

    def last(self) -> tuple[Change | None, Change | None]:
        """The change that an undo would take back, and the one that a redo would make again."""
        state = self.read()
        done, undone = ([Change(**each) for each in changes[-1:]] for changes in (state.done, state.undone))
        return (done[0] if done else None), (undone[0] if undone else None)

    def step(self, change: str | None, *, back: bool) -> str:
        """Take the last change back, or make the one again that was; returns what it was.

        Args:
            change: the id of the one that is meant, where somebody else may have made another one since.

        Raises:
            UserError: there is none, or another one was made since.
        """
        with self.changing() as state:
            source, target = (state.done, state.undone) if back else (state.undone, state.done)
            if not source:
                raise UserError(f"There is nothing to {'undo' if back else 'do again'}.")
            if change is not None and source[-1]["id"] != change:
                raise UserError("They were changed elsewhere since. Look at them and try again.")
            found = source.pop()
            target.append(found)
            self._put(state, found["before" if back else "after"])
            return str(found["what"])

    def keep_rows(self, rows: NDArray[np.int64]) -> str:
        """Write rows under the digest of them, which is returned."""
        key = digest(rows)
        path = _rows_path(self.folder, key)
        if not path.exists():
            with draft_of(path) as draft, draft.open("wb") as file:
                np.save(file, rows, allow_pickle=False)
        return key

    def _put(self, state: State, subsets: Mapping[str, Any]) -> None:
        for id, found in subsets.items():
            state.subsets.pop(id, None)
            if found is not None:
                state.subsets[id] = found
        write_json(self.path, vars(state))


def load_rows(folder: Path, key: str) -> NDArray[np.int64]:
    """The rows of that digest, as numbers in the dataset from 0.

    Raises:
        UserError: they are not there.
    """
    try:
        found: NDArray[np.int64] = np.load(_rows_path(folder, key), allow_pickle=False)
        return found
    except (OSError, ValueError) as error:
        raise UserError("The rows of this subset are no longer in the home folder. Save it again.") from error


def _rows_path(folder: Path, key: str) -> Path:
    return folder / f"{key}.npy"
