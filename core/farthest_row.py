"""The row of a reference that is farthest from a set, exactly, without looking at all pairs: ours.

A row of the reference with a row of the set nearer than the worst-served row known so far has its own cannot be the
worst and is dropped. The rows are put into cells, and those of a cell compared with the few rows of the set that are
nearest to its middle, where a near one is found soonest. Those that came off worst are compared with the whole set,
which says how badly the worst is served at least, and nearly all others are dropped. What is left is put into new cells
as long as that pays, and then compared with one part of the set after the other.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats, Indices, multiply, row_blocks
from .geometry import EXACT_UP_TO, Space
from .progress import Progress, part, silent

CELLS = 256  # that rows of the reference are put into at a time
_FEWEST = 8  # cells that are made
_NEAR = 256  # rows of the set that those of a cell are compared with, where all rows are
_FIRST = 256  # rows compared with the whole set to begin with
_ROWS = 4096  # compared at a time with as many rows of the set
_BYTES = 8 << 20  # of a block of similarities, which is read again at once


def farthest_row(space: Space, reference: Space, *, progress: Progress = silent) -> float:
    """The largest squared distance, between unit rows, from a row of the reference to its nearest row of the set.

    The row is found by similarities in float32, their rounding allowed for, and its distance computed in float64, as
    `Space.neighbours` does: copies have exactly 0.
    """
    space, reference = space.directions, reference.directions
    rows = reference.distinct
    rows = rows[~_are_in(reference, rows, space)]
    if not len(rows):
        return 0.0
    similar = _by_cells(space, reference, rows, CELLS, _NEAR, part(progress, 0.0, 0.4))
    order = np.argsort(similar, kind="stable")
    rows, similar = rows[order], similar[order]
    known = np.empty(0, dtype=np.int64)  # rows compared with the whole set, and how similar its nearest is to each
    least, enough = np.empty(0, dtype=np.float32), np.float32(np.inf)
    for some, share in (
        (slice(_FIRST), 0.45),
        (slice(_FIRST, _FIRST + _ROWS), 0.5),
        (slice(_FIRST + _ROWS, None), 1.0),
    ):
        looking = part(progress, share - 0.05 if share < 1 else 0.5, share)
        left = rows[some][similar[some] <= enough]
        left = _left_by_cells(space, reference, left, enough, part(looking, 0.0, 0.5))
        found, nearest = _not_nearer(space, reference, left, enough, part(looking, 0.5, 0.96))
        known, least = np.append(known, found), np.append(least, nearest)
        enough = least.min() + np.float32(2 * space.rounding)
    return _greatest_distance(space, reference, known[least <= enough], part(progress, 0.98, 1.0))


def _are_in(reference: Space, rows: Indices, space: Space) -> NDArray[np.bool_]:
    """Which of those rows equal a row of the set exactly."""
    mine, theirs = reference.hashes[rows], space.hashes
    order = np.argsort(theirs, kind="stable")
    places = order[np.minimum(np.searchsorted(theirs, mine, sorter=order), len(order) - 1)]
    found: NDArray[np.bool_] = theirs[places] == mine
    alike = np.flatnonzero(found)
    for some in row_blocks(len(alike), reference.dim * 8):
        at = alike[some]
        found[at] = (reference.unit[rows[at]] == space.unit[places[at]]).all(axis=1)
    return found


def _left_by_cells(space: Space, reference: Space, rows: Indices, enough: np.float32, progress: Progress) -> Indices:
    """Those of the rows that cells do not drop, for as long as they drop most.

    The fewer rows there are, the more rows of the set each is compared with, and the fewer cells are worth their cost.
    """
    begin = 0.0
    while len(rows):
        near = min(_ROWS, _NEAR * len(reference) // len(rows))
        cells = min(CELLS, len(rows) * near // len(space))
        if cells < _FEWEST:
            break
        looking, begin = part(progress, begin, (begin + 1) / 2), (begin + 1) / 2
        left = rows[_by_cells(space, reference, rows, cells, near, looking) <= enough]
        if 2 * len(left) > len(rows):
            return left
        rows = left
    return rows


def _by_cells(space: Space, reference: Space, rows: Indices, cells: int, near: int, progress: Progress) -> Floats:
    """How similar each row is to the most similar of the `near` rows of the set nearest to its cell, (rows,)."""
    marks = rows[np.sort(np.random.default_rng(0).choice(len(rows), min(cells, len(rows)), replace=False))]
    cell = _nearest_of(reference, rows, reference.unit[marks], part(progress, 0.0, 0.3))
    by_cell = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[by_cell], np.arange(len(marks) + 1))
    members = [by_cell[start:stop] for start, stop in pairwise(starts)]
    middles = reference.unit[marks]
    for number, own in enumerate(members):
        if len(own):
            middles[number] = reference.unit[rows[own[:_ROWS]]].mean(axis=0)
    theirs = _nearest_to(space, middles, near, part(progress, 0.3, 0.7))
    similar = np.empty(len(rows), dtype=np.float32)
    for number, own in enumerate(members):
        columns = space.unit[theirs[number]].T
        for some in row_blocks(len(own), columns.shape[1] * 4, _BYTES):
            similar[own[some]] = multiply(reference.unit[rows[own[some]]], columns).max(axis=1)
        progress(0.7 + 0.3 * number / len(members), f"Comparing neighbours: {number:,} of {len(members):,} cells")
    return similar


def _nearest_of(reference: Space, rows: Indices, marks: Floats, progress: Progress) -> Indices:
    """The most similar of the marks to each row."""
    nearest = np.empty(len(rows), dtype=np.int64)
    for some in row_blocks(len(rows), len(marks) * 4, _BYTES):
        nearest[some] = multiply(reference.unit[rows[some]], marks.T).argmax(axis=1)
        progress(some.stop / len(rows), f"Finding neighbours: {some.stop:,} of {len(rows):,} rows")
    return nearest


def _nearest_to(space: Space, points: Floats, near: int, progress: Progress) -> Indices:
    """The distinct rows of the set that are most similar to each point, (points, `near` or all there are)."""
    rows = space.distinct
    count = min(near, len(rows))
    found = np.empty((len(points), 0), dtype=np.int64)
    similar = np.empty((len(points), 0), dtype=np.float32)
    for some in row_blocks(len(rows), len(points) * 4, _BYTES, least=4 * count):
        products = multiply(points, space.unit[rows[some]].T)
        similar = np.concatenate([similar, products], axis=1)
        found = np.concatenate([found, np.broadcast_to(rows[some], products.shape)], axis=1)
        if similar.shape[1] > count:
            best = np.argpartition(similar, -count, axis=1)[:, -count:]
            similar, found = np.take_along_axis(similar, best, axis=1), np.take_along_axis(found, best, axis=1)
        progress(some.stop / len(rows), f"Finding neighbours: {some.stop:,} of {len(rows):,} rows of the set")
    return found


def _not_nearer(
    space: Space, reference: Space, rows: Indices, enough: np.float32, progress: Progress
) -> tuple[Indices, Floats]:
    """Those of the rows that have no row of the set more similar than `enough`, and how similar their nearest is."""
    columns, similar = space.distinct, np.full(len(rows), -np.inf, dtype=np.float32)
    steps = -(-len(columns) // _ROWS)
    for step in range(steps):
        if len(rows) <= _FIRST:
            break
        theirs = space.unit[columns[step::steps]].T  # rows from everywhere: files are often sorted
        for some in row_blocks(len(rows), 1, _ROWS):
            found = multiply(reference.unit[rows[some]], theirs).max(axis=1)
            similar[some] = np.maximum(similar[some], found)
            done = 0.9 * (step + some.stop / len(rows)) / steps
            progress(
                done, f"Looking for the worst-served row: {len(rows):,} rows beside part {step + 1:,} of {steps:,}"
            )
        kept = similar <= enough
        rows, similar = rows[kept], similar[kept]
    else:
        return rows, similar
    if not len(rows):
        return rows, similar
    mine = reference.unit[rows]
    for some in row_blocks(len(space), len(rows) * 4, _BYTES):  # few rows: all of the set as it lies
        similar = np.maximum(similar, multiply(mine, space.unit[some].T).max(axis=1))
        progress(0.9 + 0.1 * some.stop / len(space), f"Looking for the worst-served row: {len(rows):,} rows are left")
    kept = similar <= enough
    return rows[kept], similar[kept]


def _greatest_distance(space: Space, reference: Space, rows: Indices, progress: Progress) -> float:
    """The largest squared distance from one of these rows to its nearest row of the set."""
    # So few rows are compared in float64, for which all of the set is made float64; some more take less time.
    few = min(int(EXACT_UP_TO / (len(space) * space.dim)) + 1, len(reference))
    if len(rows) < few <= _FIRST:
        rows = np.append(rows, np.arange(few - len(rows)))
    squared, _ = reference.subset(rows).neighbours(1, within=space, progress=progress)
    return float(squared.max())
