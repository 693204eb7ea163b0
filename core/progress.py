"""Progress is a callable that takes (share done, message); cancelling is that callable raising `Cancelled`."""

from collections.abc import Callable

Progress = Callable[[float, str], None]


def silent(share: float, message: str) -> None:
    """Report nothing; the default everywhere."""


def part(progress: Progress, start: float, stop: float) -> Progress:
    """The stretch of `progress` from `start` to `stop`, as a progress of its own that runs from 0 to 1."""

    def report(share: float, message: str) -> None:
        progress(start + (stop - start) * min(max(share, 0.0), 1.0), message)

    return report
