"""How much work a value per row is, so that hours of it are asked for before they begin."""

from collections.abc import Sequence

from . import measuring
from .metrics import METRICS
from .row_values import asks_exact, find_row_value
from .selectors import Selection
from .study import Study


def compared(study: Study, name: str, selection: Selection | None = None) -> tuple[int, int]:
    """How many rows are each compared with how many others to find that value; (0, 0) where pairs are not looked at."""
    n = len(study)
    home = n if study.reference is None else len(study.reference)
    picks = 0 if selection is None else len(selection)
    value = find_row_value(name)
    if value.metric:
        metric = METRICS[value.metric]
        match metric.anchored:
            case "space":
                return n, max(n, home) if "reference" in metric.needs else n
            case "reference":
                return n, home
            case None:
                return 0, 0
    match name:
        case "density" | "to_reference":
            return n, home
        case "covered" | "covered_by":
            return n, picks
        case "from_earlier" | "earlier":
            return picks, picks
        case _:
            return 0, 0


def long_work(study: Study, names: Sequence[str], selection: Selection | None = None) -> str:
    """What makes finding those values the work of hours, as a sentence; "" where nothing does."""
    rows, others = max((compared(study, name, selection) for name in names), key=lambda pair: pair[0] * pair[1])
    if rows * others > measuring.EXACT_PAIRS:
        if rows == others:
            return f"This compares every pair of {rows:,} rows and may take hours."
        return f"This compares each of {rows:,} rows with each of {others:,} others and may take hours."
    metrics = {find_row_value(name).metric for name in names}
    if "cluster_inertia" in metrics and asks_exact(study, "cluster_inertia"):
        return f"This groups {len(study):,} rows by k-means, fitted to every one of them, and may take hours."
    return ""
