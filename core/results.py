"""Scores, selections, maps and clusterings as JSON and arrays for the store, and back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .metrics import Score
from .selectors import Selection
from .trustworthiness import NEIGHBORS, SAMPLE

Packed = tuple[dict[str, Any], dict[str, NDArray[Any]]]
NO_CLUSTER = "in no cluster"


@dataclass(frozen=True)
class Projection:
    """A map: a place in the plane for every row of a study."""

    method: str
    params: Mapping[str, Any]
    xy: NDArray[np.float32] = field(repr=False)  # (n, 2)
    seconds: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict)  # where not all rows were arranged

    @property
    def note(self) -> str:
        """How a map of very many rows was made, how long it took and how far it can be trusted; "" of any other."""
        if "landmarks" not in self.details:
            return ""
        how = self.details
        return (
            f"{how['landmarks']:,} of {how['rows']:,} rows were arranged, in {self.seconds:,.0f} s with all that "
            f"follows; each other row lies beside those of them that are nearest to it ({how['recall']:.1%} of these "
            f"were found, by a sample). Trustworthiness {how['trustworthiness']:.3f}, on {SAMPLE:,} sampled rows and "
            f"{NEIGHBORS} neighbours: 1 is best, 0.5 is chance."
        )


@dataclass(frozen=True)
class Clusters:
    """Groups of rows with names that a person can read; 0 is the largest, -1 holds what is in no group.

    Args:
        parts: of clusters that were edited (core.cluster_edits), the numbers from 1 of those that each is made of.
        excluded: labels of those that a person excluded.
    """

    method: str
    params: Mapping[str, Any]
    labels: NDArray[np.int32] = field(repr=False)  # (n,)
    names: tuple[str, ...] = ()
    medoids: tuple[int, ...] = ()  # the row in the middle of each cluster
    seconds: float = 0.0
    parts: tuple[tuple[int, ...], ...] = ()
    excluded: frozenset[int] = frozenset()

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows in each cluster, without the unclustered ones."""
        return np.bincount(self.labels[self.labels >= 0], minlength=len(self.names)).astype(np.int64)

    def name_of(self, label: int) -> str:
        return NO_CLUSTER if label < 0 else self.names[label]

    def numbers(self, label: int) -> tuple[int, ...]:
        """The numbers that a cluster goes by, from 1: several where it was merged."""
        return self.parts[label] if self.parts else (label + 1,)

    def label_of(self, number: int) -> int:
        """The label of the cluster that goes by that number, from 1."""
        return next(label for label in range(len(self.names)) if number in self.numbers(label))


def pack_score(score: Score) -> Packed:
    meta = {name: value for name, value in vars(score).items() if name != "rows"}
    meta |= {"params": dict(score.params), "details": dict(score.details)}
    return meta, {} if score.rows is None else {"rows": score.rows}


def unpack_score(meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Score:
    interval = meta["interval"]
    return Score(**(meta | {"interval": tuple(interval) if interval else None, "rows": arrays.get("rows")}))


def pack_selection(selection: Selection) -> Packed:
    meta = {name: value for name, value in vars(selection).items() if name not in ("positions", "gains")}
    meta |= {"params": dict(selection.params), "notes": list(selection.notes), "details": dict(selection.details)}
    return meta, {"positions": selection.positions, "gains": selection.gains}


def unpack_selection(meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Selection:
    fields: dict[str, Any] = meta | {"notes": tuple(meta["notes"])}
    return Selection(**fields, positions=arrays["positions"], gains=arrays["gains"])


def pack_projection(found: Projection) -> Packed:
    meta = {"method": found.method, "params": dict(found.params), "seconds": found.seconds}
    return meta | ({"details": dict(found.details)} if found.details else {}), {"xy": found.xy}


def unpack_projection(meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Projection:
    return Projection(**meta, xy=arrays["xy"])


def pack_clusters(found: Clusters) -> Packed:
    kept = asdict(found).items()  # as they were found: edits are kept elsewhere
    meta = {name: value for name, value in kept if name not in ("labels", "parts", "excluded")}
    return meta, {"labels": found.labels}


def unpack_clusters(meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Clusters:
    meta = meta | {"names": tuple(meta["names"]), "medoids": tuple(meta["medoids"])}
    return Clusters(**meta, labels=arrays["labels"])
