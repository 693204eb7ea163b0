"""Numbers and texts for a person; whatever came from the user is shown as plain text, never as markup."""

import json
import math
import re
from collections.abc import Iterable
from typing import Any

_JOIN = "\u2060"  # word joiner: takes no room, and keeps Streamlit from reading a sign of its own
# Streamlit turns these into icons, links, arrows and dashes after the escapes are gone, so that escaping does not help.
_SIGNS = re.compile(r"(?<=[-<>=~])(?=[-<>=~])|(?<=:)(?=\S)|(?<=[wW]{3})(?=\.)|(?=@)")
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$^&])")


def plain(text: object, limit: int = 200) -> str:
    """Any text as Markdown that shows exactly these characters, shortened."""
    words = sound(" ".join(str(text).split()))
    if len(words) > limit:
        words = words[: limit - 1] + "…"
    return _MARKUP.sub(r"\\\1", _SIGNS.sub(_JOIN, words))


def sound(text: str) -> str:
    """Text that can be sent to a browser: a lone surrogate becomes the sign for a missing character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def cell(value: object) -> int | float | str | None:
    """A value as a table can hold it: None stays empty, numbers beyond 64 bits and nested values become text."""
    if value is None or isinstance(value, (bool, float)):
        return str(value) if isinstance(value, bool) else value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    return sound(value if isinstance(value, str) else str(value))


def cells(values: Iterable[object]) -> list[int | float | str | None]:
    """The values of one column as a table can hold them: all of one kind, so that numbers beside texts become texts."""
    found = [cell(value) for value in values]
    if any(isinstance(value, str) for value in found):
        return [value if value is None else str(value) for value in found]
    return found


def json_value(value: Any) -> Any:
    """A record as JavaScript can show it: numbers that it would round become text."""
    if isinstance(value, dict):
        return {sound(str(name)): json_value(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(inner) for inner in value]
    return value if isinstance(value, bool) else cell(value)


def json_bytes(value: Any, indent: int | None = None) -> bytes:
    """JSON as bytes for a download; a lone surrogate becomes the escape that JSON has for it."""
    return json.dumps(value, ensure_ascii=False, indent=indent).encode("utf-8", "backslashreplace")


def number(value: float | None, digits: int = 3) -> str:
    """Three significant figures, thousands separated."""
    if value is None or math.isnan(value):
        return "no value"
    if math.isinf(value):
        return "infinite"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) < 1e-4:
        return f"{value:.{digits - 1}e}"
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])  # of the rounded value: 0.9999 is 1.00
    return f"{value:,.{max(0, digits - 1 - exponent)}f}"


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def count(number_of: int, one: str, many: str | None = None) -> str:
    """`1 row`, `52,002 rows`."""
    return f"{number_of:,} {one if number_of == 1 else many or one + 's'}"
