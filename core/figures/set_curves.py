"""A metric of several sets by the number of rows: a line for each, with bars of its standard error."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from .bench_lines import selector_style
from .theme import Theme, plain_figure, plus_minus, shown

_LEGEND = 20  # pixels of a line of the legend
_LETTERS = 26  # of a name in the legend


def set_curves(
    names: Sequence[str],
    sizes: Sequence[int],
    values: Sequence[Sequence[float]],
    errors: Sequence[Sequence[float]],
    theme: Theme,
    title: str,
    *,
    better: str = "higher",
) -> go.Figure:
    """`values` and their standard `errors` are (sets, sizes), NaN where there is none; up is as the numbers are.

    The colour of a set is that of its place among the compared ones, as on their map.
    """
    rows = math.ceil(len(names) / 2)
    figure = plain_figure(theme, shown(title, 200), 330 + _LEGEND * rows, title_width=44)
    for place, (name, line, error) in enumerate(zip(names, values, errors, strict=True)):
        known = [at for at in range(len(sizes)) if math.isfinite(line[at])]
        colour, dash, symbol = selector_style(place, theme)
        figure.add_trace(
            go.Scatter(
                x=[sizes[at] for at in known],
                y=[line[at] for at in known],
                error_y={"type": "data", "array": [error[at] for at in known], "thickness": 1, "width": 4},
                mode="lines+markers",
                name=shown(name, _LETTERS),
                line={"color": colour, "dash": dash, "width": 2},
                marker={"symbol": symbol, "size": 6},
                hovertext=[
                    f"{shown(name, 60)}<br>{sizes[at]:,} rows: {plus_minus(line[at], error[at])}" for at in known
                ],
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )
    ticks = [size for at, size in enumerate(sizes) if len(sizes) < 6 or (len(sizes) - 1 - at) % 2 == 0]
    figure.update_xaxes(title_text="Rows of each set", type="log", tickvals=ticks, fixedrange=True)
    figure.update_xaxes(ticktext=[f"{size:,}" for size in ticks])
    figure.update_yaxes(title_text=f"{better} is more diverse", fixedrange=True)
    figure.update_layout(
        showlegend=True,
        legend={
            "orientation": "h",
            "yref": "container",  # below the name of the axis, however wide the figure is
            "y": 0,
            "yanchor": "bottom",
            "x": 0,
            "entrywidth": 0.5,
            "entrywidthmode": "fraction",
        },
        margin_b=_LEGEND * rows + 56,
    )
    return figure
