"""The worker's job that looks for outliers."""

from typing import Any

from .outliers import outliers
from .progress import Progress
from .store import Store
from .work_opening import Args, open_study


def find_outliers(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Find how far each row of a dataset is from its k-th nearest other row. args: dataset."""
    outliers(open_study(store, args), progress=progress)
    return {}
