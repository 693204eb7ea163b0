"""The volume that rows span under a kernel, in float64, and by how much each further row would enlarge it.

With the chosen rows' part of L as its Cholesky factor, a row adds L_ii - |c_i|^2, where c_i is what it has in common
with the chosen ones (Chen et al. 2018). That only ever falls. So the rows that add most are kept up to date for as long
as the best of them is above all others as they were at the last full pass, and a full pass then takes in all rows
chosen meanwhile by matrix products.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices, multiply, row_blocks

NOTHING = 1e-10  # the share of the largest weight that a row adds at least, to be told from what rounding leaves
_TIE = 1e-12
_AHEAD = (128, 512)  # rows kept up to date between two full passes, at least and at most
_SHARE_AHEAD = 16  # between these one row of so many
_AT_ONCE = 64  # rows chosen between two full passes at most


class Kernel(Protocol):
    """L, some rows and columns at a time."""

    diagonal: NDArray[np.float64]

    def between(self, rows: Indices, columns: Indices | slice) -> NDArray[np.float64]: ...


class Volume:
    """What every row would multiply the determinant of L of the chosen rows by; at most `most` can be chosen."""

    def __init__(self, kernel: Kernel, most: int) -> None:
        self._kernel = kernel
        self._gain = kernel.diagonal.copy()  # at the last full pass; -inf for rows that cannot be chosen
        self.least = NOTHING * self._gain.max()
        self._common = np.empty((most, len(self._gain)))  # a line for each chosen row
        self._lines = 0
        self._new: list[int] = []  # places among those ahead of the rows chosen since the last full pass
        self._look_ahead(np.empty(0, dtype=np.int64))

    @property
    def count(self) -> int:
        """Rows that span the volume."""
        return self._lines + len(self._new)

    def close(self, rows: Indices) -> None:
        """These cannot be chosen any more."""
        self._gain[rows] = -np.inf
        self._near[np.isin(self._ahead, rows)] = -np.inf

    def best(self) -> tuple[int, float]:
        """The row that adds most, ties to the lowest index, and what it adds; -inf where none can be chosen."""
        if len(self._ahead) and len(self._new) < _AT_ONCE:
            best = float(self._near.max())
            if best * (1 - _TIE) > max(self._behind, self.least):
                return int(self._ahead[_first(self._near, best)]), best
        self._full_pass()
        best = float(self._gain.max())
        index = _first(self._gain, best)
        size = min(int(np.clip(len(self._gain) // _SHARE_AHEAD, *_AHEAD)), len(self._gain))
        self._look_ahead(np.union1d(np.argpartition(-self._gain, size - 1)[:size], [index]))
        return index, best

    def take_in(self, rows: Indices) -> None:
        """Choose these, whatever they add, one after another; those that add nothing span nothing."""
        for part in row_blocks(len(rows), 1, _AT_ONCE):
            self._full_pass()
            self._look_ahead(np.unique(rows[part]))
            for row in rows[part]:
                self.add(int(row))
        self._full_pass()
        self._look_ahead(np.empty(0, dtype=np.int64))

    def add(self, index: int) -> None:
        """Choose one of the rows that are ahead: the best, say."""
        place = int(np.searchsorted(self._ahead, index))
        gain = float(self._near[place])
        if gain > self.least:
            known = self._lines + len(self._new)
            line = self._inside[place] - self._known[:known, place] @ self._known[:known]
            line /= np.sqrt(gain)
            self._known[known] = line
            self._near -= line**2
            self._new.append(place)
        self._near[place] = self._gain[index] = -np.inf

    def _look_ahead(self, rows: Indices) -> None:
        """Keep those rows, in rising order, up to date from here on."""
        self._ahead = rows.astype(np.int64)
        self._near = self._gain[self._ahead]
        self._inside = self._kernel.between(self._ahead, self._ahead)
        others = np.ones(len(self._gain), dtype=bool)
        others[self._ahead] = False
        self._behind = float(np.max(self._gain, where=others, initial=-np.inf))
        self._known = np.empty((self._lines + _AT_ONCE, len(rows)))
        self._known[: self._lines] = self._common[: self._lines, self._ahead]

    def _full_pass(self) -> None:
        """Take the rows chosen since the last one into what every row adds."""
        if not self._new:
            return
        from scipy.linalg import solve_triangular

        start, stop = self._lines, self._lines + len(self._new)
        rows = self._ahead[self._new]
        factor = np.tril(self._known[start:stop, self._new].T)
        before = np.ascontiguousarray(self._common[:start, rows].T)
        for part in row_blocks(len(self._gain), 24 * len(rows)):
            lines = self._kernel.between(rows, part)
            lines -= multiply(before, self._common[:start, part])
            lines = solve_triangular(factor, lines, lower=True, overwrite_b=True, check_finite=False)
            self._common[start:stop, part] = lines
            self._gain[part] -= np.einsum("ij,ij->j", lines, lines)
        self._lines, self._new = stop, []


def _first(values: NDArray[np.float64], best: float) -> int:
    return int(np.flatnonzero(values >= best - _TIE * abs(best))[0])
