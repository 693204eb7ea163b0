"""What a study is of: rows with vectors, texts, ids and columns, their reference, and where results are kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .cluster_edits import ClusterEdits
from .dataset import Dataset
from .digest import digest
from .embeddings import Embeddings
from .errors import UserError
from .geometry import Space
from .kept import may_work
from .kept_columns import names
from .results import Packed
from .store import Store
from .template import Template

VERSION = 7  # of what studies compute; raise it when the result of any step changes
T = TypeVar("T")


def reference_word(dataset: str, rows_key: str) -> str:
    """A dataset of that key, or the rows of that digest of it, as one word."""
    return f"{dataset}.{rows_key}" if rows_key else dataset


@dataclass(frozen=True)
class StudyData:
    """Rows of a dataset with their embeddings, and the reference that metrics are taken against."""

    embeddings: Embeddings
    dataset: Dataset | None = None
    template: Template | None = None
    positions: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64), repr=False)
    texts: Sequence[str] | None = field(default=None, repr=False)
    reference: "Self | None" = None
    leave_out_empty: bool = False  # whether rows without text were to be left out, were there any or not
    store: Store | None = field(default=None, repr=False)
    name: str = ""
    cluster_edits: ClusterEdits | None = None  # instead of those that the home folder keeps
    rows_key: str = ""  # digest of the rows of the saved subset that it is the study of

    def __len__(self) -> int:
        return self.embeddings.n

    @cached_property
    def space(self) -> Space:
        return Space(self.embeddings.vectors, name=self.name)

    @cached_property
    def key(self) -> str:
        """Digest of the embeddings and of which rows they belong to."""
        return digest("study", VERSION, self.embeddings.key, self.positions)

    @cached_property
    def texts_key(self) -> str:
        """Digest of the texts, which metrics of texts depend on."""
        return names(self.texts or ())

    @cached_property
    def ids(self) -> list[Any]:
        """The dataset's own ids of the study's rows, or their row numbers from 0."""
        if self.dataset is None:
            return [int(i) for i in self.positions]
        every = self.dataset.ids()
        return [every[i] for i in self.positions]

    @property
    def reference_word(self) -> str | None:
        """As jobs and links name its reference; None: the study itself, or vectors alone."""
        other = self.reference
        return None if other is None or other.dataset is None else reference_word(other.dataset.key, other.rows_key)

    def against(self, reference: "Self | None") -> Self:
        """This study with that reference; None makes it its own.

        Raises:
            UserError: embeddings of other dimensions or of another encoder. Vectors of the user's own say nothing of
                theirs and are taken beside any.
        """
        if reference is not None:
            mine, others = self.embeddings, reference.embeddings
            if mine.dim != others.dim:
                raise UserError(
                    f"{self.name} has embeddings of {mine.dim} dimensions and the reference {reference.name} of "
                    f"{others.dim}. Embed both with the same encoder."
                )
            if mine.encoder_name and others.encoder_name and mine.encoder_key != others.encoder_key:
                raise UserError(
                    f"{self.name} was embedded by {mine.encoder} and the reference {reference.name} by "
                    f"{others.encoder}. Embed both with the same encoder."
                )
        return replace(self, reference=reference)._sharing(self)

    def unkept(self) -> Self:
        """The same study, of which nothing is kept in the store or found there."""
        return replace(self, store=None)._sharing(self)

    def with_cluster_edits(self, edits: ClusterEdits | None) -> Self:
        """This study with these edits of its clusters; None: with those that the home folder keeps."""
        return replace(self, cluster_edits=edits)._sharing(self)

    def subset(self, rows: ArrayLike, name: str) -> Self:
        """The study of the chosen rows (numbers within this study), measured against this study's reference or it."""
        chosen = np.asarray(rows, dtype=np.int64)
        found = replace(
            self,
            embeddings=self.embeddings.subset(chosen, name),
            positions=self.positions[chosen],
            texts=None if self.texts is None else [self.texts[i] for i in chosen],
            reference=self.reference or self,
            name=name,
            cluster_edits=None,  # which are of other clusters
            rows_key="",
        )
        if "space" in self.__dict__:  # what was found out about nearest rows holds for the subset too
            found.__dict__["space"] = self.space.subset(chosen, name)
        return found

    def scores(self, column: str, higher_is_better: bool) -> NDArray[np.float64]:
        """That column as numbers of which higher is better, (n,), NaN where there is none.

        Raises:
            UserError: no dataset, or no such column.
        """
        if self.dataset is None:
            raise UserError(f"Vectors alone have no column {column!r}; name the dataset too.")
        numbers = self.dataset.numbers(column)[self.positions]
        return numbers if higher_is_better else -numbers

    def quality(self, column: str, higher_is_better: bool) -> NDArray[np.float64]:
        """The same where every row must have a number.

        Raises:
            UserError: as `scores`, or rows without a number.
        """
        numbers = self.scores(column, higher_is_better)
        missing = np.flatnonzero(np.isnan(numbers))
        if len(missing):
            raise UserError(
                f"Column {column!r} has no number in {len(missing):,} of {len(numbers):,} rows; the first is row "
                f"{self.positions[missing[0]] + 1}. Fill them in, or leave these rows out."
            )
        return numbers

    def column(self, column: str) -> list[Any]:
        """The values of that column, (n,)."""
        if self.dataset is None:
            raise UserError(f"Vectors alone have no column {column!r}; name the dataset too.")
        values = self.dataset.values(self.dataset.check_column(column))
        return [values[i] for i in self.positions]

    def labels(self, column: str) -> NDArray[Any]:
        """That column as labels, (n,) of text; rows without one have the label ''."""
        return np.array(["" if value is None else str(value) for value in self.column(column)])

    def lengths(self) -> NDArray[np.int64]:
        """Characters of each row's text, (n,)."""
        return np.array([len(text) for text in self.texts or ()], dtype=np.int64)

    def _row_at(self, position: int, what: str) -> int:
        """The row of this study that is row `position` of the dataset."""
        found = np.flatnonzero(self.positions == position)
        if len(found):
            return int(found[0])
        last = len(self.dataset) - 1 if self.dataset else int(self.positions.max())
        if position > last:
            raise UserError(f"{what} is {position}, and the rows are numbered from 0 to {last}.")
        raise UserError(f"{what} is {position}, a row that was left out. Name one that is there.")

    def _memory_needed(self) -> int:
        """Bytes that measuring or choosing takes: the vectors scaled and in float64, the libraries and the blocks."""
        rows = len(self) + (len(self.reference) if self.reference else 0)
        return rows * self.embeddings.dim * 12 + (800 << 20)

    def _once(
        self,
        key: str,
        run: Callable[[], T],
        pack: Callable[[T], Packed],
        unpack: Callable[[dict[str, Any], dict[str, NDArray[Any]]], T],
    ) -> T:
        """What is kept under that key; computed, and kept, where nothing is."""
        kept = self._kept(key, unpack)
        if kept is not None:
            return kept
        may_work()
        found = run()
        if self.store is not None:
            meta, arrays = pack(found)
            self.store.save(key, meta, **arrays)
        return found

    def _kept(self, key: str, unpack: Callable[[dict[str, Any], dict[str, NDArray[Any]]], T]) -> T | None:
        kept = self.store.load(key) if self.store is not None else None
        return None if kept is None else unpack(*kept)

    def _sharing(self, other: Self) -> Self:
        """Use the other study's space: the same rows, whose neighbours may have been searched already."""
        self.__dict__["space"] = other.space
        return self
