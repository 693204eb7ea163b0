"""A saved subset: rows of a dataset under a name, as they were at one version of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .digest import digest
from .errors import UserError
from .study_data import StudyData
from .subset_log import load_rows

T = TypeVar("T", bound=StudyData)
_META = ("id", "dataset", "name", "note", "colour", "made", "rows_key", "count", "created", "version")


@dataclass(frozen=True)
class Subset:
    """Rows of a dataset under a name, as they were at one version of it."""

    id: str
    dataset: str  # the key of the dataset in the store
    name: str
    note: str
    colour: str  # one of COLOURS
    made: Mapping[str, Any]  # see core/subset_making.py
    rows_key: str  # digest of the rows
    count: int
    created: float  # seconds since the epoch
    version: int  # 1 at first, another one after every change
    folder: Path = field(repr=False, compare=False)

    def __len__(self) -> int:
        return self.count

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """(count,) numbers of its rows in the dataset, from 0, in the order in which they were taken."""
        return load_rows(self.folder, self.rows_key)

    @property
    def tag(self) -> str:
        """Its id and version, which no other content ever has."""
        return f"{self.id}.{self.version}"

    def within(self, study: StudyData) -> NDArray[np.int64]:
        """Its rows as numbers within that study, without those that the study leaves out."""
        return rows_within(self.rows, study)


def subset_of(folder: Path, found: Mapping[str, Any]) -> Subset:
    """The subset of which that JSON is kept in the folder."""
    return Subset(**{name: found[name] for name in _META}, folder=folder)


def rows_within(rows: NDArray[np.int64], study: StudyData) -> NDArray[np.int64]:
    """Rows of a dataset as numbers within a study of it, without those that the study leaves out."""
    places = np.full(int(study.positions.max(initial=-1)) + 1, -1, dtype=np.int64)
    places[study.positions] = np.arange(len(study.positions))
    found = places[rows[rows < len(places)]]
    return found[found >= 0]


def part_of(study: T, rows: NDArray[np.int64], name: str) -> T:
    """The study of a subset's rows, measured against the reference of the whole, or against the whole itself.

    Args:
        rows: numbers in the dataset, from 0; those that the study leaves out are left out.

    Raises:
        UserError: all of them are.
    """
    within = rows_within(rows, study)
    if not len(within):
        raise UserError(f"No row of {name} is among those of {study.name} that have a text.")
    found = study.subset(within, name)
    return replace(found, rows_key=digest(rows))._sharing(found)
