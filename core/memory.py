"""Refusing work that the machine's memory does not suffice for, before any of it is taken."""

from pathlib import Path

from .errors import UserError

_RESERVE = 256 << 20  # left for everything else
_LITTLE = 1 << 20  # what needs less is always begun: to look at the memory would take longer than the work
_GROUPS = Path("/sys/fs/cgroup")
# file names of the limit and of what is used, and the line of memory.stat with what the kernel takes back when asked
_NEW = ("memory.max", "memory.current", "inactive_file")
_OLD = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def available() -> int:
    """Bytes that this process may still take: the machine's, or the container's where that is less."""
    import psutil

    free = int(psutil.virtual_memory().available)
    groups = ((_GROUPS, _NEW), (_GROUPS / "memory", _OLD))
    return max(0, min([free, *(left for group, names in groups if (left := _left(group, *names)) is not None)]))


def _left(group: Path, limit: str, used: str, cache: str) -> int | None:
    """What a control group may still take; None where there is no such group, or no limit."""
    try:
        most = (group / limit).read_text().strip()
        now = int((group / used).read_text())
        stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except OSError:
        return None
    return None if most == "max" else int(most) - now + int(stat.get(cache, 0))


def require(needed: int, what: str) -> None:
    """Raise a UserError with the estimate where `needed` bytes are more than there are."""
    if needed < _LITTLE:
        return
    free = available() - _RESERVE
    if needed > free:
        raise UserError(
            f"{what} needs about {in_words(needed)} of memory, and {in_words(max(free, 0))} are free. "
            "Close other programs, use fewer rows, or a larger machine."
        )


def in_words(size: float) -> str:
    """Bytes as a person reads them: 3.2 GB."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:,.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.3g} {unit}"
        size /= 1000
    raise AssertionError
