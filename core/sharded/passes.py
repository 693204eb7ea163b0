"""One pass over all pairs of rows, in pieces: some rows each, beside one shard of the columns after the other.

What is found beside each shard is merged: the nearest rows by distance and index, sums by adding. Where similarities of
a row are to be put in order, all of them are gathered first. Each row is finished by one piece, so that what comes back
is of the size of the answer.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats, Indices, row_blocks
from ..engines import Engine, Handle
from ..looking import beside, merged, put_in_order
from ..pairs import Share
from ..progress import Progress, silent
from ..wishes import Nearest, Ranked, Wish
from .rows import Shard, shards

if TYPE_CHECKING:
    from ..geometry import Space

_ROWS = 4096  # of a piece at most
_PIECES = 4  # for each worker, where there are rows enough
_GATHERED = 256 << 20  # bytes of similarities that a piece gathers ...
_LEAST = 64  # ... but of so many rows at least


def looked_in_pieces(
    engine: Engine, space: "Space", home: "Space", wishes: Sequence[Wish], *, progress: Progress = silent
) -> Iterator[tuple[Wish, Any]]:
    """Each wish with what fulfils it, as `looking.looked` has it, from a pass in pieces."""
    same = home is space or home.raw is space.raw
    columns = shards(engine, home)
    rows = columns if same else shards(engine, space)
    wants_copies = any(isinstance(wish, Nearest) and wish.distinct for wish in wishes)
    distinct = engine.share(home.distinct if wants_copies else None)
    exact, size = space.exact(home), _rows_of_a_piece(engine, space, home, wishes)
    items = [
        (shard, some, columns, distinct, tuple(wishes), exact, same and home is space)
        for shard in rows
        for some in _asked_of(shard, space, size)
    ]
    pieces = list(engine.map(_piece, items, "comparing pairs", progress))
    for number, wish in enumerate(wishes):
        parts = [piece[number] for piece in pieces]
        if isinstance(wish, Nearest):
            yield wish, (np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))
        else:
            yield wish, np.concatenate(parts)


def _rows_of_a_piece(engine: Engine, space: "Space", home: "Space", wishes: Sequence[Wish]) -> int:
    most = min(_ROWS, -(-len(space.asked) // (_PIECES * engine.workers)))
    if any(isinstance(wish, Ranked) for wish in wishes):
        most = min(most, _GATHERED // (len(home) * (8 if space.exact(home) else 4)))
    return max(_LEAST, most)


def _asked_of(shard: Shard, space: "Space", size: int) -> Iterator[Indices]:
    """The rows of the shard that are compared, as numbers within it, some at a time."""
    asked = space.asked
    mine = asked[np.searchsorted(asked, shard.start) : np.searchsorted(asked, shard.stop)] - shard.start
    for some in row_blocks(len(mine), 1, size):
        yield mine[some]


def _piece(
    shard: Shard,
    rows: Indices,
    columns: Sequence[Shard],
    distinct: Handle,
    wishes: Sequence[Wish],
    exact: bool,
    own: bool,
) -> list[Any]:
    """What fulfils each wish for those rows of the shard; `own`: the columns are those of the rows' own space."""
    every = shard.space()
    every.anchors = rows
    n = columns[-1].stop
    firsts: Indices | None = distinct.get()
    ranked = [wish for wish in wishes if isinstance(wish, Ranked)]
    others = [wish for wish in wishes if not isinstance(wish, Ranked)]
    gathered: Floats = np.empty((len(rows), n) if ranked else (0, 0), dtype=np.float64 if exact else np.float32)
    parts: dict[Wish, list[Any]] = {wish: [] for wish in others}
    for column in columns:
        home = every if own and column.start == shard.start else column.space()
        if firsts is not None:
            low, high = np.searchsorted(firsts, [column.start, column.stop])
            home.__dict__["distinct"] = firsts[low:high] - column.start
        extra: list[Share] = [_Gathered(gathered[:, column.start : column.stop])] if ranked else []
        for wish, found in beside(every, home, others, exact=exact, extra=extra):
            parts[wish].append(found if not isinstance(wish, Nearest) else (found[0], found[1] + column.start))
    found_ranked = _in_order(gathered, ranked, shard.start + rows if own else None)
    return [
        found_ranked[ranked.index(wish)] if isinstance(wish, Ranked) else merged(wish, parts[wish]) for wish in wishes
    ]


class _Gathered(Share):
    """The similarities themselves, put into an array, (rows, columns)."""

    def __init__(self, out: Floats) -> None:
        self._out = out

    def begin(self, rows: int, columns: int) -> None:
        del rows, columns

    def take(self, rows: slice, similar: Floats, own: Indices | None) -> None:
        del own
        self._out[rows] = similar

    def take_on_device(self, rows: slice, similar: Any, own: Any) -> None:
        del own
        self._out[rows] = similar.cpu().numpy()


def _in_order(gathered: Floats, ranked: Sequence[Ranked], own: Indices | None) -> list[NDArray[np.float64]]:
    found = []
    for number, wish in enumerate(ranked):
        similar = gathered if number == len(ranked) - 1 else gathered.copy()
        found.append(put_in_order(wish, similar, own))
    return found
