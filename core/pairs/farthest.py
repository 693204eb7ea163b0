"""How far the farthest column of each row is."""

from typing import Any

import numpy as np

from ..blocks import Floats, Indices
from . import Share, Totals


class Farthest(Share):
    """`distances`: (rows,) the greatest 1 - similarity of each row to any column."""

    distances: Totals

    def begin(self, rows: int, columns: int) -> None:
        del columns
        self.distances = np.empty(rows)

    def take(self, rows: slice, similar: Floats, own: Indices | None) -> None:
        del own
        self.distances[rows] = 1 - similar.min(axis=1).astype(np.float64)

    def take_on_device(self, rows: slice, similar: Any, own: Any) -> None:
        del own
        self.distances[rows] = 1 - similar.amin(dim=1).double().cpu().numpy()
