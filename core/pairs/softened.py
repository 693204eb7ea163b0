"""The exponentials of the similarities of each row to all columns, summed."""

from typing import Any

import numpy as np

from ..blocks import Floats, Indices
from . import Share, Totals, weighted


class Softened(Share):
    """`sums`: (rows,) of exp((cos - 1) / tau) over all columns; a row's own column adds exactly 1."""

    sums: Totals

    def __init__(self, tau: float) -> None:
        self.tau = tau

    def begin(self, rows: int, columns: int) -> None:
        self.sums = np.empty(rows)
        self._ones = np.ones(columns, dtype=np.float32)

    def take(self, rows: slice, similar: Floats, own: Indices | None) -> None:
        del own
        weights: Floats = np.subtract(similar, 1)
        if self.tau != 1:
            weights /= self.tau
        np.exp(weights, out=weights)
        self.sums[rows] = weighted(weights, self._ones)

    def take_on_device(self, rows: slice, similar: Any, own: Any) -> None:
        del own
        self.sums[rows] = ((similar - 1) / self.tau).exp_().sum(dim=1).double().cpu().numpy()
