"""Fulfilling wishes about the pairs of rows: all that are for the same two spaces in one pass."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .blocks import Floats, Indices, row_blocks
from .engines import engine_for
from .nearest import refined
from .pairs import Share, over_pairs
from .pairs.farthest import Farthest as FarthestShare
from .pairs.kept import Kept
from .pairs.lengths import Lengths
from .pairs.nearest import Candidates
from .pairs.ranked import Ranked as RankedShare
from .pairs.softened import Softened
from .progress import Progress, part, silent
from .wishes import Cosines, Crowding, Farthest, MeanLength, Nearest, Ranked, Wish

if TYPE_CHECKING:
    from .geometry import Space

_IN_CACHE = 1536 << 10  # bytes of similarities that are put in order at a time

Want = tuple["Space", Wish, "Space | None"]  # whose pairs, what of them, and within which other space


def look_at(wants: Iterable[Want], *, progress: Progress = silent) -> None:
    """Fulfil them all with as few passes over pairs as there are different pairs of spaces; what cannot be had, not."""
    groups: dict[tuple[int, int], list[Want]] = {}
    for want in wants:
        who, wish, within = want
        home = within or who
        if not isinstance(wish, Nearest) or wish.count <= len(home.distinct if wish.distinct else home) - (
            not wish.itself
        ):
            groups.setdefault((id(who), id(home)), []).append(want)
    for done, group in enumerate(groups.values()):
        who, _, within = group[0]
        who.look(
            [wish for _, wish, _ in group],
            within,
            progress=part(progress, done / len(groups), (done + 1) / len(groups)),
        )


def together(wishes: Iterable[Wish]) -> list[Wish]:
    """The wishes, those for neighbours of one kind as the greatest of them."""
    found: dict[Any, Wish] = {}
    for wish in wishes:
        if isinstance(wish, Nearest):
            kind = (wish.distinct, wish.itself)
            before = found.get(kind)
            if not isinstance(before, Nearest) or before.count < wish.count:
                found[kind] = wish
        else:
            found[wish] = wish
    return list(found.values())


def _share(wish: Wish, home: "Space", squares: Floats, margin: float) -> Share:
    match wish:
        case Nearest(count, distinct, itself):
            copies = np.setdiff1d(np.arange(len(home)), home.distinct) if distinct else np.empty(0, np.int64)
            return Candidates(count, margin, hidden=copies if len(copies) else None, own_too=itself)
        case MeanLength():
            return Lengths(squares)
        case Crowding(tau):
            return Softened(tau)
        case Ranked(alphas, own_too):
            return RankedShare(alphas, own_too)
        case Farthest():
            return FarthestShare()
        case Cosines():
            return Kept()


def looked(
    space: "Space", home: "Space", wishes: Sequence[Wish], *, progress: Progress = silent
) -> Iterator[tuple[Wish, Any]]:
    """Each wish with what fulfils it, from one pass over the rows asked for of `space` and all rows of `home`."""
    shared = space.normalize and home.normalize
    # A row that is a hidden copy has lost its own column already, which a shard does not know.
    shared &= not any(isinstance(each, Nearest) and each.distinct and not each.itself for each in wishes) or (
        home is not space
    )
    engine = engine_for(len(space.asked) * len(home) * space.dim) if shared else None
    if engine is not None:
        from .sharded.passes import looked_in_pieces

        found = looked_in_pieces(engine, space, home, wishes, progress=progress)
    else:
        found = beside(space, home, wishes, exact=space.exact(home), progress=progress)
    for wish, each in found:
        yield wish, each / max(1, len(space) - 1) if isinstance(wish, MeanLength) else each


def beside(
    space: "Space",
    home: "Space",
    wishes: Sequence[Wish],
    *,
    exact: bool,
    extra: Sequence[Share] = (),
    progress: Progress = silent,
) -> Iterator[tuple[Wish, Any]]:
    """Each wish with what is found for it beside the rows of `home`, which may be a part of all columns: see `merged`.

    There are as many nearest rows as `home` has, where these are fewer.

    Args:
        exact: whether the products are done in float64.
        extra: shares that take something of their own from the same pass.
    """
    own = space.asked if home is space else None
    left, right, minus, squares, margin = _operands(space, home, exact)
    there = [_there(wish, home, own is not None) for wish in wishes]
    shares = {wish: _share(wish, home, squares, margin) for wish in there if wish is not None}
    over_pairs(left, right, [*shares.values(), *extra], own=own, minus=minus, progress=progress)
    for wish, known in zip(wishes, there, strict=True):
        if known is None:
            yield wish, (np.empty((len(space.asked), 0)), np.empty((len(space.asked), 0), dtype=np.int64))
        else:
            yield wish, _result(known, shares[known], space, home, own)


def merged(wish: Wish, parts: Sequence[Any]) -> Any:
    """What is found for a wish beside all columns, from what was found beside parts of them, with their own indices."""
    if isinstance(wish, Farthest):
        return np.max(parts, axis=0)
    if isinstance(wish, Cosines):
        return np.concatenate(parts, axis=1)
    if not isinstance(wish, Nearest):
        return sum(parts[1:], parts[0])
    squared, indices = (np.concatenate([part[which] for part in parts], axis=1) for which in range(2))
    order = np.lexsort((indices, squared), axis=1)[:, : wish.count]
    return np.take_along_axis(squared, order, axis=1), np.take_along_axis(indices, order, axis=1)


def put_in_order(wish: Ranked, similar: Floats, own: Indices | None) -> NDArray[np.float64]:
    """What fulfils the wish, from the similarities of some rows to all columns, which are spoilt."""
    share = RankedShare(wish.alphas, wish.own_too)
    share.begin(*similar.shape)
    for some in row_blocks(len(similar), similar.shape[1] * similar.itemsize, _IN_CACHE):
        share.take(some, similar[some], None if own is None else own[some])
    return share.means


def _there(wish: Wish, home: "Space", own: bool) -> Wish | None:
    """The wish as `home` can fulfil it, None where it has no such row at all."""
    if not isinstance(wish, Nearest):
        return wish
    count = min(wish.count, len(home.distinct if wish.distinct else home) - (own and not wish.itself))
    return Nearest(count, wish.distinct, wish.itself) if count > 0 else None


def _operands(space: "Space", home: "Space", exact: bool) -> tuple[Floats, Floats, Floats | None, Floats, float]:
    """Rows and columns of a pass, what is taken from each column, the rows' squares, and twice the rounding."""
    rows = slice(None) if space.anchors is None else space.anchors
    if space.normalize:
        twos: Floats = np.full(len(space.asked), 2.0, dtype=np.float64 if exact else np.float32)
        if exact:
            return space.unit64(rows), home.unit64(), None, twos, 4 * (space.dim + 16) * 2.0**-53
        return space.unit[rows], home.unit, None, twos, 2 * space.rounding
    dtype: Any = np.float64 if exact else np.float32
    centre = np.asarray(home.raw.mean(axis=0, dtype=np.float64))  # distances stay, and digits are not spent on it
    left, right = (cloud.raw[some] - centre for cloud, some in ((space, rows), (home, slice(None))))
    squares, minus = np.einsum("ij,ij->i", left, left), np.einsum("ij,ij->i", right, right) / 2
    longest = max(float(squares.max()), 2 * float(minus.max()))
    margin = 4 * (space.dim + 16) * float(np.finfo(dtype).eps) * longest
    return left.astype(dtype), right.astype(dtype), minus.astype(dtype), squares.astype(dtype), margin


def _result(wish: Wish, share: Share, space: "Space", home: "Space", own: Indices | None) -> Any:
    match share:
        case Candidates():
            assert isinstance(wish, Nearest)
            return refined(share, wish.count, space, home, own)
        case Lengths():
            return share.sums
        case Softened():
            return share.sums
        case RankedShare():
            return share.means
        case FarthestShare():
            return share.distances
        case Kept():
            return share.similar
        case _:
            raise TypeError(f"There is no result of a {type(share).__name__}.")
