"""The worker's jobs that look for outliers, and for what a reference has and a dataset lacks."""

from typing import Any

from .empty_regions import empty_regions
from .outliers import outliers
from .progress import Progress
from .store import Store
from .work_opening import Args, open_study


def find_outliers(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Find how far each row of a dataset is from its k-th nearest other row. args: dataset."""
    outliers(open_study(store, args), progress=progress)
    return {}


def find_empty_regions(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Find where a reference has rows and a dataset has none. args: dataset, reference."""
    empty_regions(open_study(store, args), progress=progress)
    return {}
