"""The metric values of a manifest as a table: of the chosen rows with intervals, and of random subsets."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from ..metrics import METRICS

_COLUMNS = (
    *("metric", "value", "interval_low", "interval_high", "interval_kind", "n", "reference", "estimated"),
    *("random_lowest", "random_mean", "random_highest", "random_subsets"),
)


def random_values(recorded: Mapping[str, Any], metric: str) -> list[float]:
    """The values that the random subsets have of that metric."""
    every = [score for scores in recorded.get("random", []) for score in scores if score["metric"] == metric]
    return [float(score["value"]) for score in every if score["value"] is not None]


def metrics_csv(recorded: Mapping[str, Any]) -> str:
    """The table as CSV, a line for each metric."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for score in recorded["scores"]:
        low, high = score.get("interval") or (None, None)
        values = random_values(recorded, score["metric"])
        band = [min(values), sum(values) / len(values), max(values)] if values else [None] * 3
        told = [score.get(name) for name in ("interval_kind", "n", "reference", "estimated")]
        writer.writerow([score["metric"], score["value"], low, high, *told, *band, len(values)])
    return file.getvalue()


def beside_random(recorded: Mapping[str, Any]) -> str:
    """How many metrics say that the chosen rows are more diverse than every random subset."""
    above = counted = 0
    for score in recorded["scores"]:
        values = random_values(recorded, score["metric"])
        if not values or score["value"] is None:
            continue
        counted += 1
        lower = score["metric"] in METRICS and METRICS[score["metric"]].better == "lower"
        above += score["value"] < min(values) if lower else score["value"] > max(values)
    if not counted:
        return "They were not measured beside random subsets."
    subsets = len(recorded["random"])
    return (
        f"More diverse than each of {subsets:,} random {'subset' if subsets == 1 else 'subsets'} of the same size on "
        f"{above:,} of {counted:,} {'metric' if counted == 1 else 'metrics'}."
    )
