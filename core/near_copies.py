"""Near-copies: which rows are joined from which cosine on, for every threshold at once.

found = near_copies(study)       # one pass over all pairs, kept in the store
groups = found.at(0.95)          # nothing is compared again
print(len(groups.sizes), "groups;", len(groups.surplus()), "rows would go")

Two rows are in one group at a threshold where a chain of rows joins them, each as near to the next as the threshold
says (single linkage). All these groups, for all thresholds, lie in the heaviest spanning forest of the pairs, which has
fewer edges than there are rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .blocks import multiply, row_blocks
from .digest import digest
from .errors import UserError
from .geometry import Space
from .memory import require
from .progress import Progress, silent
from .study import Study

VERSION = 1
FLOOR = 0.8  # the least threshold that can be asked for: below it most rows of a dataset hang together
MOST_ROWS = 200_000  # above, the pass over all pairs takes hours
DIGITS = 6  # of a cosine: so many are right in float32, in which pairs are looked for
_PENDING = 2_000_000  # pairs that wait before those that join nothing new are dropped

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """The groups of near-copies at one threshold; a row that is alone is in none."""

    threshold: float
    labels: Indices  # (n,) the group of each row, the largest 0, and -1 for a row that is alone
    sizes: Indices  # (groups,) rows in each

    def rows(self, group: int) -> Indices:
        """The rows of a group, ascending."""
        return np.flatnonzero(self.labels == group)

    @property
    def grouped(self) -> Indices:
        """All rows that are in a group, ascending."""
        return np.flatnonzero(self.labels >= 0)

    def staying(self, scores: ArrayLike | None = None) -> Indices:
        """The row of each group that stays where the others go, (groups,): that of the highest score, else the first.

        Args:
            scores: (n,), NaN where there is none, which is below all others.
        """
        rows = self.grouped
        ranks = np.zeros(len(rows))
        if scores is not None:
            given = np.asarray(scores, dtype=np.float64)[rows]
            ranks = np.where(np.isnan(given), np.inf, -given)
        order = np.lexsort((rows, ranks, self.labels[rows]))
        first = np.searchsorted(self.labels[rows][order], np.arange(len(self.sizes)))
        return rows[order[first]]

    def surplus(self, scores: ArrayLike | None = None) -> Indices:
        """The rows that go where one of each group stays, ascending."""
        return np.setdiff1d(self.grouped, self.staying(scores))


@dataclass(frozen=True)
class NearCopies:
    """The pairs that join the rows of a study to groups, from the nearest pair on."""

    n: int
    floor: float
    pairs: Indices  # (pairs, 2) numbers of rows in the study; fewer than n
    cosines: NDArray[np.float64]  # (pairs,) falling, to six digits

    def at(self, threshold: float) -> Groups:
        """The groups at that threshold.

        Raises:
            UserError: it is below the floor or above 1.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        joined = self.pairs[: self._count(threshold)]
        graph = coo_array((np.ones(len(joined), dtype=bool), (joined[:, 0], joined[:, 1])), shape=(self.n, self.n))
        _, parts = connected_components(graph, directed=False)
        sizes = np.bincount(parts)
        firsts = np.unique(parts, return_index=True)[1]
        groups = np.flatnonzero(sizes > 1)
        order = groups[np.lexsort((firsts[groups], -sizes[groups]))]
        names = np.full(len(sizes), -1, dtype=np.int64)
        names[order] = np.arange(len(order))
        return Groups(threshold, names[parts], sizes[order].astype(np.int64))

    def border(self, threshold: float, count: int = 1) -> tuple[list[tuple[int, int, float]], ...]:
        """The pairs that are joined with the least cosine, and those that come next: what the threshold decides."""
        place = self._count(threshold)
        inside = range(place - 1, max(-1, place - 1 - count), -1)
        outside = range(place, min(len(self.cosines), place + count))
        return tuple(
            [(int(self.pairs[i, 0]), int(self.pairs[i, 1]), float(self.cosines[i])) for i in some]
            for some in (inside, outside)
        )

    def _count(self, threshold: float) -> int:
        check_threshold(threshold, self.floor)
        return int(np.searchsorted(-self.cosines, -round(threshold, DIGITS), side="right"))


def check_threshold(threshold: float, floor: float = FLOOR) -> None:
    """Refuse a threshold below the floor or above 1, before any work."""
    if not floor <= threshold <= 1:
        raise UserError(f"The threshold is a cosine from {floor:g} to 1, and was {threshold:g}.")


