"""What is asked of every declared parameter, whoever declares it."""

import math
from typing import Any

from core.params import Param


def outside(param: Param) -> list[Any]:
    """Values that this parameter may not have."""
    wrong: list[Any] = ["no such choice"]
    if param.range is not None:
        wrong += [param.range.low - 1, math.nan]
        if math.isfinite(param.range.high) and not param.range.infinite:
            wrong += [param.range.high + 1, math.inf]
    return wrong if param.optional else [*wrong, None]
