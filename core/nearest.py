"""Nearest rows, exactly: candidates come from one pass in float32, their distances are computed anew in float64."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .blocks import BLOCK_BYTES, Indices, multiply, row_blocks
from .pairs.nearest import Candidates
from .parallel import by_rows

if TYPE_CHECKING:
    from .geometry import Space

Found = tuple[NDArray[np.float64], Indices]
Into64 = Callable[[Indices, NDArray[np.float64]], object]

_IN_CACHE = 1 << 20  # bytes of rows that are gathered at a time
_PADDED = 4  # times as many places as pairs, up to which a table of all rows is sorted sooner than the pairs


def refined(candidates: Candidates, count: int, space: "Space", home: "Space", own: Indices | None) -> Found:
    """Squared Euclidean distances to the `count` nearest rows of `home` and their indices, (asked rows, count).

    Nearest first, equal distances by index. A row's own column is left out where the candidates leave it out.
    """
    asked = space.asked
    distances, indices = np.empty((len(asked), count)), np.empty((len(asked), count), dtype=np.int64)
    crowded = candidates.crowded
    rows, columns = candidates.pairs
    listed = np.setdiff1d(np.arange(len(asked)), crowded)
    distances[listed], indices[listed] = _first(rows, columns, listed, count, asked, space, home)
    if len(crowded):
        mine = None if own is None or candidates.own_too else own[crowded]
        distances[crowded], indices[crowded] = _in_float64(asked[crowded], count, space, home, mine, candidates.hidden)
    return distances, indices


def _first(
    rows: Indices, columns: Indices, listed: Indices, count: int, asked: Indices, space: "Space", home: "Space"
) -> Found:
    """The `count` nearest of the listed columns of each listed row, by exact distance, then by index.

    Args:
        rows, columns: (pairs,) places in `asked`, rising, and columns; at least `count` for each of `listed`.
    """
    rows, columns = np.divmod(np.sort(rows * len(home) + columns), len(home))  # columns of each row rise
    squared = np.empty(len(rows))
    left = _into64(space, len(rows))
    right = left if home is space else _into64(home, len(rows))
    by_rows(partial(_distances, squared, asked[rows], columns, left, right, space.dim), len(rows))
    begin = np.searchsorted(rows, listed)  # rows rise
    best = begin[:, None] + _places(rows, columns, squared, begin, count)
    return squared[best], columns[best]


def _places(rows: Indices, columns: Indices, squared: NDArray[np.float64], begin: Indices, count: int) -> Indices:
    """Of the pairs of each row from `begin` on, the places of the `count` nearest among them, (rows, count)."""
    sizes = np.searchsorted(rows, rows[begin], side="right") - begin
    most = int(sizes.max(initial=count))
    if most * len(begin) > _PADDED * len(rows):  # few rows have many
        order = np.lexsort((columns, squared, rows))
        nearest: Indices = order[begin[:, None] + np.arange(count)] - begin[:, None]
        return nearest
    wide = np.full((len(begin), most), np.inf)
    there = np.arange(most) < sizes[:, None]
    wide[there] = squared[(begin[:, None] + np.arange(most))[there]]
    return np.argsort(wide, axis=1, kind="stable")[:, :count]  # of equal ones the lowest column


def _into64(space: "Space", pairs: int) -> Into64:
    """What puts chosen rows in float64 into an array; of a small space all are made once, if each is in many pairs."""
    if pairs < 2 * len(space) or len(space) * space.dim * 8 > BLOCK_BYTES:
        return lambda rows, out: np.copyto(out, space.rows64(rows))
    every = space.rows64()
    return lambda rows, out: np.take(every, rows, axis=0, out=out, mode="clip")  # as with "raise", which makes a copy


def _distances(
    squared: NDArray[np.float64],
    rows: Indices,
    columns: Indices,
    left: Into64,
    right: Into64,
    dim: int,
    some: slice,
) -> None:
    size = max(1, min(some.stop - some.start, _IN_CACHE // (16 * dim)))
    gaps, mine = np.empty((2, size, dim))  # made once: memory that is new each time takes longer than the work
    for start in range(some.start, some.stop, size):
        part = slice(start, min(some.stop, start + size))
        within = part.stop - start
        right(columns[part], gaps[:within])
        left(rows[part], mine[:within])
        gaps[:within] -= mine[:within]
        np.vecdot(gaps[:within], gaps[:within], out=squared[part])


def _in_float64(
    rows: Indices, count: int, space: "Space", home: "Space", own: Indices | None, hidden: Indices | None
) -> Found:
    """Neighbours of a few rows in float64 throughout, for crowds of near copies that float32 cannot tell apart."""
    distances, indices = np.empty((len(rows), count)), np.empty((len(rows), count), dtype=np.int64)
    kept = _few_of_each(home, count + 1, hidden)  # one more, as one of them may be the row itself
    for part in _crowds(rows, space, len(kept) * 40):
        centre = space.rows64(rows[part[:1]])  # distances stay, and within a crowd no digits are spent on its place
        mine = space.rows64(rows[part]) - centre
        lengths = np.sqrt(np.einsum("ij,ij->i", mine, mine))[:, None]
        coarse: NDArray[np.float64] = np.empty((len(mine), len(kept)))
        rounding = np.empty_like(coarse)
        for some in row_blocks(len(kept), space.dim * 16):
            theirs = home.rows64(kept[some]) - centre
            squares = np.einsum("ij,ij->i", theirs, theirs)
            coarse[:, some] = squares - 2 * multiply(mine, theirs.T)
            rounding[:, some] = (lengths + np.sqrt(squares)) ** 2
        rounding *= (space.dim + 8) * np.finfo(np.float64).eps
        if own is not None:
            coarse[kept == own[part, None]] = np.inf
        least = np.partition(coarse + rounding, count - 1, axis=1)[:, count - 1, None]
        near, found = np.nonzero(coarse - rounding <= least)  # what may be as near: all equal ones among them
        every = np.arange(len(mine))
        distances[part], indices[part] = _first(near, kept[found], every, count, rows[part], space, home)
    return distances, indices


def _crowds(rows: Indices, space: "Space", bytes_per_row: int) -> Iterator[Indices]:
    """Places in `rows` by crowd, as far as their order along a line tells crowds apart, in blocks that fit."""
    line = np.random.default_rng(0).normal(size=space.dim)
    along = np.concatenate([space.rows64(rows[some]) @ line for some in row_blocks(len(rows), space.dim * 16)])
    order = np.argsort(along, kind="stable")
    gaps = np.diff(along[order]) > 1e-3 * np.abs(along).max()
    for crowd in np.split(order, np.flatnonzero(gaps) + 1):
        for some in row_blocks(len(crowd), bytes_per_row):
            yield crowd[some]


def _few_of_each(home: "Space", most: int, hidden: Indices | None) -> Indices:
    """Columns that are not hidden, ascending, of exact copies the first `most`: the others are never asked for."""
    there = np.ones(len(home), dtype=bool)
    if hidden is not None:
        there[hidden] = False
    columns = np.flatnonzero(there)
    copied = home.first_copies[columns]
    order = np.argsort(copied, kind="stable")
    before = np.arange(len(columns)) - np.searchsorted(copied[order], copied[order])  # copies with a lower index
    return np.sort(columns[order[before < most]])
