"""Clusters of a study edited step by step, with undo and redo; kept in the home folder, shared by pages and commands.

    editing = ClusterEditing(study, "kmeans")
    editing.rename(3, "Maths")
    editing.merge([1, 2], "Code")
    editing.exclude([5])
    editing.undo()
    study.cluster()        # as they are now

Edits are kept per study and clustering: other rows, another encoder or another map have clusters and edits of their
own.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cluster_edits import ClusterEdits
from .errors import UserError
from .kept_edits import kept_edits, log_of
from .progress import Progress, silent
from .results import Clusters, Projection
from .study import Study
from .subset_log import Change

_ID = "edits"  # of the one thing in each log


class ClusterEditing:
    """The clusters that one method found in a study, as they are edited."""

    def __init__(
        self, study: Study, method: str = "kmeans", *, xy: Projection | None = None, progress: Progress = silent
    ) -> None:
        """Find the clusters where they were not yet.

        Raises:
            UserError: a study without a home folder, which can keep nothing.
        """
        if study.store is None:
            raise UserError(f"{study.name} is not kept in a home folder, where edits would be kept. Open it with one.")
        self.store = study.store
        self.found: Clusters = study.clusters_as_found(method, xy=xy, progress=progress)
        self.key = study.clusters_key(method, xy, {})
        self._log = log_of(self.store, self.key)

    @property
    def edits(self) -> ClusterEdits:
        """What was done up to now."""
        return kept_edits(self.store, self.key) or ClusterEdits.begin(self.found)

    @property
    def clusters(self) -> Clusters:
        """The clusters as they are now."""
        return self.edits.of(self.found)

    def rename(self, number: int, name: str) -> None:
        """Give a cluster another name; an empty one gives it its first name again."""
        self._change(f"Renamed cluster {number}", lambda now: now.rename(self.found, number, name))

    def merge(self, numbers: Sequence[int], name: str = "") -> None:
        """Make one cluster of several."""
        self._change(f"Merged clusters {_and(numbers)}", lambda now: now.merge(self.found, numbers, name))

    def split(self, number: int) -> None:
        """Take a merged cluster apart."""
        self._change(f"Split cluster {number}", lambda now: now.split(self.found, number))

    def exclude(self, numbers: Sequence[int]) -> None:
        """Mark clusters as excluded."""
        self._change(f"Excluded {_many(numbers)}", lambda now: now.exclude(self.found, numbers))

    def include(self, numbers: Sequence[int]) -> None:
        """Take that mark away."""
        self._change(f"Included {_many(numbers)}", lambda now: now.include(self.found, numbers))

    def take(self, edits: ClusterEdits) -> None:
        """Put edits that were made elsewhere in the place of all that was done here.

        Raises:
            UserError: they are of another method, or of other clusters.
        """
        if not edits.fits(self.found):
            raise UserError(
                f"These edits are of clusters by {_how(edits.method, edits.params)}, and those here were found by "
                f"{_how(self.found.method, self.found.params)}. Edit the clusters that are here."
            )
        edits.of(self.found)
        begun = ClusterEdits.begin(self.found)
        whole = ClusterEdits(begun.method, begun.params, begun.labels, edits.names, edits.merged, edits.excluded)
        self._change("Took edits from a file", lambda now: whole)  # noqa: ARG005 - whatever was there before

    def last(self) -> tuple[Change | None, Change | None]:
        """The change that an undo would take back, and the one that a redo would make again."""
        return self._log.last()

    def undo(self, change: str | None = None) -> str:
        """Take the last change back; returns what it was. See `Log.step`."""
        return self._log.step(change, back=True)

    def redo(self, change: str | None = None) -> str:
        """Make the change again that was undone last; returns what it was. See `Log.step`."""
        return self._log.step(change, back=False)

    def _change(self, what: str, made: Callable[[ClusterEdits], ClusterEdits]) -> None:
        with self._log.changing() as state:
            before = state.subsets.get(_ID)
            now = ClusterEdits.begin(self.found) if before is None else ClusterEdits.from_json(before)
            after = made(now)
            if after != now:
                self._log.write(state, what, _ID, before, after.as_json())


def excluded_rows(clusters: Clusters) -> NDArray[np.int64]:
    """The rows of a study that are in an excluded cluster, ascending."""
    return np.flatnonzero(np.isin(clusters.labels, list(clusters.excluded)))


def _how(method: str, params: Mapping[str, Any]) -> str:
    """A method with its parameters, in words."""
    said = ", ".join(f"{str(name)[:40]} {str(value)[:40]}" for name, value in list(params.items())[:4])
    return f"{method[:40]} ({said})" if said else method[:40]


def _many(numbers: Sequence[int]) -> str:
    return f"cluster{'' if len(numbers) == 1 else 's'} {_and(numbers)}"


def _and(numbers: Sequence[int]) -> str:
    words = list(map(str, numbers))
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
