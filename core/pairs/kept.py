"""All similarities of a small set, kept for whoever goes on with them."""

from typing import Any

import numpy as np

from ..blocks import Floats, Indices
from . import Share


class Kept(Share):
    """`similar`: (rows, columns) the similarities themselves.

    On the processor the pass puts them there, and every other share reads them from there: nothing is copied.
    """

    keeps = True
    similar: Floats

    def begin(self, rows: int, columns: int) -> None:
        self._shape = rows, columns

    def keep(self, similar: Floats) -> None:
        self.similar = similar

    def take(self, rows: slice, similar: Floats, own: Indices | None) -> None:
        """Nothing: they are in `similar` already."""

    def take_on_device(self, rows: slice, similar: Any, own: Any) -> None:
        del own
        found = similar.cpu().numpy()
        if rows.start == 0:
            self.similar = np.empty(self._shape, dtype=found.dtype)
        self.similar[rows] = found
