"""Domains of rows: those of a label column, those nearest to given centroids, or k-means cells standing in for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats, Indices, multiply, row_blocks
from ..clustering import kmeans
from ..errors import UserError
from ..geometry import Space
from ..params import Help, Range
from ..progress import Progress

Cells = Annotated[
    Literal["auto", "labels", "k-means"],
    Help("labels: those of the label column; k-means: clusters; auto: labels where there are any."),
]
CellCount = Annotated[
    int | None, Range(1, 100_000), Help("Clusters; none: the square root of the rows, from 8 to 1,000.")
]
_DOMAINS = 12  # clusters that stand in for domains where no number is given


@dataclass(frozen=True)
class Domains:
    """The domain of every row, and what the domains are called."""

    of: NDArray[np.int64]  # (n,) from 0
    names: tuple[str, ...]

    def members(self) -> list[Indices]:
        """The rows of each domain, ascending."""
        order = np.argsort(self.of, kind="stable").astype(np.int64)
        return np.split(order, np.cumsum(np.bincount(self.of, minlength=len(self.names)))[:-1])

    def empty(self) -> list[str]:
        """The names of the domains that have no row."""
        return [self.names[number] for number, rows in enumerate(self.members()) if not len(rows)]

    def centroids(self, space: Space) -> NDArray[np.float64]:
        """The mean of each domain's unit rows, (domains, d)."""
        found = np.zeros((len(self.names), space.dim))
        for number, rows in enumerate(self.members()):
            for part in row_blocks(len(rows), 8 * space.dim):
                found[number] += space.unit64(rows[part]).sum(axis=0)
            found[number] /= max(1, len(rows))
        return found


def cells_of(
    space: Space, cells: str, labels: NDArray[Any] | None, clusters: int | None, seed: int, progress: Progress
) -> Domains:
    """Every row in a cell: by label, or by k-means in some root of n cells.

    Raises:
        UserError: labels are asked for and there are none.
    """
    if cells == "labels" and labels is None:
        raise UserError("Cells by labels need a label column, and none was named. Name one, or use k-means.")
    if labels is not None and cells != "k-means":
        return by_labels(labels)
    n = len(space)
    k = min(n, clusters or max(8, min(1000, round(n**0.5))))
    return _numbered(kmeans(space, k, seed=seed, progress=progress).labels)


def domains_of(
    space: Space, cells: str, labels: NDArray[Any] | None, clusters: int | None, seed: int, progress: Progress
) -> Domains:
    """The same for domains, which are few: without labels and a number, k-means with 12."""
    return cells_of(space, cells, labels, clusters or _DOMAINS, seed, progress)


def by_labels(labels: NDArray[Any]) -> Domains:
    """A domain for every label, in order."""
    names, of = np.unique(np.asarray(labels).astype(str), return_inverse=True)
    return Domains(of.astype(np.int64), tuple(names.tolist()))


def by_centroids(space: Space, centroids: Floats | Mapping[str, Floats], rounds: int) -> Domains:
    """Each row with its nearest centroid, after that many rounds of k-means that begin with those given.

    Domains are called as the centroids are, or by their numbers from 1. Those that no row is nearest to stay, empty.
    The given centroids are scaled to unit length, as the rows are: their direction alone counts.

    Raises:
        UserError: the centroids have other dimensions, a value that is not finite, or nothing but zeros.
    """
    given = list(centroids.values()) if isinstance(centroids, Mapping) else centroids
    points = np.asarray(given, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != space.dim or not len(points):
        raise UserError(
            f"The centroids are a table of {' x '.join(map(str, points.shape))}, and the embeddings have "
            f"{space.dim} dimensions. Embed the examples with the same model."
        )
    if not np.isfinite(points).all():
        raise UserError("The centroids hold NaN or infinity. Leave those out.")
    names = tuple(centroids) if isinstance(centroids, Mapping) else tuple(map(str, range(1, len(points) + 1)))
    points = _directions(points, names)
    for _ in range(rounds):
        found = Domains(_nearest(space, points), names)
        means = found.centroids(space)
        points = np.where(np.bincount(found.of, minlength=len(points))[:, None] > 0, means, points)
    return Domains(_nearest(space, points), names)


def _directions(points: NDArray[np.float64], names: Sequence[str]) -> NDArray[np.float64]:
    largest = np.abs(points).max(axis=1, keepdims=True)
    if zero := [name for name, size in zip(names, largest[:, 0], strict=True) if size == 0]:
        raise UserError(f"The centroid of domain {zero[0]!r} is all zeros, and has no direction. Leave it out.")
    points = points / largest  # so that no square is too large or too small to be a number
    found: NDArray[np.float64] = points / np.linalg.norm(points, axis=1, keepdims=True)
    return found


def _nearest(space: Space, points: NDArray[np.float64]) -> NDArray[np.int64]:
    of = np.empty(len(space), dtype=np.int64)
    squares = np.einsum("ij,ij->i", points, points)
    for part in row_blocks(len(space), 8 * (len(points) + space.dim)):
        of[part] = (squares - 2 * multiply(space.unit64(part), points.T)).argmin(axis=1)
    return of


def _numbered(labels: NDArray[np.int32]) -> Domains:
    return Domains(labels.astype(np.int64), tuple(f"cluster {number + 1}" for number in range(int(labels.max()) + 1)))
