"""Whether metrics rank sets alike: Kendall's tau-b of every two of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from .squares import Scale, squares
from .theme import Theme


def agreement_map(titles: Sequence[str], tau: NDArray[Any], theme: Theme, title: str | None = None) -> go.Figure:
    """Metrics by metrics, for tau (m, m) from -1 to 1; NaN, where a metric ties all sets, stays empty.

    The figure's title is its finding, unless another or none is given.
    """
    colours = (theme.warning, theme.ground, theme.accent)
    scale = Scale({-1: "−1", 0: "0", 1: "1"}, colours, ".2f", most=8, cell=22, around=190)
    return squares(titles, tau, theme, agreement_finding(tau) if title is None else title, scale, _hover)


def _hover(names: Sequence[str], one: int, other: int, tau: str) -> str:
    return f"{names[one]} and {names[other]}: {tau or 'no value, as one of them tells no two sets apart'}"


def agreement_finding(tau: NDArray[Any]) -> str:
    """How many pairs of metrics rank the sets alike, and how many the other way round."""
    pairs = np.asarray(tau)[np.triu_indices(len(tau), 1)]
    known = pairs[np.isfinite(pairs)]
    if not len(known):
        return "No two metrics rank the sets, so nothing can agree"
    same, turned = int((known > 0.999).sum()), int((known < 0).sum())
    if len(known) == 1:
        who = "The two metrics" if len(pairs) == 1 else "The only two metrics that tell sets apart"
        how = "rank the sets alike" if same else "do not rank the sets alike"
        return f"{who} {'rank the sets rather the other way round' if turned else how}"
    words = f"{same:,} of {len(known):,} pairs of metrics {'ranks' if same == 1 else 'rank'} the sets alike"
    return f"{words}, {turned:,} rather the other way round" if turned else words
