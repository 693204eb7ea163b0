"""The figures of the report: the map with the chosen rows, the gain curve, metrics beside random, clusters covered."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..metrics import METRICS
from .metrics_table import random_values
from .svg import WIDTH, dots, figure, line, number, rect, text, ticks

MAP_ROWS, MAP_CHOSEN = 6000, 4000  # dots of a map; of more rows a seeded sample is drawn
_CURVE = 400  # points of a gain curve
_LABELS = 250  # pixels for names beside bars


def map_figure(xy: NDArray[np.float32], chosen: NDArray[np.int64], title: str) -> str:
    """All rows as a cloud, (n, 2), and the chosen ones on it."""
    height, edge = 460.0, 8.0
    low, high = xy.min(axis=0), xy.max(axis=0)
    scale = min((WIDTH - 2 * edge) / max(high[0] - low[0], 1e-9), (height - 2 * edge) / max(high[1] - low[1], 1e-9))
    middle = (low + high) / 2
    placed = np.column_stack([WIDTH / 2 + (xy[:, 0] - middle[0]) * scale, height / 2 - (xy[:, 1] - middle[1]) * scale])
    others = np.setdiff1d(np.arange(len(xy)), chosen)
    parts = [dots(placed[_sample(others, MAP_ROWS)].tolist(), "pool")]
    return figure(height, [*parts, dots(placed[_sample(chosen, MAP_CHOSEN)].tolist(), "chosen")], title, "map")


def gain_figure(gains: NDArray[np.float64], unit: str, title: str) -> str:
    """What each row brought when it was chosen, (k,); empty where no row has a finite gain."""
    order = np.flatnonzero(np.isfinite(gains))
    if not len(order):
        return ""
    if len(order) > _CURVE:
        order = order[np.unique(np.geomspace(1, len(order), _CURVE).astype(np.int64)) - 1]
    height, left, bottom, top = 260.0, 64.0, 224.0, 24.0
    values = gains[order]
    low, high = min(0.0, float(values.min())), float(values.max())
    high = high if high > low else low + 1
    most = max(len(gains), 2)

    def place(count: float, value: float) -> tuple[float, float]:
        across = left + (count - 1) / (most - 1) * (WIDTH - left - 12)
        return across, bottom - (value - low) / (high - low) * (bottom - top)

    parts = []
    for value in ticks(low, high):
        y = place(1, value)[1]
        parts += [line([(left, y), (WIDTH - 12, y)], "grid"), text(left - 6, y + 4, f"{value:g}", "m", "end")]
    for count in ticks(1, most):
        parts.append(text(place(count, low)[0], bottom + 16, number(count), "m", "middle"))
    parts += [
        text(0, 12, unit or "gain of the row", "m", limit=90),
        text(WIDTH - 12, bottom + 32, "rows chosen", "m", "end"),
    ]
    parts.append(
        line([place(row + 1, value) for row, value in zip(order.tolist(), values.tolist(), strict=True)], "curve")
    )
    return figure(height, parts, title)


def metrics_figure(recorded: Mapping[str, Any], title: str) -> str:
    """Each metric on a scale of its own: the chosen rows with their interval, and the band of random subsets."""
    scores = [score for score in recorded["scores"] if score["value"] is not None]
    row, left, right = 44.0, 8.0, WIDTH - 8.0
    parts = []
    for place, score in enumerate(scores):
        top = place * row
        values = random_values(recorded, score["metric"])
        ends = [score["value"], *values, *(end for end in score.get("interval") or [] if end is not None)]
        low, high = min(ends), max(ends)
        lower = score["metric"] in METRICS and METRICS[score["metric"]].better == "lower"

        def at(value: float, low: float = low, high: float = high, lower: bool = lower) -> float:
            share = 0.5 if high == low else 0.02 + 0.96 * (value - low) / (high - low)
            return left + (right - left) * (1 - share if lower else share)

        name = METRICS[score["metric"]].title if score["metric"] in METRICS else score["metric"]
        parts.append(text(left, top + 14, f"{name}: {_told(score, values)}", limit=120))
        parts.append(line([(left, top + 30), (right, top + 30)], "grid"))
        if values:
            one, other = sorted((at(min(values)), at(max(values))))
            parts.append(rect(one - 2, top + 25, other - one + 4, 10, "band"))
        if score.get("interval") and None not in score["interval"]:
            parts.append(line([(at(end), top + 30) for end in score["interval"]], "whisker"))
        parts.append(dots([(at(score["value"]), top + 30)], "dot"))
    height = row * max(len(scores), 1) + 18
    parts += [text(left, height - 2, "← less diverse", "m"), text(right, height - 2, "more diverse →", "m", "end")]
    return figure(height, parts, title)


def clusters_figure(names: Sequence[str], pool: NDArray[np.int64], chosen: NDArray[np.int64], title: str) -> str:
    """For each cluster its share of all rows and of the chosen ones; both arrays hold rows, (clusters,)."""
    row, left = 24.0, float(_LABELS)
    shares = [pool / max(pool.sum(), 1), chosen / max(chosen.sum(), 1)]
    most = max(float(each.max(initial=0)) for each in shares) or 1.0
    room = WIDTH - left - 70
    parts = []
    for place in range(len(names)):
        top = place * row + 4
        parts.append(text(left - 8, top + 13, names[place], "t" if chosen[place] else "m", "end", limit=36))
        parts.append(rect(left, top + 1, room * float(shares[0][place]) / most, 7, "bar"))
        parts.append(rect(left, top + 9, room * float(shares[1][place]) / most, 7, "mine"))
        furthest = room * max(float(each[place]) for each in shares) / most
        parts.append(text(left + furthest + 6, top + 13, f"{chosen[place]:,} of {pool[place]:,}", "m"))
    return figure(row * len(names) + 8, parts, title)


def _told(score: Mapping[str, Any], values: Sequence[float]) -> str:
    words = number(score["value"])
    if score.get("interval") and None not in score["interval"]:
        words += f" ({number(score['interval'][0])} to {number(score['interval'][1])})"
    if values:
        words += f", random {number(min(values))} to {number(max(values))}"
    return words


def _sample(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of the rows, seeded."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))
