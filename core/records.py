"""One row as a record: reaching into it by a column's path (`instances[0].input`), values as numbers, and as JSON."""

import base64
import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Record = dict[str, Any]
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


def as_record(value: Any) -> Record | None:
    """A row as a record: an object is one; a bare text is a column `text`, a list `column_1`, ...; nothing else is."""
    if isinstance(value, dict):
        return value
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, list):
        return {f"column_{number}": item for number, item in enumerate(value, 1)}
    return None


def fetch(value: Any, path: str) -> Any:
    """What lies at `path` in `value`, None where there is nothing. A key may hold dots and brackets itself."""
    if isinstance(value, Mapping):
        if path in value:
            return value[path]
        for place, letter in enumerate(path):
            if letter in ".[" and place and (key := path[:place]) in value:
                found = _inside(value[key], path[place:])
                if found is not None:
                    return found
    return None


def _inside(value: Any, rest: str) -> Any:
    """`rest` begins with `.key` or `[number]`."""
    if rest.startswith("."):
        return fetch(value, rest[1:])
    number, closed, rest = rest[1:].partition("]")
    if not closed or not number.isdecimal() or not isinstance(value, (list, tuple)) or int(number) >= len(value):
        return None
    item = value[int(number)]
    return _inside(item, rest) if rest else item


def as_number(value: Any) -> float:
    """A value as a float: numbers, true and false, and texts that are numerals; NaN for everything else."""
    if isinstance(value, (int, float, Decimal)):
        try:
            return float(value)
        except OverflowError:  # a whole number beyond the range of floats
            return math.inf if value > 0 else -math.inf
    if isinstance(value, str) and NUMBER.fullmatch(text := value.strip()):
        return float(text)
    return math.nan


def dump(value: Any) -> bytes:
    """A value as JSON in UTF-8: keys in order, numbers as they are, bytes as base64, dates in ISO form."""
    text = json.dumps(value, ensure_ascii=False, default=_plain)
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8: written as an escape
        return json.dumps(value, default=_plain).encode()


def plain(value: Any) -> Any:
    """A value as it comes back from JSON: dates, decimals and bytes as the texts that `dump` makes of them."""
    return json.loads(dump(value))


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode("ascii")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)  # Decimal, timedelta, UUID: exact in their own notation
