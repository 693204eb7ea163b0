"""A Cloud is embeddings with the views of them that need no pairs: unit rows, spectrum, copies."""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats, Indices, row_blocks
from .errors import UserError
from .sharded.rows import for_each_shard, sum_of

_UNIT_TOLERANCE = 5e-7
_IN_CACHE = 1 << 20  # bytes of rows that are hashed at a time


class Cloud:
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

    def unit64(self, rows: Any = slice(None)) -> NDArray[np.float64]:
        """Chosen rows at unit length in float64 (a row of zeros stays zeros)."""
        unit: NDArray[np.float64] = self.raw[rows].astype(np.float64) / self._divisors[rows][..., None]
        return unit

    @cached_property
    def _divisors(self) -> NDArray[np.float64]:
        """Length of each row, (n,), or 1 for a row of zeros."""
        return np.where(self.norms == 0, 1, self.norms)

    def rows64(self, rows: Any = slice(None)) -> NDArray[np.float64]:
        """Chosen rows as Euclidean measures see them, in float64."""
        return self.unit64(rows) if self.normalize else self.raw[rows].astype(np.float64)

    @cached_property
    def mean(self) -> NDArray[np.float64]:
        """Mean of the unit rows, (d,)."""
        parts = for_each_shard(self, unit_sum, cost=len(self) * self.dim, what="adding rows")
        return sum_of(parts) / len(self)

    @cached_property
    def spectrum(self) -> NDArray[np.float64]:
        """Eigenvalues of (U U^T) / n of the unit rows U, falling; the min(n, d) that can be positive, of sum 1."""
        if len(self) <= self.dim:
            unit = self.unit64()
            gram = unit @ unit.T
        else:
            cost = len(self) * self.dim * self.dim
            gram = sum_of(for_each_shard(self, unit_products, cost=cost, what="adding products"))
        values: NDArray[np.float64] = np.linalg.eigvalsh(gram / len(self)).astype(np.float64)
        return np.clip(values[::-1], 0, None)

    @cached_property
    def first_copies(self) -> Indices:
        """For each row, the index of the first row that equals it exactly (its own, for a first one), (n,).

        Compared are `rows`: of a normalised space, a row and its double are copies.
        """
        _, first, inverse = np.unique(self.hashes, return_index=True, return_inverse=True)
        firsts = first[inverse].astype(np.int64)
        others = np.flatnonzero(firsts != np.arange(len(self)))
        wrong = others[(self.rows[others] != self.rows[firsts[others]]).any(axis=1)]
        if len(wrong):  # two rows of one hash that differ: never seen, and still right
            seen: dict[bytes, int] = {}
            whole = self.rows + np.float32(0)
            return np.array([seen.setdefault(row.tobytes(), i) for i, row in enumerate(whole)], dtype=np.int64)
        return firsts

    @cached_property
    def hashes(self) -> NDArray[np.uint64]:
        """A number for each of `rows`, (n,): equal rows, of this cloud or another of its kind, have equal ones."""
        kind = np.uint32 if self.dim % 2 else np.uint64  # two numbers are one word where that can be
        words = self.dim * 4 // np.dtype(kind).itemsize
        weights = np.random.default_rng(0).integers(1, 2**63, size=words, dtype=np.uint64) | np.uint64(1)
        found = np.empty(len(self), dtype=np.uint64)
        for some in row_blocks(len(self), self.dim * 8, _IN_CACHE):
            rows = np.ascontiguousarray(self.rows[some] + np.float32(0)).view(kind)  # + 0 makes -0 and 0 the same
            found[some] = np.multiply(rows, weights, dtype=np.uint64).sum(axis=1, dtype=np.uint64)
        return found

    @cached_property
    def distinct(self) -> Indices:
        """Indices of the distinct rows: of exact copies only the first, ascending."""
        return np.flatnonzero(self.first_copies == np.arange(len(self))).astype(np.int64)

    @property
    def has_copies(self) -> bool:
        """Whether a row equals another."""
        return len(self.distinct) < len(self)

    def distance_to(self, index: int) -> NDArray[np.float64]:
        """Cosine distance of every row to row `index`, (n,), float64."""
        return self.distances_from(self.unit64(index))

    def distances_from(self, point: Floats) -> NDArray[np.float64]:
        """Cosine distance of every row to one unit vector (d,), (n,), float64 computed from float32 unit rows."""
        return 1.0 - (self.unit @ np.asarray(point, dtype=np.float32)).astype(np.float64)


def unit_sum(cloud: Cloud) -> NDArray[np.float64]:
    """The sum of the unit rows, (d,)."""
    total = np.zeros(cloud.dim)
    for some in row_blocks(len(cloud), cloud.dim * 8):
        total += cloud.unit64(some).sum(axis=0)
    return total


def unit_products(cloud: Cloud) -> NDArray[np.float64]:
    """U^T U of the unit rows U, (d, d)."""
    gram = np.zeros((cloud.dim, cloud.dim))
    for some in row_blocks(len(cloud), cloud.dim * 8):
        unit = cloud.unit64(some)
        gram += unit.T @ unit
    return gram
