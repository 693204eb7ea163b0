"""How many rows the choices of selectors have in common."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from .squares import Scale, squares
from .theme import Theme, shown


def overlap_map(names: Sequence[str], shares: NDArray[Any], theme: Theme) -> go.Figure:
    """Selectors by selectors, for shares (s, s) from 0 to 1; NaN, where one has no runs, stays empty."""
    ticks = {0.0: "0 %", 0.5: "50 %", 1.0: "100 %"}
    scale = Scale(ticks, (theme.ground, theme.accent), ".0%", most=6, cell=26, around=210)
    return squares(names, shares, theme, _finding(names, shares), scale, _hover)


def _hover(names: Sequence[str], one: int, other: int, share: str) -> str:
    if not share:
        return "no runs"
    if one == other:
        return f"{names[one]}: {share} in common between its own runs"
    return f"{names[one]} and {names[other]}: {share} of the rows in common"


def _finding(names: Sequence[str], shares: NDArray[Any]) -> str:
    pairs = [(float(shares[i, j]), i, j) for i in range(len(names)) for j in range(i) if not np.isnan(shares[i, j])]
    if not pairs:
        return "Rows in common"
    share, i, j = max(pairs, key=lambda pair: pair[0])
    return f"Most alike: {shown(names[j], 30)} and {shown(names[i], 30)}, with {share:.0%} of their rows in common"
