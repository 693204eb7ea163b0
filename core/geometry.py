"""A Space is one cloud of embeddings with its shared lazy views; every distance in the project is computed here.

Distances are cosine distances d(i, j) = 1 - cos in [0, 2] unless a name says otherwise; for unit rows the squared
Euclidean distance is 2 d. Loops over pairs go through `blocks`, so memory stays at O(block * n).

Precision: small products are done in float64, large ones in float32 (`EXACT_UP_TO` multiply-adds decide); neighbours
are searched in float32 and their distances recomputed in float64, so that near copies keep their digits.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .progress import Progress, silent

Floats = NDArray[np.floating[Any]]
Indices = NDArray[np.int64]

BLOCK_BYTES = 64 << 20
EXACT_UP_TO = 4e10  # multiply-adds of one pass over all pairs up to which float64 is used
_FLOAT32_NOISE = 16 * 2.0**-23  # of a squared distance, as a share of the squared lengths
_AT_LEAST = 10  # neighbours searched at once, since most measures ask for as many
_UNIT_TOLERANCE = 5e-7
_SMALL = 2e8  # multiply-adds below which starting torch is not worth it


class Space:
    """One cloud of n points in d dimensions.

    Args:
        vectors: (n, d) finite numbers; kept as float32, a memory map is kept as it is.
        normalize: rows are scaled to unit length first (the default everywhere in Gamut). With False, Euclidean
            measures see the rows as they are; cosine ones do not care.
        name: how messages and scores call this cloud.

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
        self._neighbours: dict[int, tuple[NDArray[np.float64], Indices, Space]] = {}

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def dim(self) -> int:
        return int(self.raw.shape[1])

    def _checked_norms(self) -> NDArray[np.float64]:
        norms = np.empty(len(self.raw))
        for part in row_blocks(len(self.raw), self.dim * 8):
            rows = self.raw[part].astype(np.float64)
            norms[part] = np.sqrt(np.einsum("ij,ij->i", rows, rows))
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
        for part in row_blocks(len(self), self.dim * 8):
            unit[part] = self.unit64(part)
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
        return self if self.normalize else Space(self.raw, name=self.name)

    def unit64(self, rows: Any = slice(None)) -> NDArray[np.float64]:
        """Chosen rows at unit length in float64 (a row of zeros stays zeros)."""
        norms = self.norms[rows]
        unit: NDArray[np.float64] = self.raw[rows].astype(np.float64) / np.where(norms == 0, 1, norms)[..., None]
        return unit

    def rows64(self, rows: Any = slice(None)) -> NDArray[np.float64]:
        """Chosen rows as Euclidean measures see them, in float64."""
        return self.unit64(rows) if self.normalize else self.raw[rows].astype(np.float64)

    def subset(self, indices: Any, name: str | None = None) -> "Space":
        """The space of the chosen rows, in the order given."""
        return Space(self.raw[np.asarray(indices)], normalize=self.normalize, name=name or self.name)

    @cached_property
    def mean(self) -> NDArray[np.float64]:
        """Mean of the unit rows, (d,)."""
        total = np.zeros(self.dim)
        for part in row_blocks(len(self), self.dim * 8):
            total += self.unit64(part).sum(axis=0)
        return total / len(self)

    @cached_property
    def spectrum(self) -> NDArray[np.float64]:
        """Eigenvalues of (U U^T) / n of the unit rows U, falling; the min(n, d) that can be positive, of sum 1."""
        if len(self) <= self.dim:
            unit = self.unit64()
            gram = unit @ unit.T
        else:
            gram = np.zeros((self.dim, self.dim))
            for part in row_blocks(len(self), self.dim * 8):
                unit = self.unit64(part)
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
        for part in row_blocks(len(self), self.dim * 8):
            hashes[part] = (words[part].astype(np.uint64) * weights).sum(axis=1, dtype=np.uint64)
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

    @cached_property
    def without_copies(self) -> "Space":
        """The space of the distinct rows; the space itself when there are no copies."""
        return self if len(self.distinct) == len(self) else self.subset(self.distinct)

    def distance_to(self, index: int) -> NDArray[np.float64]:
        """Cosine distance of every row to row `index`, (n,), float64."""
        return self.distances_from(self.unit64(index))

    def distances_from(self, point: Floats) -> NDArray[np.float64]:
        """Cosine distance of every row to one unit vector (d,), (n,), float64 computed from float32 unit rows."""
        return 1.0 - (self.unit @ np.asarray(point, dtype=np.float32)).astype(np.float64)

    def exact(self, other: "Space | None" = None) -> bool:
        """Whether a pass over all pairs of rows is small enough to be done in float64."""
        return len(self) * len(other or self) * self.dim <= EXACT_UP_TO

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
        for part in row_blocks(len(self), len(other) * left.itemsize):
            size = part.stop - part.start
            if out is None:
                out = np.empty((size, len(other)), dtype=left.dtype)
            multiply(left[part], right.T, out=out[:size])
            yield part, out[:size]
            progress(part.stop / len(self), f"{what}: {part.stop:,} of {len(self):,} rows")

    def neighbours(
        self, count: int, within: "Space | None" = None, *, progress: Progress = silent
    ) -> tuple[NDArray[np.float64], Indices]:
        """The `count` nearest rows of `within` for each row: squared Euclidean distances and indices, (n, count).

        Without `within` the search is among the space's own OTHER rows (a row is never its own neighbour, its exact
        copies are). Distances are between unit rows, or raw ones where the space is not normalised; nearest first,
        equal distances by index. Found by exact float32 search, distances recomputed in float64. Kept for later asks.
        """
        home = within or self
        own = within is None
        if count > len(home) - own:
            raise UserError(
                f"{count} neighbours were asked for, and {home.name} has {len(home) - own} "
                f"{'other ' if own else ''}rows. Use fewer neighbours or a larger set."
            )
        token = -1 if own else id(home)
        kept = self._neighbours.get(token)
        if kept is None or kept[0].shape[1] < count:
            enough = min(max(count, _AT_LEAST), len(home) - own)
            kept = (*self._search(enough, home, own, progress), home)
            self._neighbours[token] = kept
        return kept[0][:, :count].copy(), kept[1][:, :count].copy()

    def _search(self, count: int, home: "Space", own: bool, progress: Progress) -> tuple[NDArray[np.float64], Indices]:
        import faiss

        asked = min(len(home), count + own + 4)  # a few more, since float32 may swap the last ones
        index = faiss.IndexFlatL2(self.dim)
        index.add(np.ascontiguousarray(home.rows))
        distances = np.empty((len(self), count))
        indices = np.empty((len(self), count), dtype=np.int64)
        longest = (1.0 if home.normalize else float(home.norms.max())) ** 2
        unsure: list[Indices] = []
        for part in row_blocks(len(self), asked * self.dim * 8):
            coarse, found = index.search(np.ascontiguousarray(self.rows[part]), asked)
            mine = self.rows64(part)
            gaps = home.rows64(found.ravel()).reshape(*found.shape, self.dim) - mine[:, None, :]
            exact = np.einsum("ijk,ijk->ij", gaps, gaps)
            if own:
                exact[found == np.arange(part.start, part.stop)[:, None]] = np.inf
            order = np.lexsort((found, exact), axis=1)[:, :count]
            distances[part] = np.take_along_axis(exact, order, axis=1)
            indices[part] = np.take_along_axis(found, order, axis=1)
            if asked < len(home):
                # A row that was not returned is at least as far as the last returned one, less what float32 loses.
                noise = _FLOAT32_NOISE * (longest + np.einsum("ij,ij->i", mine, mine))
                unsure.append(part.start + np.flatnonzero(distances[part, -1] >= coarse[:, -1] - noise))
            progress(part.stop / len(self), f"Searching neighbours: {part.stop:,} of {len(self):,} rows")
        again = np.concatenate([*unsure, np.empty(0, np.int64)])
        distances[again], indices[again] = self._exact_search(again, count, home, own)
        return distances, indices

    def _exact_search(self, rows: Indices, count: int, home: "Space", own: bool) -> tuple[NDArray[np.float64], Indices]:
        """Neighbours of a few rows in float64 throughout, for crowds of near copies that float32 cannot tell apart."""
        distances, indices = np.empty((len(rows), count)), np.empty((len(rows), count), dtype=np.int64)
        asked = min(len(home), count + own + 64)
        for part in row_blocks(len(rows), max(len(home) * 24, asked * self.dim * 16)):
            mine = self.rows64(rows[part])
            coarse: NDArray[np.float64] = np.empty((len(mine), len(home)))
            for columns in row_blocks(len(home), self.dim * 16):
                theirs = home.rows64(columns)
                coarse[:, columns] = np.einsum("ij,ij->i", theirs, theirs) - 2 * multiply(mine, theirs.T)
            if own:
                coarse[np.arange(len(mine)), rows[part]] = np.inf
            found = np.sort(np.argpartition(coarse, asked - 1, axis=1)[:, :asked], axis=1)
            gaps = home.rows64(found.ravel()).reshape(*found.shape, self.dim) - mine[:, None, :]
            exact = np.einsum("ijk,ijk->ij", gaps, gaps)
            if own:
                exact[found == rows[part, None]] = np.inf
            order = np.argsort(exact, axis=1, kind="stable")[:, :count]
            distances[part] = np.take_along_axis(exact, order, axis=1)
            indices[part] = np.take_along_axis(found, order, axis=1)
        return distances, indices


