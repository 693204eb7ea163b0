"""The row of a reference that is farthest from a set, exactly, without looking at all pairs: ours.

Every row of the reference gets an upper bound of its least distance, its distance to the nearest of a few rows of the
set. The rows with the greatest bounds are compared with the whole set, which says how far the farthest row is at
least; a row that has any row of the set nearer than that cannot be it and is dropped. What is left, the greatest
bounds first, is compared with one part of the set after the other, and most rows are dropped within the first parts.
"""

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats, Indices, multiply, row_blocks
from .geometry import Space
from .progress import Progress, part, silent

LANDMARKS = 1024  # rows of the set by which rows are put into cells
_OF_A_CELL = 4096  # rows of the set that a row of the same cell is compared with at most
_FIRST = 256  # rows compared with the whole set to begin with
_ROWS = 4096  # compared at a time with as many rows of the set


def farthest_row(space: Space, reference: Space, *, progress: Progress = silent) -> float:
    """The largest squared distance, between unit rows, from a row of the reference to its nearest row of the set.

    Distances are computed in float64 from their rows, as `Space.neighbours` does: copies have exactly 0.
    """
    space, reference = space.directions, reference.directions
    rows = reference.distinct
    rows = rows[~_are_in(reference, rows, space)]
    if not len(rows):
        return 0.0
    bounds = _bounds(space, reference, rows, part(progress, 0.0, 0.3))
    order = np.argsort(-bounds, kind="stable")
    rows, bounds = rows[order], bounds[order]
    farthest = float(_least_distances(space, reference, rows[:_FIRST], part(progress, 0.3, 0.35)).max())
    for start, stop, share in ((_FIRST, _FIRST + _ROWS, 0.4), (_FIRST + _ROWS, len(rows), 1.0)):
        end = min(stop, int(np.searchsorted(-bounds, -farthest)))  # further ones have a row nearer than the farthest
        if start < end:
            looking = part(progress, share - 0.05 if share < 1 else 0.4, share)
            some = _not_nearer(space, reference, rows[start:end], farthest, part(looking, 0, 0.9))
            if len(some):
                found = _least_distances(space, reference, some, part(looking, 0.9, 1))
                farthest = max(farthest, float(found.max()))
    return farthest


def _are_in(reference: Space, rows: Indices, space: Space) -> NDArray[np.bool_]:
    """Which of those rows equal a row of the set exactly."""
    mine, theirs = reference.hashes[rows], space.hashes
    order = np.argsort(theirs, kind="stable")
    places = order[np.minimum(np.searchsorted(theirs, mine, sorter=order), len(order) - 1)]
    found: NDArray[np.bool_] = theirs[places] == mine
    for some in row_blocks(len(rows), reference.dim * 8):
        found[some] &= (reference.unit[rows[some]] == space.unit[places[some]]).all(axis=1)
    return found


def _bounds(space: Space, reference: Space, rows: Indices, progress: Progress) -> NDArray[np.float64]:
    """Squared distances of the rows of the reference to a near row of the set, (rows,)."""
    rng = np.random.default_rng(0)
    marks = np.sort(rng.choice(len(space), min(LANDMARKS, len(space)), replace=False))
    theirs, _ = _nearest_of(space.unit, np.arange(len(space)), space.unit[marks], part(progress, 0.0, 0.3))
    mine, similar = _nearest_of(reference.unit, rows, space.unit[marks], part(progress, 0.3, 0.6))
    partner = marks[mine]
    by_cell, asked = np.argsort(theirs, kind="stable"), np.argsort(mine, kind="stable")
    starts, begins = (np.searchsorted(cells, np.arange(len(marks) + 1)) for cells in (theirs[by_cell], mine[asked]))
    for cell in range(len(marks)):
        progress(0.6 + 0.3 * cell / len(marks), f"Comparing neighbours: {cell:,} of {len(marks):,} cells")
        members = by_cell[starts[cell] : starts[cell + 1]]
        if len(members) > _OF_A_CELL:
            members = rng.choice(members, _OF_A_CELL, replace=False)
        own = asked[begins[cell] : begins[cell + 1]]
        if len(members) and len(own):
            _improve(partner, similar, own, reference.unit, rows, space.unit, members)
    bounds = np.empty(len(rows))
    for some in row_blocks(len(rows), space.dim * 16):
        bounds[some] = _squared(space, reference, rows[some], partner[some])
        progress(0.9 + 0.1 * some.stop / len(rows), "Comparing neighbours")
    return bounds


def _nearest_of(unit: Floats, rows: Indices, marks: Floats, progress: Progress) -> tuple[Indices, Floats]:
    """For each row the most similar of the marks, and how similar it is."""
    nearest, similar = np.empty(len(rows), dtype=np.int64), np.empty(len(rows), dtype=np.float32)
    for some in row_blocks(len(rows), len(marks) * 4):
        products = multiply(unit[rows[some]], marks.T)
        nearest[some] = products.argmax(axis=1)
        similar[some] = products[np.arange(len(products)), nearest[some]]
        progress(some.stop / len(rows), f"Finding neighbours: {some.stop:,} of {len(rows):,} rows")
    return nearest, similar


def _improve(
    partner: Indices,
    similar: Floats,
    own: Indices,
    unit: Floats,
    rows: Indices,
    theirs: Floats,
    members: Indices,
) -> None:
    """Let rows number `own` have the most similar of those members as partner, where it is more similar."""
    columns = theirs[members]
    for some in row_blocks(len(own), len(members) * 4):
        mine = own[some]
        products = multiply(unit[rows[mine]], columns.T)
        best = products.argmax(axis=1)
        found = products[np.arange(len(mine)), best]
        better = found > similar[mine]
        similar[mine[better]], partner[mine[better]] = found[better], members[best[better]]


def _not_nearer(space: Space, reference: Space, rows: Indices, limit: float, progress: Progress) -> Indices:
    """Those of the rows that have no row of the set nearer than a squared distance of `limit`, or not surely so."""
    enough = np.float32(1.0 - limit / 2 + 2 * space.rounding)
    steps = -(-len(space) // _ROWS)
    for step in range(steps):
        columns = np.ascontiguousarray(space.unit[step::steps]).T  # rows from everywhere: files are often sorted
        kept = np.empty(len(rows), dtype=bool)
        for some in row_blocks(len(rows), 1, _ROWS):
            kept[some] = multiply(reference.unit[rows[some]], columns).max(axis=1) <= enough
            done = (step + some.stop / len(rows)) / steps
            progress(
                done, f"Looking for the worst-served row: {len(rows):,} rows beside part {step + 1:,} of {steps:,}"
            )
        rows = rows[kept]
        if not len(rows):
            break
    return rows


def _least_distances(space: Space, reference: Space, rows: Indices, progress: Progress) -> NDArray[np.float64]:
    squared, _ = reference.subset(rows).neighbours(1, within=space, progress=progress)
    return squared[:, 0]


def _squared(space: Space, reference: Space, rows: Indices, partners: Indices) -> NDArray[np.float64]:
    gaps = space.rows64(partners)
    gaps -= reference.rows64(rows)
    found: NDArray[np.float64] = np.einsum("ij,ij->i", gaps, gaps)
    return found
