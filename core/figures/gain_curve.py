"""What each further row brought while a selection grew."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ..blocks import Floats
from .knee_ring import knee_ring
from .theme import Theme, number, plain_figure

_POINTS = 2_000
_TITLE = 40  # characters of what a gain is that fit beside the axis


def gain_curve(gains: Floats, unit: str, theme: Theme, *, knee: tuple[int, int, int] | None = None) -> go.Figure:
    """Gain by number of rows chosen, for gains (k,) in order of choice; `unit` says what a gain is.

    The first rows of many methods have no gain, or an infinite one: they are left out.

    Args:
        knee: the number of rows at which the curve bends, and the ends of its range.
    """
    order = np.arange(1, len(gains) + 1)
    finite = np.isfinite(gains)
    count, gain = order[finite], np.asarray(gains, dtype=np.float64)[finite]
    figure = plain_figure(theme, _finding(gain, len(gains)), 320)
    if len(count) > _POINTS:
        some = np.unique(np.geomspace(1, len(count), _POINTS).astype(np.int64)) - 1
        count, gain = count[some], gain[some]
    figure.add_trace(
        go.Scatter(
            x=count.astype(np.int32),
            y=gain.astype(np.float32),
            mode="lines" if len(count) > 1 else "markers",
            line={"color": theme.accent, "width": 2},
            hovertemplate="%{x:,} rows: %{y:.3g}<extra></extra>",
        )
    )
    if knee is not None:
        figure.add_trace(knee_ring(theme, knee, float(gains[knee[0] - 1])))
    figure.update_xaxes(title_text="Rows chosen", tickformat=",")
    figure.update_yaxes(title_text=unit[:1].upper() + unit[1:] if 0 < len(unit) <= _TITLE else "Gain of the row")
    if len(gain) and gain.min() >= 0:
        figure.update_yaxes(rangemode="tozero")
    return figure


def _finding(gain: NDArray[np.float64], chosen: int) -> str:
    tenth = len(gain) // 10
    if tenth and gain.min() >= 0 and (early := float(gain[:tenth].mean())) > 0:
        late = float(gain[-tenth:].mean())
        share = number(round(100 * late / early)) if late >= 0.01 * early else "under 1"
        return f"The last tenth of {chosen:,} rows brought {share} % of what the first tenth brought, row for row"
    return "What did each further row bring?"
