"""Named collections of datasets, on disk, shared by pages, command line and everybody who uses the home folder.

    projects = Projects(Store())
    maths = projects.new("maths", [pool.key])
    projects.change(maths.id, add=[other.key])
    projects.undo()

A dataset may lie in several projects, or in none. What was made of it belongs to the dataset: it comes along, and stays
when a project is deleted.
"""

import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import UserError
from .store import Store
from .subset_log import Change, Log, State
from .subset_names import checked_name


@dataclass(frozen=True)
class Project:
    """A named collection of datasets."""

    id: str
    name: str
    datasets: tuple[str, ...]  # their keys, in the order in which they came; one may be closed by now
    created: float  # seconds since the epoch


class Projects:
    """The projects of one home folder."""

    def __init__(self, store: Store) -> None:
        self._log = Log(store.home / "projects", "the projects", "projects.json")

    def all(self) -> list[Project]:
        """Every project, the oldest first.

        Raises:
            UserError: the file that holds them is damaged.
        """
        try:
            found = [_project(each) for each in self._log.read().subsets.values()]
        except (KeyError, TypeError) as error:
            raise self._log.damaged() from error
        return sorted(found, key=lambda project: (project.created, project.id))

    def get(self, id: str) -> Project | None:
        """The project of that id as it is now; None where there is none."""
        return next((project for project in self.all() if project.id == id), None)

    def named(self, name: str) -> Project:
        """The project of that name.

        Raises:
            UserError: there is none.
        """
        wanted, every = checked_name(name, "project"), self.all()
        for project in every:
            if project.name == wanted:
                return project
        known = ", ".join(project.name for project in every) or "none yet"
        raise UserError(f"There is no project {wanted!r}. There are: {known}.")

    def of(self, dataset: str) -> list[Project]:
        """The projects that the dataset of that key lies in."""
        return [project for project in self.all() if dataset in project.datasets]

    def new(self, name: str, datasets: Iterable[str] = ()) -> Project:
        """Make a project of datasets, by their keys.

        Raises:
            UserError: a name that cannot be seen, is too long, or that another project has.
        """
        with self._log.changing() as state:
            found = {
                "id": uuid.uuid4().hex[:12],
                "name": _free(state, checked_name(name, "project")),
                "datasets": list(dict.fromkeys(datasets)),
                "created": time.time(),
            }
            self._log.write(state, f"Made {found['name']}", str(found["id"]), None, found)
            return _project(found)

    def check_free(self, name: str) -> None:
        """Refuse a name that `new` would refuse now: looked at before work that takes long.

        Raises:
            UserError: as `new`.
        """
        _free(self._log.read(), checked_name(name, "project"))

    def change(
        self, id: str, *, name: str | None = None, add: Iterable[str] = (), remove: Iterable[str] = ()
    ) -> Project:
        """Give a project another name, put datasets into it, take some out; all in one change.

        What others changed meanwhile stays: only what is given here changes.

        Raises:
            UserError: it is not there any more, or a name as for `new`.
        """
        with self._log.changing() as state:
            before = _known(state, id)
            gone = set(remove)
            kept = [dataset for dataset in before["datasets"] if dataset not in gone]
            after = before | {"datasets": list(dict.fromkeys([*kept, *(each for each in add if each not in gone)]))}
            if name is not None:
                after["name"] = _free(state, checked_name(name, "project"), id)
            if after != before:
                verb = "Changed the datasets of" if after["name"] == before["name"] else "Renamed"
                self._log.write(state, f"{verb} {before['name']}", id, before, after)
            return _project(after)

    def beside(self, dataset: str, made: str) -> None:
        """Put a dataset that was made of another one into every project which that lies in."""
        with self._log.changing() as state:
            for id, before in list(state.subsets.items()):
                if dataset in before["datasets"] and made not in before["datasets"]:
                    after = before | {"datasets": [*before["datasets"], made]}
                    self._log.write(state, f"Changed the datasets of {before['name']}", id, before, after)

    def remove(self, id: str) -> None:
        """Delete a project, none of its datasets, and nothing that was made of them; an undo brings it back.

        Raises:
            UserError: it is not there any more.
        """
        with self._log.changing() as state:
            before = _known(state, id)
            self._log.write(state, f"Deleted {before['name']}", id, before, None)

    def last(self) -> tuple[Change | None, Change | None]:
        """The change that an undo would take back, and the one that a redo would make again."""
        return self._log.last()

    def undo(self, change: str | None = None) -> str:
        """Take the last change back; returns what it was, in words. See `Log.step`."""
        return self._log.step(change, back=True)

    def redo(self, change: str | None = None) -> str:
        """Make the change again that was undone last; returns what it was, in words. See `Log.step`."""
        return self._log.step(change, back=False)


def _project(found: Mapping[str, Any]) -> Project:
    return Project(found["id"], found["name"], tuple(found["datasets"]), found["created"])


def _free(state: State, name: str, own: str | None = None) -> str:
    for id, each in state.subsets.items():
        if each["name"] == name and id != own:
            raise UserError(f"There is a project called {name!r} already. Give this one another name.")
    return name


def _known(state: State, id: str) -> dict[str, Any]:
    if id not in state.subsets:
        raise UserError("This project is not there any more: it was deleted elsewhere. Undo brings it back.")
    return dict(state.subsets[id])