def row_blocks(n: int, bytes_per_row: int, limit: int | None = None) -> Iterator[slice]:
    """Slices that cover n rows, each of at most `limit` bytes (BLOCK_BYTES by default) and of at least one row."""
    size = max(1, min(n, (BLOCK_BYTES if limit is None else limit) // max(1, bytes_per_row)))
    for start in range(0, n, size):
        yield slice(start, min(n, start + size))


def multiply(left: Floats, right: Floats, out: Floats | None = None) -> Floats:
    """left @ right by the fastest way this machine has, into `out` where given; both of one dtype."""
    if left.shape[0] * right.size < _SMALL:
        return np.matmul(left, right, out=out)
    import torch

    with torch.inference_mode():
        if out is None:
            out = np.empty((left.shape[0], right.shape[1]), dtype=left.dtype)
        torch.mm(_tensor(left), _tensor(right), out=torch.from_numpy(out))
    return out


def products(rows: Floats, point: Floats) -> Floats:
    """rows @ point on this thread alone: for a few thousand rows waking other threads costs more than the work."""
    found: Floats = np.einsum("ij,j->i", rows, point)
    return found


def _tensor(array: Floats) -> Any:
    import torch

    return torch.from_numpy(array if array.flags.writeable else np.asarray(_Writable(array)))


class _Writable:
    """A read-only array shown to torch as writable, which it asks for and, multiplying, does not use."""

    def __init__(self, array: Floats) -> None:
        self.array = array
        address, _ = array.__array_interface__["data"]
        self.__array_interface__ = {**array.__array_interface__, "data": (address, False)}
