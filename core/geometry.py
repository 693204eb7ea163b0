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
from .cloud import Cloud
from .errors import UserError
from .looking import looked, together
from .progress import Progress, silent
from .wishes import Cosines, Crowding, Farthest, MeanLength, Nearest, Ranked, Wish

EXACT_UP_TO = 4e9  # multiply-adds of one pass over all pairs up to which float64 is used
_AT_LEAST = 10  # neighbours searched at once, since most measures ask for as many


class Space(Cloud):
    """A cloud with what is found of the pairs of its rows, and of them with those of other clouds.

    Args: those of `Cloud`.

    Of a space with `anchors`, (m,) rising row numbers, only these rows are compared with all others: see `anchored`.
    """

    def __init__(self, vectors: Floats, *, normalize: bool = True, name: str = "the data") -> None:
        super().__init__(vectors, normalize=normalize, name=name)
        self.anchors: Indices | None = None
        self._seen: dict[tuple[int, Wish], tuple[Any, Space]] = {}
        self._views: dict[tuple[int, int], Space] = {}

    @cached_property
    def directions(self) -> "Space":
        """The same rows seen at unit length; the space itself where it is normalised."""
        if self.normalize:
            return self
        found = Space(self.raw, name=self.name)
        found.anchors = self.anchors
        return found

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
    def without_copies(self) -> "Space":
        """The space of the distinct rows; the space itself when there are no copies."""
        return self.subset(self.distinct) if self.has_copies else self

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

    def look(
        self,
        wishes: Iterable[Wish],
        within: "Space | None" = None,
        *,
        also: Iterable[Wish] = (),
        progress: Progress = silent,
    ) -> None:
        """Fulfil all the wishes that are not yet fulfilled in one pass over this space's rows and those of `within`.

        Wishes other than `Nearest` are for the space's own pairs of unit rows. Those in `also` are not worth a pass of
        their own: they are fulfilled where there is one.
        """
        home = within or self
        missing = together(self._shared(wish, home) for wish in wishes if self._found(wish, home) is None)
        if missing:
            missing = together([*missing, *(wish for wish in also if self._found(wish, home) is None)])
        for wish, found in looked(self, home, missing, progress=progress) if missing else ():
            self._seen[id(home), wish] = (found, home)

    def neighbours(
        self,
        count: int,
        within: "Space | None" = None,
        *,
        distinct: bool = False,
        also: Iterable[Wish] = (),
        progress: Progress = silent,
    ) -> tuple[NDArray[np.float64], Indices]:
        """The `count` nearest rows of `within` for each row: squared Euclidean distances and indices, (n, count).

        Without `within` the search is among the space's own OTHER rows (a row is never its own neighbour, its exact
        copies are); with it, also where it is the space itself, among all its rows, or with `distinct` among the first
        of each. Distances are between unit rows, or raw ones where the space is not normalised; nearest first, equal
        distances by index. Candidates come from a float32 pass whose rounding is allowed for; their distances are
        recomputed in float64. Kept for later asks. `also`: those of `look`.

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
            self.look([more], within, also=also, progress=progress)
        squared, indices = self._found(wish, home)
        return squared[:, :count].copy(), indices[:, :count].copy()

    @property
    def reach(self) -> NDArray[np.float64] | None:
        """No row is farther than this by 1 - cos, (n,), for each row asked for; None where no pass has found it."""
        found = self._found(Farthest(), self)
        return None if found is None else np.minimum(found + self.rounding, 2)

    def take_cosines(self) -> Floats:
        """The cosines of all rows with all, (n, n), from the pass that was to keep them where there was one.

        They are the caller's, and kept no longer.
        """
        found, _ = self._seen.pop((id(self), Cosines()), (None, self))
        return multiply(self.unit, self.unit.T) if found is None else found

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
