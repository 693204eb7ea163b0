"""Row-wise work on the machine's cores; numpy lets other threads run while it sorts."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from threading import Event
from typing import TypeVar

from .blocks import row_blocks
from .errors import UserError

Found = TypeVar("Found")


def by_rows(work: Callable[[slice], None], n: int) -> None:
    """Call `work` on slices that cover n rows, a few for each core, and wait for all; it must let other threads run."""
    if min(n, cores()) <= 1:
        work(slice(0, n))
        return
    list(_pool().map(work, row_blocks(n, 1, -(-n // (_SLICES * cores())))))


def by_chunks(
    chunks: Sequence[Sequence[str]],
    works: Sequence[Callable[[Sequence[str]], Found]],
    report: Callable[[int], None],
) -> list[list[Found]]:
    """What each of `works` makes of its share of the chunks, neighbours in order, in a thread each.

    `report` is called in this thread with the number of texts that are done, and may raise to cancel.
    """
    done, stopped = [0] * len(works), Event()
    borders = [len(chunks) * which // len(works) for which in range(len(works) + 1)]

    def share(which: int, tell: bool) -> list[Found]:
        found = []
        for chunk in chunks[borders[which] : borders[which + 1]]:
            if stopped.is_set():
                break
            if tell:
                report(sum(done))
            found.append(works[which](chunk))
            done[which] += len(chunk)
        return found

    with ThreadPoolExecutor(len(works)) as pool:
        others = [pool.submit(share, which, False) for which in range(1, len(works))]
        try:
            first = share(0, True)
            while wait(others, timeout=0.1).not_done:
                report(sum(done))
        finally:
            stopped.set()
        return [first, *(other.result() for other in others)]


_SLICES = 4  # for each core, so that one that is held up does not keep the others waiting


@cache
def cores() -> int:
    """How many this process may use; `GAMUT_CORES` says so where others work on the machine, too."""
    given = os.environ.get("GAMUT_CORES", "")
    if given.isascii() and given.isdigit():
        return max(1, int(given))
    if given:
        raise UserError(f"GAMUT_CORES is {given!r}, and must be a whole number of cores, such as 4.")
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="rows")
