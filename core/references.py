"""What an open dataset is measured against: another one, or a saved subset of it or of another.

Jobs and links name it by a word: the key of the dataset, and for a subset the digest of its rows. So a subset that was
deleted, or made anew under its name, is never taken for the one that was meant.
"""

from dataclasses import dataclass

from .digest import digest
from .errors import UserError
from .study import Study
from .study_data import reference_word
from .subset import Subset, part_of
from .subsets import Subsets
from .workspace import Entry, Workspace


@dataclass(frozen=True)
class Reference:
    """An open dataset, or the rows of a subset of it."""

    entry: Entry
    name: str
    rows_key: str = ""  # digest of the subset's rows; "" is the whole dataset

    @property
    def word(self) -> str:
        """As jobs and links name it."""
        return reference_word(self.entry.dataset, self.rows_key)

    @property
    def key(self) -> str:
        """Digest of everything that a study of it depends on, its name included."""
        return digest("reference", self.entry.key, self.name, self.rows_key)

    def study(self, workspace: Workspace) -> Study:
        """The study of its rows.

        Raises:
            UserError: it is not embedded, or the rows of the subset are gone from the home folder.
        """
        if self.entry.embeddings is None:
            raise UserError(f"The reference {self.entry.name} has no embeddings yet. Embed it on the Data page first.")
        whole = workspace.study(self.entry)
        if not self.rows_key:
            return whole
        rows = Subsets(workspace.store).rows(self.entry.dataset, self.rows_key)
        return part_of(whole, rows, self.name)


def whole(entry: Entry) -> Reference:
    """All rows of an open dataset as a reference."""
    return Reference(entry, entry.name)


def of_subset(entry: Entry, subset: Subset) -> Reference:
    """A saved subset of an open dataset as a reference, as its rows are now."""
    return Reference(entry, subset.name, subset.rows_key)


def reference_named(word: str, workspace: Workspace) -> Reference | None:
    """The reference of that word; None where its dataset is not open.

    Raises:
        UserError: no subset of the dataset has, or had, those rows.
    """
    dataset, _, rows_key = word.partition(".")
    entry = workspace.get(dataset) if dataset.isalnum() and dataset.isascii() else None  # the word comes from the URL
    if entry is None or not rows_key:
        return None if entry is None else whole(entry)
    return of_subset(entry, Subsets(workspace.store).with_rows(dataset, rows_key))
