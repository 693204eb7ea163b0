"""The Euclidean distances of each row to all columns, summed."""

from typing import Any

import numpy as np

from ..blocks import Floats, Indices
from . import Share, Totals, weighted


class Lengths(Share):
    """`sums`: (rows,) of sqrt(square - 2 similarity) over all columns; a row's own column adds nothing.

    Args:
        squares: (rows,) what the squared length of a row and that of a column, where it is not taken from the
            similarities already, come to: 2 for unit rows.
    """

    sums: Totals

    def __init__(self, squares: Floats) -> None:
        self._squares = squares

    def begin(self, rows: int, columns: int) -> None:
        self.sums = np.empty(rows)
        self._ones = np.ones(columns, dtype=self._squares.dtype)

    def take(self, rows: slice, similar: Floats, own: Indices | None) -> None:
        lengths = np.multiply(similar, -2)
        lengths += self._squares[rows, None]
        np.maximum(lengths, 0, out=lengths)
        np.sqrt(lengths, out=lengths)
        if own is not None:
            lengths[np.arange(len(lengths)), own] = 0
        self.sums[rows] = weighted(lengths, self._ones)

    def take_on_device(self, rows: slice, similar: Any, own: Any) -> None:
        import torch

        squares = torch.tensor(self._squares[rows], device=similar.device)
        lengths = (squares[:, None] - 2 * similar).clamp_(min=0).sqrt_()
        if own is not None:
            lengths[torch.arange(len(lengths), device=lengths.device), own] = 0
        self.sums[rows] = lengths.sum(dim=1).double().cpu().numpy()
