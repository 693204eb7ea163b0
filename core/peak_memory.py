"""The most memory that a stretch of work took above what the process held when it began."""

import threading
from types import TracebackType
from typing import Self

_INTERVAL = 0.005  # seconds between two looks; what comes and goes within is not seen


class PeakMemory:
    """While the block runs a thread looks at the process's resident memory; `bytes` is its peak above the start.

        with PeakMemory() as peak:
            study.choose(choice)
        peak.bytes

    Libraries that are loaded in the block count, and so does what is kept for later, such as nearest rows. What
    was taken before and given back inside the process (but not to the system) is used again and does not count.
    """

    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="peak memory", daemon=True)
        self._start = self._peak = 0

    @property
    def bytes(self) -> int:
        return max(0, self._peak - self._start)

    def __enter__(self) -> Self:
        self._start = self._peak = self._now()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        self._peak = max(self._peak, self._now())

    def _watch(self) -> None:
        while not self._end.wait(_INTERVAL):
            self._peak = max(self._peak, self._now())

    def _now(self) -> int:
        return int(self._process.memory_info().rss)
