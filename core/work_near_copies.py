"""The worker's job that looks for near-copies."""

from typing import Any

from .near_copies import near_copies
from .progress import Progress
from .store import Store
from .work_opening import Args, open_study


def find_near_copies(store: Store, args: Args, progress: Progress) -> dict[str, Any]:
    """Find the near-copies of a dataset, for all thresholds at once. args: dataset."""
    near_copies(open_study(store, args), progress=progress)
    return {}
