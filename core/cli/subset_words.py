"""Saved subsets where a command takes a set: `FILE:subset:NAME`, or `subset:NAME` of the data it is about."""

from pathlib import Path

from ..errors import UserError
from ..store import Store
from ..study import Study
from ..subset import part_of
from ..subsets import Subsets

SUBSET = "subset:"


def file_and_subset(word: str) -> tuple[str, str | None]:
    """The file that `FILE:subset:NAME` names, and the subset; no subset where the word is that of a file alone."""
    file, mark, name = word.partition(f":{SUBSET}")
    return (file, name) if mark and not Path(word).exists() else (word, None)


def of_the_data(word: str) -> str | None:
    """The name of the saved subset of the command's own data that `subset:NAME` names; None for other words."""
    return word.removeprefix(SUBSET) if word.startswith(SUBSET) and not Path(word).exists() else None


def part_named(study: Study, name: str, store: Store) -> Study:
    """The study of a saved subset.

    Raises:
        UserError: there is none of that name, or no dataset that could have one.
    """
    if study.dataset is None:
        raise UserError(f"{study.name} has vectors alone, and no saved subset {name!r}.")
    subset = Subsets(store).named(study.dataset.key, name)
    return part_of(study, subset.rows, subset.name)
