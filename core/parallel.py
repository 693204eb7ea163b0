"""Row-wise work on the machine's cores; numpy lets other threads run while it sorts."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from .blocks import row_blocks


def by_rows(work: Callable[[slice], None], n: int) -> None:
    """Call `work` on slices that cover n rows, a few for each core, and wait for all; it must let other threads run."""
    if min(n, cores()) <= 1:
        work(slice(0, n))
        return
    list(_pool().map(work, row_blocks(n, 1, -(-n // (_SLICES * cores())))))


_SLICES = 4  # for each core, so that one that is held up does not keep the others waiting


@cache
def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="rows")
