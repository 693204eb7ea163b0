"""Things by the same things in coloured cells, for the figures that lay every one beside every other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from .theme import Theme, plain_figure, shown


@dataclass(frozen=True)
class Scale:
    """What colours and numbers mean in the cells."""

    ticks: dict[float, str]  # values of the colour bar, the lowest first and the highest last, as they are written
    colours: tuple[str, ...]  # from the lowest to the highest, evenly
    written: str  # how a value is formatted, such as ".2f"
    most: int  # things up to which the values stand in the cells
    cell: int  # pixels, as the next
    around: int  # the height of what is no cell

    @property
    def steps(self) -> list[list[Any]]:
        return [[place / (len(self.colours) - 1), colour] for place, colour in enumerate(self.colours)]


def squares(
    titles: Sequence[str],
    values: NDArray[Any],
    theme: Theme,
    title: str,
    scale: Scale,
    hover: Callable[[Sequence[str], int, int, str], str],
) -> go.Figure:
    """Cells for values (m, m); NaN stays empty.

    Args:
        hover: what is said of a cell, from the titles as they are shown, its row, its column and its value as it is
            written, empty for NaN.
    """
    places = list(range(len(titles)))
    figure = plain_figure(theme, title, scale.around + scale.cell * len(titles))
    figure.update_layout(title_xref="container", title_x=0.02)  # the names at the left leave a title no room on a phone
    names = [shown(title, 24) for title in titles]
    drawn = [[None if np.isnan(value) else float(value) for value in row] for row in np.asarray(values)]
    written = [["" if value is None else format(value, scale.written) for value in row] for row in drawn]
    figure.add_trace(
        go.Heatmap(
            z=drawn,
            x=places,
            y=places,
            zmin=min(scale.ticks),
            zmax=max(scale.ticks),
            colorscale=scale.steps,
            text=written if len(titles) <= scale.most else None,
            texttemplate="%{text}" if len(titles) <= scale.most else None,
            hovertext=[[hover(names, row, column, written[row][column]) for column in places] for row in places],
            hovertemplate="%{hovertext}<extra></extra>",
            xgap=1,
            ygap=1,
            colorbar={
                "thickness": 8,
                "len": 0.6,
                "tickvals": list(scale.ticks),
                "ticktext": list(scale.ticks.values()),
                "tickfont": {"color": theme.muted, "size": 12},
                "outlinewidth": 0,
            },
        )
    )
    figure.update_xaxes(tickvals=places, ticktext=names, tickangle=-90, showgrid=False, fixedrange=True)
    figure.update_yaxes(tickvals=places, ticktext=names, showgrid=False, autorange="reversed", fixedrange=True)
    return figure
