"""Filters as words of a command: `score>=3`, `topic=maths,code`, `text~sort`, `day<=2024-03-31`, `topic=` is empty."""

import json
import re
from collections.abc import Callable

from .errors import UserError
from .filters import Filter
from .records import NUMBER

_SIGNS = re.compile(r">=|<=|!=|!~|=|~")
_HOW = (
    "Write column>=3, column<=3 (numbers or dates), column=a,b (one of), column!=a,b (none of), "
    "column~text (contains), column!~text (lacks), column= (is empty), column!= (has a value), or a filter as JSON."
)


def read_filter(words: str, is_column: Callable[[str], bool] = bool) -> Filter:
    """The filter that those words say.

    >>> read_filter("score>=3").at_least, read_filter("topic!=a,b").none_of, read_filter("day<=2024-03").until
    (3.0, ('a', 'b'), '2024-03')

    Args:
        is_column: whether there is a column of that name, which may hold such signs itself.

    Raises:
        UserError: words that say no filter.
    """
    if words.lstrip().startswith("{"):
        try:
            return Filter.from_json(json.loads(words))
        except ValueError as error:
            raise UserError(f"The filter {words[:80]!r} is not JSON ({error}).") from error
    signs = list(_SIGNS.finditer(words))
    sign = next((each for each in signs if is_column(words[: each.start()].strip())), signs[0] if signs else None)
    if sign is None:
        raise UserError(f"The filter {words[:80]!r} has no sign such as >= in it. {_HOW}")
    column, value = words[: sign.start()].strip(), words[sign.end() :].strip()
    if not column:
        raise UserError(f"The filter {words[:80]!r} names no column. {_HOW}")
    listed = tuple(each.strip() for each in value.split(",")) if value else ()
    match sign[0]:
        case ">=" | "<=" if NUMBER.fullmatch(value):
            return Filter.from_json({"column": column, "at_least" if sign[0] == ">=" else "at_most": float(value)})
        case ">=" | "<=":
            return Filter.from_json({"column": column, "since" if sign[0] == ">=" else "until": value})
        case "=":
            return Filter(column, one_of=listed) if listed else Filter(column, one_of=(), empty=True)
        case "!=":
            return Filter(column, none_of=listed)
        case "~" | "!~" if value:
            return Filter.from_json({"column": column, "contains" if sign[0] == "~" else "lacks": value})
    raise UserError(f"The filter {words[:80]!r} says no text. {_HOW}")
