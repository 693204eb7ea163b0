"""A Space is one cloud of embeddings with its shared lazy views; every distance in the project is computed here.

Distances are cosine distances d(i, j) = 1 - cos in [0, 2] unless a name says otherwise; for unit rows the squared
Euclidean distance is 2 d. Loops over pairs go through `blocks`, so memory stays at O(block * n).

Precision: small products are done in float64, large ones in float32 (`EXACT_UP_TO` multiply-adds decide); neighbours
are searched in float32 and their distances recomputed in float64, so that near copies keep their digits.
"""

import copy
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats, Indices, multiply, row_blocks
from .errors import UserError
from .looking import looked, together
from .progress import Progress, silent
from .wishes import Crowding, MeanLength, Nearest, Ranked, Wish

EXACT_UP_TO = 4e9  # multiply-adds of one pass over all pairs up to which float64 is used
_AT_LEAST = 10  # neighbours searched at once, since most measures ask for as many
_UNIT_TOLERANCE = 5e-7


class Space:
    """One cloud of n points in d dimensions.

    Args:
        vectors: (n, d) finite numbers; kept as float32, a memory map is kept as it is.
        normalize: rows are scaled to unit length first (the default everywhere in Gamut). With False, Euclidean
            measures see the rows as they are; cosine ones do not care.
        name: how messages and scores call this cloud.

    Of a space with `anchors`, (m,) rising row numbers, only these rows are compared with all others: see `anchored`.

    Raises:
        UserError: not two-dimensional, no rows, a value that is not finite, or (normalised) a row of zeros.
    """

    def __init__(self, vectors: Floats, *, normalize: bool = True, name: str = "the data") -> None:
        self.name = name
        self.normalize = normalize
        given = np.asarray(vectors) if not isinstance(vectors, np.memmap) else vectors
        if given.ndim != 2 or given.dtype.kind not in "fiu":
            raise UserError(
                f"The embeddings of {name} are {given.ndim}-dimensional {given.dtype}; "
                "expected a table of numbers, one row an item."
            )
        if len(given) == 0 or given.shape[1] == 0:
            raise UserError(f"The embeddings of {name} are empty ({given.shape[0]} rows, {given.shape[1]} columns).")
        self.raw: NDArray[np.float32] = np.asarray(given, dtype=np.float32)
        self.norms = self._checked_norms()
        self.anchors: Indices | None = None
        self._seen: dict[tuple[int, Wish], tuple[Any, Space]] = {}
        self._views: dict[tuple[int, int], Space] = {}

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def dim(self) -> int:
        return int(self.raw.shape[1])

    def _checked_norms(self) -> NDArray[np.float64]:
        norms = np.empty(len(self.raw))
        for some in row_blocks(len(self.raw), self.dim * 8):
            rows = self.raw[some].astype(np.float64)
            norms[some] = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        if not np.isfinite(norms).all():
            bad = np.flatnonzero(~np.isfinite(norms))
            raise UserError(
                f"{len(bad)} of {len(norms)} embeddings of {self.name} hold NaN or infinity; the first is row "
                f"{bad[0] + 1}. Leave these rows out or embed them again."
            )
        if self.normalize and not norms.all():
            bad = np.flatnonzero(norms == 0)
            raise UserError(
                f"{len(bad)} of {len(norms)} embeddings of {self.name} are all zeros and have no direction; the first "
                f"is row {bad[0] + 1}. Leave these rows out (an empty text?)."
            )
        return norms

    @cached_property
    def unit(self) -> NDArray[np.float32]:
        """The rows at unit length, float32; the given array itself where it already is."""
        if np.abs(self.norms - 1).max() <= _UNIT_TOLERANCE:
            return self.raw
        unit = np.empty_like(self.raw)
        for some in row_blocks(len(self), self.dim * 8):
            unit[some] = self.unit64(some)
        return unit

    @property
    def rows(self) -> NDArray[np.float32]:
        """The rows that Euclidean measures see: unit rows, or the raw ones of a space that is not normalised."""
        return self.unit if self.normalize else self.raw

    @cached_property
    def row_squares(self) -> NDArray[np.float32]:
        """Squared length of each of `rows`, (n,)."""
        return np.ones(len(self), np.float32) if self.normalize else (self.norms**2).astype(np.float32)

    @cached_property
    def rounding(self) -> float:
        """How far a float32 product of two of `rows`, summed in any order, can be from that of `rows64` at most."""
        longest = 1.0 if self.normalize else float(self.norms.max())
        inputs = 2 * _UNIT_TOLERANCE if self.normalize else 0.0
        return longest**2 * 1.01 * ((self.dim + 16) * 2.0**-24 + inputs)

    @cached_property
    def directions(self) -> "Space":
        """The same rows seen at unit length; the space itself where it is normalised."""
        if self.normalize:
            return self
        found = Space(self.raw, name=self.name)
        found.anchors = self.anchors
        return found

    def unit64(self, rows: Any = slice(None)) -> NDArray[np.float64]:
        """Chosen rows at unit length in float64 (a row of zeros stays zeros)."""
        norms = self.norms[rows]
        unit: NDArray[np.float64] = self.raw[rows].astype(np.float64) / np.where(norms == 0, 1, norms)[..., None]
        return unit

    def rows64(self, rows: Any = slice(None)) -> NDArray[np.float64]:
        """Chosen rows as Euclidean measures see them, in float64."""
        return self.unit64(rows) if self.normalize else self.raw[rows].astype(np.float64)

    def subset(self, indices: Any, name: str | None = None) -> "Space":
        """The space of the chosen rows, in the order given; what is known of their nearest rows elsewhere is kept."""
        chosen = np.arange(len(self))[indices]
        found = Space(self.raw[chosen], normalize=self.normalize, name=name or self.name)
        if self.anchors is None:
            for (_, wish), (known, home) in self._seen.items():
                if isinstance(wish, Nearest) and wish.itself:
                    found._seen[id(home), wish] = (tuple(each[chosen] for each in known), home)
        return found

    @cached_property
    def mean(self) -> NDArray[np.float64]:
        """Mean of the unit rows, (d,)."""
        total = np.zeros(self.dim)
        for some in row_blocks(len(self), self.dim * 8):
            total += self.unit64(some).sum(axis=0)
        return total / len(self)

    @cached_property
    def spectrum(self) -> NDArray[np.float64]:
        """Eigenvalues of (U U^T) / n of the unit rows U, falling; the min(n, d) that can be positive, of sum 1."""
        if len(self) <= self.dim:
            unit = self.unit64()
            gram = unit @ unit.T
        else:
            gram = np.zeros((self.dim, self.dim))
            for some in row_blocks(len(self), self.dim * 8):
                unit = self.unit64(some)
                gram += unit.T @ unit
        values: NDArray[np.float64] = np.linalg.eigvalsh(gram / len(self)).astype(np.float64)
        return np.clip(values[::-1], 0, None)

    @cached_property
    def first_copies(self) -> Indices:
        """For each row, the index of the first row that equals it exactly (its own, for a first one), (n,).

        Compared are `rows`: of a normalised space, a row and its double are copies.
        """
        words = np.ascontiguousarray(self.rows + np.float32(0)).view(np.uint32)  # + 0 makes -0 and 0 the same
        weights = np.random.default_rng(0).integers(1, 2**63, size=self.dim, dtype=np.uint64) | np.uint64(1)
        hashes = np.empty(len(self), dtype=np.uint64)
        for some in row_blocks(len(self), self.dim * 8):
            hashes[some] = (words[some].astype(np.uint64) * weights).sum(axis=1, dtype=np.uint64)
        _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        firsts = first[inverse].astype(np.int64)
        others = np.flatnonzero(firsts != np.arange(len(self)))
        wrong = others[(words[others] != words[firsts[others]]).any(axis=1)]
        if len(wrong):  # two rows of one hash that differ: never seen, and still right
            seen: dict[bytes, int] = {}
            return np.array([seen.setdefault(row.tobytes(), i) for i, row in enumerate(words)], dtype=np.int64)
        return firsts

    @cached_property
    def distinct(self) -> Indices:
        """Indices of the distinct rows: of exact copies only the first, ascending."""
        return np.flatnonzero(self.first_copies == np.arange(len(self))).astype(np.int64)

    @property
    def has_copies(self) -> bool:
        """Whether a row equals another."""
        return len(self.distinct) < len(self)

    @cached_property
    def without_copies(self) -> "Space":
        """The space of the distinct rows; the space itself when there are no copies."""
        return self.subset(self.distinct) if self.has_copies else self

    def distance_to(self, index: int) -> NDArray[np.float64]:
        """Cosine distance of every row to row `index`, (n,), float64."""
        return self.distances_from(self.unit64(index))

    def distances_from(self, point: Floats) -> NDArray[np.float64]:
        """Cosine distance of every row to one unit vector (d,), (n,), float64 computed from float32 unit rows."""
        return 1.0 - (self.unit @ np.asarray(point, dtype=np.float32)).astype(np.float64)

    def exact(self, other: "Space | None" = None) -> bool:
        """Whether a pass over the pairs of the rows asked for is small enough to be done in float64."""
        return len(self.asked) * len(other or self) * self.dim <= EXACT_UP_TO

    def blocks(
        self, other: "Space | None" = None, *, progress: Progress = silent, what: str = "Comparing pairs"
    ) -> Iterator[tuple[slice, Floats]]:
        """Cosine similarities of this space's rows to all rows of `other` (itself by default), block by block.

        Yields (rows, (len(block), len(other)) similarities): float64 when the whole pass is small, else float32. The
        array is the caller's to change and is overwritten by the next block.
        """
        other = other or self
        left, right = (self.unit64(), other.unit64()) if self.exact(other) else (self.unit, other.unit)
        out: Floats | None = None
        for some in row_blocks(len(self), len(other) * left.itemsize):
            size = some.stop - some.start
            if out is None:
                out = np.empty((size, len(other)), dtype=left.dtype)
            multiply(left[some], right.T, out=out[:size])
            yield some, out[:size]
            progress(some.stop / len(self), f"{what}: {some.stop:,} of {len(self):,} rows")

    # What a pass over all pairs finds

    @property
    def asked(self) -> Indices:
        """The rows for which pairs are looked at: all, or the anchors."""
        return np.arange(len(self), dtype=np.int64) if self.anchors is None else self.anchors

    def anchored(self, count: int, seed: int) -> "Space":
        """The same space, of which only `count` seeded random rows, the anchors, are compared with all others.

        What is found of pairs then has a row for each anchor, in rising order; everything else is as before. Asked
        again, it is the same view.
        """
        if (known := self._views.get((count, seed))) is not None:
            return known
        view = copy.copy(self)
        view._seen = {}
        view.__dict__.pop("directions", None)
        chosen = np.random.default_rng(seed).choice(len(self), min(count, len(self)), replace=False)
        view.anchors = np.sort(chosen).astype(np.int64)
        self._views[count, seed] = view
        return view

    def look(self, wishes: Iterable[Wish], within: "Space | None" = None, *, progress: Progress = silent) -> None:
        """Fulfil all the wishes that are not yet fulfilled in one pass over this space's rows and those of `within`.

        Wishes other than `Nearest` are for the space's own pairs of unit rows.
        """
        home = within or self
        missing = together(self._shared(wish, home) for wish in wishes if self._found(wish, home) is None)
        for wish, found in looked(self, home, missing, progress=progress) if missing else ():
            self._seen[id(home), wish] = (found, home)

    def neighbours(
        self, count: int, within: "Space | None" = None, *, distinct: bool = False, progress: Progress = silent
    ) -> tuple[NDArray[np.float64], Indices]:
        """The `count` nearest rows of `within` for each row: squared Euclidean distances and indices, (n, count).

        Without `within` the search is among the space's own OTHER rows (a row is never its own neighbour, its exact
        copies are); with it, also where it is the space itself, among all its rows, or with `distinct` among the first
        of each. Distances are between unit rows, or raw ones where the space is not normalised; nearest first, equal
        distances by index. Candidates come from a float32 pass whose rounding is allowed for; their distances are
        recomputed in float64. Kept for later asks.

        Raises:
            UserError: there are fewer than `count` such rows.
        """
        home = within or self
        there = (len(home.distinct) if distinct else len(home)) - (within is None)
        if count > there:
            raise UserError(
                f"{count} neighbours were asked for, and {home.name} has {there} "
                f"{'other ' if within is None else ''}{'distinct ' if distinct else ''}rows. "
                "Use fewer neighbours or a larger set."
            )
        wish = Nearest(count, distinct, itself=within is not None)
        if self._found(wish, home) is None:
            more = Nearest(min(max(count, _AT_LEAST), there), distinct, itself=within is not None)
            self.look([more], within, progress=progress)
        squared, indices = self._found(wish, home)
        return squared[:, :count].copy(), indices[:, :count].copy()

    def mean_lengths(self, *, progress: Progress = silent) -> NDArray[np.float64]:
        """Mean Euclidean distance of each row to the other rows, (n,)."""
        self.look([MeanLength()], progress=progress)
        found: NDArray[np.float64] = self._found(MeanLength(), self)
        return found

    def crowding(self, tau: float, *, progress: Progress = silent) -> NDArray[np.float64]:
        """For each row the sum over all rows of exp((cos - 1) / tau), (n,); its own part is 1."""
        self.look([Crowding(tau)], progress=progress)
        found: NDArray[np.float64] = self._found(Crowding(tau), self)
        return found

    def ranked_means(
        self, alphas: tuple[float, ...], own_too: bool, *, progress: Progress = silent
    ) -> NDArray[np.float64]:
        """Mean cosine distance to all rows, the r-th nearest with weight r^-alpha, (n, alphas).

        With `own_too` each row counts as its own nearest, at distance 0.
        """
        self.look([Ranked(alphas, own_too)], progress=progress)
        found: NDArray[np.float64] = self._found(Ranked(alphas, own_too), self)
        return found

    def _shared(self, wish: Wish, home: "Space") -> Wish:
        """The wish that this one is fulfilled by, so that measures which ask differently share one search."""
        if not isinstance(wish, Nearest):
            return wish
        distinct = wish.distinct and home.has_copies
        if wish.itself or distinct or home is not self:
            return Nearest(wish.count, distinct, wish.itself)
        return Nearest(wish.count + 1)  # one more, since the row itself is to be left out

    def _found(self, wish: Wish, home: "Space") -> Any:
        """What was found for that wish, or for a greater one of its kind; None where nothing was."""
        if not isinstance(wish, Nearest):
            found = self._seen.get((id(home), wish))
            return found and found[0]
        shared = self._shared(wish, home)
        assert isinstance(shared, Nearest)
        for (place, known), (found, _) in self._seen.items():
            if place == id(home) and isinstance(known, Nearest) and known.serves(shared):
                return found if wish.itself == shared.itself else _others(found[0], found[1], self.asked)
        return None


def _others(squared: NDArray[np.float64], indices: Indices, rows: Indices) -> tuple[NDArray[np.float64], Indices]:
    """The neighbours without the row itself, or where it is not among them (copies are) without the last."""
    kept = indices != rows[:, None]
    kept[kept.all(axis=1), -1] = False
    shape = (len(rows), indices.shape[1] - 1)
    return squared[kept].reshape(shape), indices[kept].reshape(shape)
