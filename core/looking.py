"""Fulfilling wishes about the pairs of rows: all that are for the same two spaces in one pass."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .blocks import Floats, Indices
from .nearest import refined
from .pairs import Share, over_pairs
from .pairs.lengths import Lengths
from .pairs.nearest import Candidates
from .pairs.ranked import Ranked as RankedShare
from .pairs.softened import Softened
from .progress import Progress, part, silent
from .wishes import Crowding, MeanLength, Nearest, Ranked, Wish

if TYPE_CHECKING:
    from .geometry import Space

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


def looked(
    space: "Space", home: "Space", wishes: Sequence[Wish], *, progress: Progress = silent
) -> Iterator[tuple[Wish, Any]]:
    """Each wish with what fulfils it, from one pass over the rows asked for of `space` and all rows of `home`."""
    own = space.asked if home is space else None
    left, right, minus, squares, margin = _operands(space, home)
    shares = [_share(wish, home, squares, margin) for wish in wishes]
    over_pairs(left, right, shares, own=own, minus=minus, progress=progress)
    for wish, share in zip(wishes, shares, strict=True):
        yield wish, _result(wish, share, space, home, own)


def _operands(space: "Space", home: "Space") -> tuple[Floats, Floats, Floats | None, Floats, float]:
    """Rows and columns of a pass, what is taken from each column, the rows' squares, and twice the rounding."""
    rows = slice(None) if space.anchors is None else space.anchors
    exact = space.exact(home)
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
            return share.sums / max(1, len(space) - 1)
        case Softened():
            return share.sums
        case RankedShare():
            return share.means
        case _:
            raise TypeError(f"There is no result of a {type(share).__name__}.")
