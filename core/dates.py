"""Dates as numbers: ISO dates and timestamps, and the seconds or milliseconds since 1970 that logs hold."""

import math
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .errors import UserError

_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?")
_MILLISECONDS = 1e11  # numbers from here on are milliseconds: as seconds they would lie beyond the year 5000


def as_time(value: Any) -> float:
    """A value as seconds since 1970 in UTC; NaN where it is no date.

    Dates and timestamps of Python, texts in ISO form (`2024-03-01`, `2024-03-01T12:00:00Z`, `2024-03`, `2024`), and
    numbers of seconds or milliseconds since 1970. Without a time zone UTC is meant.

    >>> as_time("1970-01-02"), as_time("1970-01-01T01:00:00+01:00"), as_time(1_700_000_000_000) == as_time(1.7e9)
    (86400.0, 0.0, True)
    """
    if isinstance(value, str):
        found = _parsed(value.strip())
        return math.nan if found is None else found[0].timestamp()
    if isinstance(value, datetime):
        return _aware(value).timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value / 1000 if abs(value) >= _MILLISECONDS else float(value)
    return math.nan


def bound(text: str, *, end: bool = False) -> float:
    """Where a span of time begins that goes from `text` on, or with `end` where one ends that goes up to it, whole.

    The end of a day, month or year that is named without a time is its last moment; that of a timestamp is itself.

    >>> bound("2024-02", end=True) < bound("2024-03") == bound("2024-03-01T00:00:00Z")
    True

    Raises:
        UserError: no date.
    """
    found = _parsed(text.strip())
    if found is None:
        raise UserError(f"{text[:60]!r} is no date. Write it as 2024-03-01 or 2024-03-01T12:00:00.")
    begin, span = found
    if not end or not span:
        return begin.timestamp()
    try:
        match span:
            case "day":
                after = begin + timedelta(days=1)
            case "month":
                after = begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
            case _:
                after = begin.replace(year=begin.year + 1)
    except (ValueError, OverflowError):  # the last day that Python has
        return math.inf
    return math.nextafter(after.timestamp(), -math.inf)


def _parsed(text: str) -> tuple[datetime, str] | None:
    """The moment where what `text` names begins, and whether that is a "day", "month" or "year"; "" for a moment."""
    try:
        if partial := _PARTIAL.fullmatch(text):
            year, month = partial.groups()
            return datetime(int(year), int(month or 1), 1, tzinfo=UTC), "month" if month else "year"
        moment = _aware(datetime.fromisoformat(text))
        moment.timestamp()
    except (ValueError, OverflowError):
        return None
    return moment, "" if len(text) > 10 else "day"


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
