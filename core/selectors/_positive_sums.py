"""What a pass over all pairs gives a covering: how similar each row is to all others together."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats, Indices
from ..pairs import Share


class PositiveSums(Share):
    """For each row the sum of its positive similarities, (rows,)."""

    spoils = True

    def begin(self, rows: int, columns: int) -> None:
        del columns
        self.sums: NDArray[np.float64] = np.zeros(rows)

    def take(self, rows: slice, similar: Floats, own: Indices | None) -> None:
        del own
        np.maximum(similar, 0, out=similar)
        self.sums[rows] = similar.sum(axis=1, dtype=np.float64)

    def take_on_device(self, rows: slice, similar: Any, own: Any) -> None:
        import torch

        del own
        self.sums[rows] = similar.clamp(min=0).sum(dim=1, dtype=torch.float64).cpu().numpy()
