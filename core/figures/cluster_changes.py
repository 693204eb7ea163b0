"""What one set has more of than another, cluster by cluster: bars to the right and to the left."""

from collections.abc import Sequence

import plotly.graph_objects as go

from .theme import Theme, plain_figure, shown

_BARS = 16
_ROW = 34  # pixels: a line of text above a thin bar
_COLOURS = {"gained": "accent", "lost": "warning", "alike": "neutral"}
_WORDS = {"gained": "more", "lost": "fewer", "alike": "as by chance"}


def cluster_changes(
    names: Sequence[str],
    first: Sequence[int],
    second: Sequence[int],
    changes: Sequence[str],
    theme: Theme,
    *,
    titles: tuple[str, str] = ("A", "B"),
    title: str | None = None,
) -> go.Figure:
    """For each of k clusters the rows of the second set less those of the first.

    The 16 clusters with the largest difference are drawn, in order. `changes` says of each "gained" (the second has
    more than chance gives), "lost" or "alike". The figure's title is its finding, unless another or none is given.
    """
    order = sorted(range(len(names)), key=lambda i: (-abs(second[i] - first[i]), i))[:_BARS]
    order.sort(key=lambda i: (first[i] - second[i], i))
    words = changes_finding(changes, titles[1]) if title is None else title
    figure = plain_figure(theme, shown(words, 120), 96 + _ROW * max(1, len(order)))
    differences = [second[i] - first[i] for i in order]
    places = list(range(len(order)))
    figure.add_trace(
        go.Bar(
            x=differences,
            y=places,
            orientation="h",
            width=0.3,
            marker={"color": [getattr(theme, _COLOURS[changes[i]]) for i in order]},
            hoverinfo="none",
        )
    )
    reach = max((abs(value) for value in differences), default=1) or 1
    figure.add_trace(
        go.Scatter(
            x=[-reach * 1.05] * len(order),
            y=[place - 0.42 for place in places],
            text=[f"{shown(names[i], 30)}  <b>{first[i]:,} → {second[i]:,}</b>  {_WORDS[changes[i]]}" for i in order],
            mode="text",
            textposition="middle right",
            textfont={"size": 12, "color": theme.text},
            cliponaxis=False,
            hovertext=[shown(names[i], 120) for i in order],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    middle = {"color": theme.grid, "width": 1}
    figure.add_shape(type="line", x0=0, x1=0, y0=-0.3, y1=len(order) - 0.7, line=middle, layer="below")
    figure.update_xaxes(range=[-reach * 1.05, reach * 1.05], visible=False, fixedrange=True)
    figure.update_yaxes(range=[len(order) - 0.5, -0.8], visible=False, fixedrange=True)
    sides = ((f"← more in {shown(titles[0], 16)}", 0, "left"), (f"more in {shown(titles[1], 16)} →", 1, "right"))
    for text, x, anchor in sides:
        figure.add_annotation(
            text=text,
            x=x,
            y=0,
            xref="paper",
            yref="paper",
            xanchor=anchor,
            yanchor="top",
            showarrow=False,
            font={"color": theme.muted, "size": 12},
        )
    figure.update_layout(margin_b=28)
    return figure


def changes_finding(changes: Sequence[str], name: str) -> str:
    """Of how many clusters the set of that name has more and fewer rows."""
    gained, lost = (sum(change == which for change in changes) for which in ("gained", "lost"))
    words = f"{name[:50]} has more of {gained:,} and fewer of {lost:,} in {len(changes):,} clusters"
    return words if len(changes) <= _BARS else f"{words}; the {_BARS:,} that differ most"
