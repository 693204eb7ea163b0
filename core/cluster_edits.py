"""What a person did to clusters: names given, clusters merged and excluded; as JSON, and the clusters as they are then.

    edits = ClusterEdits().merge(found, [1, 2], "Code").rename(found, 3, "Maths").exclude(found, [5])
    clusters = edits.of(found)

Clusters are named by their number, from 1 (the largest), as they were found; these numbers stay the same whatever is
merged, and a merged cluster goes by any number of those that it is made of.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .digest import digest
from .errors import UserError
from .results import NO_CLUSTER, Clusters
from .subset_names import LONGEST, checked_name

Parts = tuple[int, ...]  # the numbers of the clusters that one is made of, rising


@dataclass(frozen=True)
class ClusterEdits:
    """Edits of the clusters that one method found.

    Args:
        labels: digest of the clusters that they are of, "" where a person wrote them; other clusters are refused.
        names: by the numbers that a cluster is made of.
        merged: the numbers of each cluster that is made of several.
        excluded: numbers of excluded clusters; a merged one is excluded with any of its numbers.
    """

    method: str = "kmeans"
    params: Mapping[str, Any] = field(default_factory=dict)
    labels: str = ""
    names: Mapping[Parts, str] = field(default_factory=dict)
    merged: tuple[Parts, ...] = ()
    excluded: Parts = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.merged or self.excluded)

    @classmethod
    def begin(cls, found: Clusters) -> "ClusterEdits":
        """No edits yet of clusters as they were found."""
        return cls(found.method, dict(found.params), digest(np.asarray(found.labels)))

    def fits(self, found: Clusters) -> bool:
        """Whether they are edits of clusters of that method, with the parameters that they name."""
        return self.method == found.method and all(
            name in found.params and found.params[name] == value for name, value in self.params.items()
        )

    def of(self, found: Clusters) -> Clusters:
        """The clusters, as they were found, with these edits: ordered from the largest again.

        Raises:
            UserError: they are edits of other clusters, or name what there is not, or two clusters alike.
        """
        if not self:
            return found
        if self.labels and self.labels != digest(np.asarray(found.labels)):
            raise UserError(
                "These edits are of other clusters than those found here: other rows, another encoder, map or machine. "
                "Edit the clusters that are here, or take `labels` out of the JSON where the numbers mean the same."
            )
        self._check(len(found.names))
        lead = np.arange(len(found.names))
        for parts in self.merged:
            lead[[part - 1 for part in parts]] = parts[0] - 1
        sizes = np.bincount(lead, weights=found.sizes, minlength=len(lead))
        order = sorted(set(lead.tolist()), key=lambda each: (-sizes[each], each))
        place = {each: label for label, each in enumerate(order)}
        labels = np.array([*(place[each] for each in lead.tolist()), -1], dtype=np.int32)[found.labels]
        together = {parts[0] - 1: parts for parts in self.merged}
        made_of = tuple(together.get(each, (each + 1,)) for each in order)
        names = tuple(self.names.get(parts) or self._first_name(found, parts) for parts in made_of)
        twice = [name for name, times in Counter(names).items() if times > 1 or name == NO_CLUSTER]
        if twice:
            raise UserError(f"There is {twice[0]!r} already. Give the cluster another name, or merge the two.")
        largest = [max(parts, key=lambda part: (found.sizes[part - 1], -part)) - 1 for parts in made_of]
        return replace(
            found,
            labels=labels,
            names=names,
            medoids=tuple(found.medoids[each] for each in largest),
            parts=made_of,
            excluded=frozenset(i for i, parts in enumerate(made_of) if set(parts) & set(self.excluded)),
        )

    def rename(self, found: Clusters, number: int, name: str) -> "ClusterEdits":
        """With another name for a cluster; its first name again where that is empty."""
        parts = self.parts_of(found, number)
        names = {each: said for each, said in self.names.items() if each != parts}
        names |= {parts: checked_name(name, "cluster")} if name.strip() else {}
        return self._tried(found, names=names)

    def merge(self, found: Clusters, numbers: Sequence[int], name: str = "") -> "ClusterEdits":
        """With those clusters as one; without a name it has those of its parts. Excluded where all of them were."""
        now = self.of(found)
        every = list(dict.fromkeys(self.parts_of(found, number) for number in numbers))
        if len(every) < 2:
            raise UserError("Two clusters or more are merged into one. Name others.")
        parts = tuple(sorted(number for each in every for number in each))
        said = (
            checked_name(name, "cluster") if name.strip() else _joined([now.names[now.label_of(p[0])] for p in every])
        )
        gone = {each for each in every if len(each) > 1}
        names = {each: words for each, words in self.names.items() if each not in gone} | {parts: said}
        merged = tuple(sorted([*(each for each in self.merged if each not in gone), parts]))
        all_out = all(set(each) & set(self.excluded) for each in every)
        excluded = (set(self.excluded) | set(parts)) if all_out else set(self.excluded) - set(parts)
        return self._tried(found, names=names, merged=merged, excluded=tuple(sorted(excluded)))

    def split(self, found: Clusters, number: int) -> "ClusterEdits":
        """With a merged cluster as those that it was made of, each under its own name."""
        parts = self.parts_of(found, number)
        if parts not in self.merged:
            raise UserError(f"Cluster {number} is one as it was found. Only merged clusters can be split.")
        names = {each: said for each, said in self.names.items() if each != parts}
        return self._tried(found, names=names, merged=tuple(each for each in self.merged if each != parts))

    def exclude(self, found: Clusters, numbers: Iterable[int]) -> "ClusterEdits":
        """With those clusters excluded."""
        more = {part for number in numbers for part in self.parts_of(found, number)}
        return self._tried(found, excluded=tuple(sorted({*self.excluded, *more})))

    def include(self, found: Clusters, numbers: Iterable[int]) -> "ClusterEdits":
        """With those clusters not excluded any more."""
        gone = {part for number in numbers for part in self.parts_of(found, number)}
        return self._tried(found, excluded=tuple(sorted(set(self.excluded) - gone)))

    def parts_of(self, found: Clusters, number: int) -> Parts:
        """The numbers of the cluster that goes by that one.

        Raises:
            UserError: there is none.
        """
        if not 1 <= number <= len(found.names):
            raise UserError(f"There is no cluster {number}: they are numbered from 1 to {len(found.names):,}.")
        return next((parts for parts in self.merged if number in parts), (number,))

    def as_json(self) -> dict[str, Any]:
        """As JSON: {"names": {"3": "Maths", "1+2": "Code"}, "merged": [[1, 2]], "excluded": [5], ...}."""
        return {
            "method": self.method,
            "params": dict(self.params),
            "labels": self.labels,
            "names": {"+".join(map(str, parts)): name for parts, name in sorted(self.names.items())},
            "merged": [list(parts) for parts in self.merged],
            "excluded": list(self.excluded),
        }

    @classmethod
    def from_json(cls, found: Any) -> "ClusterEdits":
        """The edits that `as_json` wrote, or that a person did; what is left out is as nothing was done.

        Raises:
            UserError: a field that there is not, or of another type.
        """
        from .cluster_edits_json import read_edits

        return read_edits(found)

    def _first_name(self, found: Clusters, parts: Parts) -> str:
        if len(parts) == 1:
            return found.names[parts[0] - 1]
        return _joined([self.names.get((part,)) or found.names[part - 1] for part in parts])

    def _tried(self, found: Clusters, **changes: Any) -> "ClusterEdits":
        """These edits with changes, where the clusters can be had with them."""
        made = replace(self, **changes)
        made.of(found)
        return made

    def _check(self, count: int) -> None:
        """Refuse numbers of clusters that there are not."""
        every = [*self.excluded, *(part for parts in (*self.merged, *self.names) for part in parts)]
        if wrong := [each for each in every if not 1 <= each <= count]:
            raise UserError(f"There is no cluster {wrong[0]}: they are numbered from 1 to {count:,}.")
        if unknown := [parts for parts in self.names if len(parts) > 1 and parts not in self.merged]:
            raise UserError(f"There is a name for {'+'.join(map(str, unknown[0]))}, which are not merged.")


def _joined(names: Sequence[str]) -> str:
    """What a cluster is called that is made of those: the first two names, and how many more."""
    words = " + ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")
    return words if len(words) <= LONGEST else words[: LONGEST - 1].rstrip() + "…"
