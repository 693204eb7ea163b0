"""The ring that marks the knee of a curve, with its interval."""

import plotly.graph_objects as go

from .theme import Theme


def knee_ring(theme: Theme, knee: tuple[int, int, int], height: float) -> go.Scatter:
    """A ring at the knee, (rows, lowest, highest), of a curve that has that height there."""
    rows, low, high = knee
    return go.Scatter(
        x=[rows],
        y=[height],
        mode="markers",
        marker={"color": theme.ground, "size": 9, "line": {"color": theme.accent, "width": 2}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [high - rows],
            "arrayminus": [rows - low],
            "color": theme.accent,
            "thickness": 1.5,
        },
        hovertemplate=f"knee: {rows:,} rows ({low:,} to {high:,})<extra></extra>",
    )
