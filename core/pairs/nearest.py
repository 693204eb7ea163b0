"""The columns that may be among the nearest of each row, the rounding of the similarities allowed for."""

from typing import Any

import numpy as np

from ..blocks import Floats, Indices
from . import Share

_HIDDEN = -1e30
_MAXIMA = 32  # columns of which only the greatest is looked at first


class Candidates(Share):
    """`pairs`: rows and columns that hold the `count` nearest columns of every row but the `crowded` ones.

    Args:
        margin: how far below the count-th greatest similarity found another may be and still be as near in truth.
        hidden: columns that do not count.
        own_too: whether a row's own column counts.
    """

    def __init__(self, count: int, margin: float, *, hidden: Indices | None = None, own_too: bool = True) -> None:
        self.count, self.margin, self.hidden, self.own_too = count, margin, hidden, own_too
        self._most = 4 * count + 256

    def begin(self, rows: int, columns: int) -> None:
        del rows, columns
        self._found: list[tuple[Indices, Indices]] = []
        self._crowded: list[Indices] = []

    @property
    def pairs(self) -> tuple[Indices, Indices]:
        """(pairs,) rows in rising order, and their columns."""
        rows = np.concatenate([np.empty(0, np.int64), *(rows for rows, _ in self._found)])
        columns = np.concatenate([np.empty(0, np.int64), *(columns for _, columns in self._found)])
        order = np.argsort(rows, kind="stable")
        return rows[order], columns[order]

    @property
    def crowded(self) -> Indices:
        """Rows with so many columns equally near that they are not listed, in rising order."""
        return np.sort(np.concatenate([np.empty(0, np.int64), *self._crowded]))

    def take(self, rows: slice, similar: Floats, own: Indices | None) -> None:
        every = np.arange(len(similar))
        before = None
        if self.hidden is not None:
            before = similar[:, self.hidden]
            similar[:, self.hidden] = _HIDDEN
        hide_own = not self.own_too and own is not None
        if hide_own:
            mine = similar[every, own].copy()
            similar[every, own] = _HIDDEN
        self._keep(rows.start, *_greatest(similar, self.count, self.margin), len(similar))
        if hide_own:
            similar[every, own] = mine
        if before is not None:
            similar[:, self.hidden] = before

    def take_on_device(self, rows: slice, similar: Any, own: Any) -> None:
        import torch

        if self.hidden is not None:
            similar = similar.index_fill(1, torch.tensor(self.hidden, device=similar.device), _HIDDEN)
        if not self.own_too and own is not None:
            similar = similar.index_put(
                (torch.arange(len(similar), device=similar.device), own), similar.new_tensor(_HIDDEN)
            )
        least = torch.topk(similar, self.count, dim=1).values[:, -1:] - self.margin
        hit = (similar >= least).nonzero().cpu().numpy()
        self._keep(rows.start, hit[:, 0], hit[:, 1], len(similar))

    def _keep(self, start: int, rows: Indices, columns: Indices, size: int) -> None:
        counts = np.bincount(rows, minlength=size)
        crowded = counts > self._most
        if crowded.any():
            self._crowded.append(start + np.flatnonzero(crowded))
            some = ~crowded[rows]
            rows, columns = rows[some], columns[some]
        self._found.append((start + rows, columns))


def _greatest(similar: Floats, count: int, margin: float) -> tuple[Indices, Indices]:
    """Rows and columns of all that is not more than `margin` below the count-th greatest of its row, or a little more.

    The count-th greatest maximum of groups of columns is at most the count-th greatest of all, and much faster found.
    """
    columns = similar.shape[1]
    width = max(columns // _MAXIMA, 8 * count)
    if width >= columns:
        least = np.partition(similar, columns - count, axis=1)[:, columns - count, None] - margin
        rows, found = np.nonzero(similar >= least)
        return rows, found
    deep = columns // width  # a group is every width-th column
    end = deep * width
    groups, rest = similar[:, :end].reshape(len(similar), deep, width), similar[:, end:]
    maxima = groups.max(axis=1)
    beside = maxima[:, : columns - end]
    np.maximum(beside, rest, out=beside)
    least = np.partition(maxima, width - count, axis=1)[:, width - count, None] - margin
    rows, group = np.nonzero(maxima >= least)
    place, level = np.nonzero(groups[rows, :, group] >= least[rows])
    behind, column = np.nonzero(rest >= least)
    return np.append(rows[place], behind), np.append(group[place] + width * level, end + column)
