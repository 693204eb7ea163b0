"""Saved subsets: rows of a dataset under a name, on disk, shared by pages, command line and everybody who uses them.

subsets = Subsets(Store())
maths = subsets.add(dataset, [3, 5, 8], "maths", made={"by": "ids"})
both = subsets.combine(dataset.key, [maths.id, code.id], "union", "maths and code")
subsets.undo(dataset.key)
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import UserError
from .store import Store
from .subset import Subset, subset_of
from .subset_log import Change, Log, State, load_rows
from .subset_making import Operation, combined, made_of
from .subset_names import COLOURS, checked_colour, checked_name, checked_note

if TYPE_CHECKING:
    from .dataset import Dataset


class Subsets:
    """The saved subsets of the datasets of one home folder."""

    def __init__(self, store: Store) -> None:
        self.folder = store.home / "subsets"
        self.folder.mkdir(exist_ok=True)

    def all(self, dataset: str) -> list[Subset]:
        """Those of the dataset of that key, the oldest first."""
        log = self._log(dataset)
        found = [subset_of(log.folder, each) for each in log.read().subsets.values()]
        return sorted(found, key=lambda subset: (subset.created, subset.id))

    def get(self, dataset: str, id: str) -> Subset | None:
        """The subset of that id as it is now; None where there is none."""
        return next((subset for subset in self.all(dataset) if subset.id == id), None)

    def named(self, dataset: str, name: str) -> Subset:
        """The subset of that name.

        Raises:
            UserError: there is none.
        """
        wanted, every = checked_name(name), self.all(dataset)
        for subset in every:
            if subset.name == wanted:
                return subset
        known = ", ".join(subset.name for subset in every) or "none yet"
        raise UserError(f"There is no saved subset {wanted!r} of this dataset. There are: {known}.")

    def with_rows(self, dataset: str, key: str) -> Subset:
        """The subset of the rows of that digest; where it was deleted since, as it was last.

        Raises:
            UserError: none has, or had, them.
        """
        log = self._log(dataset)
        state = log.read()
        changes = [*reversed(state.done), *reversed(state.undone)]
        sides = [side for change in changes for side in (change["after"], change["before"])]
        for each in [*state.subsets.values(), *(each for side in sides for each in side.values() if each)]:
            if each["rows_key"] == key:
                return subset_of(log.folder, each)
        raise UserError("The subset that is to be the reference is not there any more. Choose another reference.")

    def rows(self, dataset: str, key: str) -> NDArray[np.int64]:
        """The rows of that digest, which a subset of the dataset has or had.

        Raises:
            UserError: none has had them.
        """
        if not (key.isascii() and key.isalnum()):
            raise UserError("There is no such subset.")
        return load_rows(self._log(dataset).folder, key)

    def add(
        self,
        dataset: "Dataset",
        rows: ArrayLike,
        name: str,
        *,
        made: Mapping[str, Any],
        note: str = "",
        colour: str | None = None,
    ) -> Subset:
        """Save rows of a dataset (numbers from 0, each taken once) as a subset.

        Args:
            made: how they were found, as JSON; see core/subset_making.py.
            colour: by default the first that the fewest subsets of the dataset have.

        Raises:
            UserError: no row, a row that there is not, a name that cannot be seen or that another subset has.
        """
        taken = np.asarray(rows, dtype=np.int64).ravel()
        if len(taken) and not 0 <= int(taken.min()) <= int(taken.max()) < len(dataset):
            raise UserError(f"{dataset.name} has rows 0 to {len(dataset) - 1:,}, and others were to be saved.")
        return self._add(dataset.key, taken, name, made, "Saved", note, colour)

    def change(
        self, dataset: str, id: str, *, name: str | None = None, note: str | None = None, colour: str | None = None
    ) -> Subset:
        """Give a subset another name, note or colour; what is None stays as it is on disk now.

        Raises:
            UserError: it is not there any more, or a name that another subset has.
        """
        log = self._log(dataset)
        with log.changing() as state:
            before = _known(state, id)
            after = dict(before)
            after |= {} if name is None else {"name": _free(state, checked_name(name), id)}
            after |= {} if note is None else {"note": checked_note(note)}
            after |= {} if colour is None else {"colour": checked_colour(colour)}
            if after != before:
                after["version"] = state.next_version(id)
                verb = "Renamed" if after["name"] != before["name"] else "Changed"
                log.write(state, f"{verb} {before['name']}", id, before, after)
            return subset_of(log.folder, after)

    def remove(self, dataset: str, id: str) -> None:
        """Delete a subset; an undo brings it back.

        Raises:
            UserError: it is not there any more.
        """
        log = self._log(dataset)
        with log.changing() as state:
            before = _known(state, id)
            log.write(state, f"Deleted {before['name']}", id, before, None)

    def combine(
        self,
        dataset: str,
        ids: Sequence[str],
        how: Operation,
        name: str,
        *,
        note: str = "",
        colour: str | None = None,
    ) -> Subset:
        """Save the union, the intersection or the difference (the first without the others) as a new subset.

        Raises:
            UserError: fewer than two subsets, one that is not there any more, no row left, a name that another one has.
        """
        every = {subset.id: subset for subset in self.all(dataset)}
        parts = [every[id] for id in dict.fromkeys(ids) if id in every]
        if len(parts) < len(set(ids)):
            raise UserError("One of these subsets is not there any more. Choose again.")
        rows = combined(how, [subset.rows for subset in parts])
        if not len(rows):
            names = ", ".join(subset.name for subset in parts)
            raise UserError(f"The {how} of {names} holds no row, so that there is nothing to save.")
        return self._add(dataset, rows, name, made_of(how, parts), f"Saved the {how}", note, colour)

    def last(self, dataset: str) -> tuple[Change | None, Change | None]:
        """The change that an undo would take back, and the one that a redo would make again."""
        return self._log(dataset).last()

    def undo(self, dataset: str, change: str | None = None) -> str:
        """Take the last change back; returns what it was, in words. See `Log.step`."""
        return self._log(dataset).step(change, back=True)

    def redo(self, dataset: str, change: str | None = None) -> str:
        """Make the change again that was undone last; returns what it was, in words. See `Log.step`."""
        return self._log(dataset).step(change, back=False)

    def _add(
        self,
        dataset: str,
        rows: NDArray[np.int64],
        name: str,
        made: Mapping[str, Any],
        verb: str,
        note: str,
        colour: str | None,
    ) -> Subset:
        once = rows[np.sort(np.unique(rows, return_index=True)[1])]
        if not len(once):
            raise UserError("A subset needs at least one row. Select some first.")
        log = self._log(dataset)
        with log.changing() as state:
            used = [each["colour"] for each in state.subsets.values()]
            found = {
                "id": uuid.uuid4().hex[:12],
                "dataset": dataset,
                "name": _free(state, checked_name(name)),
                "note": checked_note(note),
                "colour": checked_colour(colour or min(COLOURS, key=used.count)),
                "made": dict(made),
                "rows_key": log.keep_rows(once),
                "count": len(once),
                "created": time.time(),
                "version": 1,
            }
            log.write(state, f"{verb} {found['name']}", str(found["id"]), None, found)
            return subset_of(log.folder, found)

    def _log(self, dataset: str) -> Log:
        if not (dataset.isascii() and dataset.isalnum()):  # it comes from the URL, and must not lead elsewhere
            raise UserError("There is no such dataset.")
        return Log(self.folder / dataset)


def _free(state: State, name: str, own: str | None = None) -> str:
    for id, each in state.subsets.items():
        if each["name"] == name and id != own:
            raise UserError(f"There is a subset called {name!r} already. Give this one another name.")
    return name


def _known(state: State, id: str) -> dict[str, Any]:
    if id not in state.subsets:
        raise UserError("This subset is not there any more: it was deleted elsewhere. Undo brings it back.")
    return dict(state.subsets[id])