def near_copies(study: Study, *, floor: float = FLOOR, progress: Progress = silent) -> NearCopies:
    """The near-copies of a study at all thresholds from `floor` on, by the cosine of embeddings.

    Memory is one block of rows times n, and a few million pairs.

    Raises:
        UserError: more rows than can be compared with each other in reasonable time.
    """
    return study._once(near_copies_key(study, floor), lambda: _found(study, floor, progress), _pack, _unpack)


def known_near_copies(study: Study, floor: float = FLOOR) -> NearCopies | None:
    """The same where it was found before."""
    return study._kept(near_copies_key(study, floor), _unpack)


def near_copies_key(study: Study, floor: float) -> str:
    """The store's key of the near-copies of a study."""
    return digest("near copies", VERSION, study.key, floor)


def cosines_to_staying(study: Study, groups: Groups, scores: ArrayLike | None = None) -> NDArray[np.float64]:
    """The cosine of each row that would go to the one of its group that stays, (surplus,).

    It may be below the threshold: a chain of rows joins the two.
    """
    gone, staying = groups.surplus(scores), groups.staying(scores)
    return _cosines(study.space.directions, np.column_stack([gone, staying[groups.labels[gone]]]))


def _found(study: Study, floor: float, progress: Progress) -> NearCopies:
    if not 0 < floor <= 1:
        raise UserError(f"The least threshold is a cosine above 0, up to 1, and was {floor:g}.")
    if len(study) > MOST_ROWS:
        raise UserError(
            f"Near-copies are looked for among all pairs of rows, and of {len(study):,} there are too many. Remove "
            "near-copies by SemDeDup on the Select page, which compares the rows of a cluster, or take a part."
        )
    require(study._memory_needed(), f"Looking for near-copies among {len(study):,} rows")
    space = study.space.directions
    firsts = space.first_copies
    copies = np.flatnonzero(firsts != np.arange(len(space)))
    distinct = space.distinct
    rest = space.without_copies
    pairs = np.empty((0, 2), dtype=np.int64)
    weights = np.empty(0)
    for new, cosines in _near(rest, floor - 2 * rest.rounding, progress):
        pairs, weights = np.concatenate([pairs, new]), np.concatenate([weights, cosines])
        if len(pairs) > _PENDING:
            pairs, weights = _forest(pairs, weights, len(rest))
    pairs, _ = _forest(pairs, weights, len(rest))
    pairs = np.concatenate([np.column_stack([firsts[copies], copies]), distinct[pairs]])
    cosines = np.round(_cosines(space, pairs), DIGITS)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -cosines))
    order = order[cosines[order] >= floor]
    return NearCopies(len(study), floor, pairs[order], cosines[order])


def _near(space: Space, floor: float, progress: Progress) -> Iterator[tuple[Indices, NDArray[np.float64]]]:
    """Pairs of rows (lower, higher) whose cosine reaches the floor, block by block, with it."""
    rows = space.unit64() if space.exact() else space.unit
    for some in row_blocks(len(space), len(space) * rows.itemsize):
        later = multiply(rows[some], rows[some.start :].T)  # pairs are looked at once: no earlier row, ...
        near = np.flatnonzero(later >= floor)
        left, right = np.divmod(near, later.shape[1])
        upper = right > left  # ... and of the rows of the block itself only those behind
        yield np.column_stack([left, right])[upper] + some.start, later.ravel()[near[upper]].astype(np.float64)
        progress(some.stop / len(space), f"Looking for near-copies: {some.stop:,} of {len(space):,} rows")


def _forest(pairs: Indices, cosines: NDArray[np.float64], n: int) -> tuple[Indices, NDArray[np.float64]]:
    """Of these pairs the ones that join something that nearer ones do not."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    costs = 3 - cosines  # falling with the cosine, and never 0, which a sparse graph takes for no edge
    tree = minimum_spanning_tree(coo_array((costs, (pairs[:, 0], pairs[:, 1])), shape=(n, n)).tocsr()).tocoo()
    return np.column_stack([tree.row, tree.col]).astype(np.int64), 3 - tree.data


def _cosines(space: Space, pairs: Indices) -> NDArray[np.float64]:
    """The cosine of each pair in float64, (pairs,)."""
    found = np.empty(len(pairs))
    for start in range(0, len(pairs), 4096):
        some = pairs[start : start + 4096]
        found[start : start + 4096] = np.einsum("ij,ij->i", space.unit64(some[:, 0]), space.unit64(some[:, 1]))
    return np.minimum(found, 1)


def _pack(found: NearCopies) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    return {"n": found.n, "floor": found.floor}, {"pairs": found.pairs, "cosines": found.cosines}


def _unpack(meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> NearCopies:
    return NearCopies(meta["n"], meta["floor"], arrays["pairs"], arrays["cosines"])
