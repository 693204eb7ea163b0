"""How much each row of a cell resembles an earlier one: what SemDeDup drops rows by."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats, Indices, multiply, products, row_blocks
from ..engines import Engine, engine_for
from ..geometry import Space
from ..progress import Progress, silent
from ._domains import Domains

NONE_EARLIER = -1.0
_GROUPS = 8  # of cells for each worker


def closest_earlier(
    space: Space, cells: Domains, begin: Literal["far", "near"], progress: Progress
) -> NDArray[np.float64]:
    """For each row its highest cosine to an earlier row of its cell, in float64, (n,); -1 for the first of a cell.

    The rows of a cell come in order of their cosine to its mean: lowest (far) or highest (near) first, ties by index.
    """
    highest = np.full(len(space), NONE_EARLIER)
    means, members = cells.centroids(space), cells.members()
    cost = sum(len(rows) ** 2 for rows in members) * space.dim
    done = 0
    for numbers, found in _by_cell(space, members, means, begin, engine_for(cost)):
        for number, closest in zip(numbers, found, strict=True):
            highest[members[number]] = closest
            done += len(closest)
        progress(done / len(space), f"Compared {done:,} of {len(space):,} rows within their cells")
    clipped: NDArray[np.float64] = np.clip(highest, NONE_EARLIER, 1.0)
    return clipped


def _by_cell(
    space: Space,
    members: Sequence[Indices],
    means: NDArray[np.float64],
    begin: Literal["far", "near"],
    engine: Engine | None,
) -> Iterator[tuple[Sequence[int], list[NDArray[np.float64]]]]:
    """Numbers of cells, and of each of them the highest cosine of its rows, (rows,), to an earlier one."""
    if engine is None:
        for number, rows in enumerate(members):
            yield [number], [closest_in_cell(space, rows, means[number], begin)]
        return
    some = _shared_out([len(rows) for rows in members], engine.workers)
    items = [
        (
            type(space),
            [np.asarray(space.raw[members[number]]) for number in numbers],
            means[numbers],
            begin,
        )
        for numbers in some
    ]
    yield from zip(some, engine.map(_in_cells, items, "comparing rows within cells", silent), strict=True)


def _shared_out(sizes: Sequence[int], workers: int) -> list[list[int]]:
    """Cells in groups of about equal work, some for each worker."""
    work = np.cumsum(np.square(np.array(sizes, dtype=np.float64)))
    group = np.floor(work / max(work[-1], 1.0) * _GROUPS * workers).astype(np.int64)
    there = np.array(sizes) > 0
    return [np.flatnonzero((group == number) & there).tolist() for number in np.unique(group[there])]


def _in_cells(
    kind: type[Space], clouds: Sequence[Floats], means: NDArray[np.float64], begin: Literal["far", "near"]
) -> list[NDArray[np.float64]]:
    return [
        closest_in_cell(kind(rows), np.arange(len(rows)), mean, begin) for rows, mean in zip(clouds, means, strict=True)
    ]


def closest_in_cell(
    space: Space, rows: Indices, mean: NDArray[np.float64], begin: Literal["far", "near"]
) -> NDArray[np.float64]:
    """The highest cosine of each of the rows of a cell to an earlier one of it, (rows,); -1 for the first."""
    highest = np.full(len(rows), NONE_EARLIER)
    length = np.linalg.norm(mean)
    central = np.empty(len(rows))
    for part in row_blocks(len(rows), 8 * space.dim):
        central[part] = products(space.unit64(rows[part]), mean / (length or 1.0))  # the same for exact copies
    order = np.argsort(central if begin == "far" else -central, kind="stable")
    ordered = rows[order]
    for part in row_blocks(len(ordered), 8 * (len(ordered) + space.dim)):
        late = space.unit64(ordered[part])
        for early in row_blocks(part.stop, 8 * space.dim):
            cosine = multiply(late, np.ascontiguousarray(space.unit64(ordered[early]).T))
            # of the rows of this block only those before each row count
            places = np.arange(early.start, early.stop)
            cosine[places >= np.arange(part.start, part.stop)[:, None]] = NONE_EARLIER
            np.maximum.at(highest, order[part], cosine.max(axis=1))
    return highest
