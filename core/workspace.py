"""What the user has open: for each dataset its roles, template, encoder and embeddings, on disk, shared by all tabs."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from .dataset import Dataset
from .digest import digest
from .errors import UserError
from .opening import load_dataset, study_of
from .shapes import Roles
from .store import Store, read_json, write_json
from .study import Study
from .template import Template


@dataclass(frozen=True)
class Entry:
    """One dataset as the user set it up."""

    dataset: str  # its key in the store
    name: str
    rows: int
    opened: float  # seconds since the epoch
    roles: dict[str, Any]
    template: dict[str, Any]
    encoder: str = "default"
    leave_out_empty: bool = False
    embeddings: str | None = None  # key in the store once it is embedded
    encoder_title: str = ""
    files: list[str] = field(default_factory=list)  # how its files are called now, where they were read before
    origins: list[list[str]] = field(default_factory=list)  # the address and revision of each that was fetched
    scored: dict[str, Any] | None = None  # how its rows were scored here by a language model, if they were

    @property
    def embedded(self) -> dict[str, Any]:
        """Everything that its embeddings depend on."""
        roles = {name: path for name, path in self.roles.items() if name not in ("quality", "label", "id")}
        return {
            "dataset": self.dataset,
            "roles": roles,
            "template": self.template,
            "encoder": self.encoder,
            "leave_out_empty": self.leave_out_empty,
        }

    @property
    def key(self) -> str:
        """Digest of everything that a study of this entry depends on."""
        names = [self.name, *self.files, *(word for origin in self.origins for word in origin if word)]
        return digest("entry", self.dataset, names, self.roles, self.template, self.leave_out_empty, self.embeddings)


class Workspace:
    """The datasets that were opened and not yet closed."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.folder = store.home / "workspace"
        self.folder.mkdir(exist_ok=True)

    def entries(self) -> list[Entry]:
        """Every open dataset, the latest first."""
        found = [self._present(_read(path)) for path in self.folder.glob("*.json")]
        return sorted(found, key=lambda entry: -entry.opened)

    def get(self, dataset: str) -> Entry | None:
        try:
            return self._present(_read(self.folder / f"{dataset}.json"))
        except FileNotFoundError:
            return None

    def _present(self, entry: Entry) -> Entry:
        """The entry, without embeddings where a cleaning of the store took them away."""
        gone = entry.embeddings is not None and not self.store.has("embeddings", entry.embeddings)
        return replace(entry, embeddings=None, encoder_title="") if gone else entry

    def put(self, entry: Entry) -> Entry:
        write_json(self.folder / f"{entry.dataset}.json", vars(entry))
        return entry

    def open(self, entry: Entry) -> Entry:
        """Open a dataset; one that is open already keeps its set-up, and is called as it is called now."""
        with self._alone():
            known = self.get(entry.dataset)
            if known is not None:
                entry = replace(known, name=entry.name, files=entry.files, origins=entry.origins)
            return self.put(entry)

    def change(self, dataset: str, **fields: Any) -> Entry:
        """Change an open dataset's set-up as it stands on disk now.

        Raises:
            UserError: it was closed meanwhile.
        """
        with self._alone():
            entry = self.get(dataset)
            if entry is None:
                raise UserError("This dataset was closed meanwhile. Open it again.")
            return self.put(replace(entry, **fields))

    def attach(self, asked: Entry, embeddings: str, encoder_title: str) -> bool:
        """Give a dataset its embeddings, unless its texts or encoder are others by now than `asked`; says whether."""
        with self._alone():
            entry = self.get(asked.dataset)
            if entry is None or entry.embedded != asked.embedded:
                return False
            self.put(replace(entry, embeddings=embeddings, encoder_title=encoder_title))
            return True

    def close(self, dataset: str) -> None:
        """Take a dataset from the list; what was computed for it stays in the store."""
        with self._alone():  # else somebody who changes it just then would write it back
            (self.folder / f"{dataset}.json").unlink(missing_ok=True)

    def dataset(self, entry: Entry) -> Dataset:
        """The dataset of an entry, with the roles that the user gave its columns and the names that it goes by now."""
        return (
            load_dataset(entry.dataset, self.store)
            .called(entry.name, entry.files, entry.origins)
            .with_roles(Roles.from_json(entry.roles))
        )

    def study(self, entry: Entry) -> Study:
        """The study of an embedded entry, against itself."""
        if entry.embeddings is None:
            raise KeyError(f"{entry.name} is not embedded")
        template = Template.from_json(entry.template)
        dataset = self.dataset(entry)
        return study_of(dataset, entry.embeddings, template, self.store, leave_out_empty=entry.leave_out_empty)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold off others who change a set-up: a page and the worker read it and write it back."""
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _read(path: Path) -> Entry:
    """An entry as it lies on disk; what another version of Gamut kept besides is passed over."""
    known = {each.name for each in fields(Entry)}
    return Entry(**{name: value for name, value in read_json(path).items() if name in known})
