"""How many rows a budget is, written as a number of rows or as a share of them."""

import re
from decimal import ROUND_HALF_UP, Decimal

from .errors import UserError

_ROWS = re.compile(r"\d+|\d{1,3}(?:[,_]\d{3})+")
_SHARE = re.compile(r"(\d+(?:\.\d*)?|\.\d+) ?%")


def rows_for(budget: str, rows: int) -> int:
    """The number of rows that `500`, `5,000` or `10%` of `rows` stands for; half a row counts as one, and one at least.

    >>> rows_for("10%", 25)
    3

    Raises:
        UserError: anything else, `1,5` included: a comma stands before three digits alone.
    """
    text = budget.strip()
    if _ROWS.fullmatch(text):
        return int(text.replace(",", "").replace("_", ""))
    share = _SHARE.fullmatch(text)
    if share is None or not 0 < Decimal(share[1]) <= 100:
        raise UserError(f"The budget {budget!r} is neither a number of rows (500) nor a share of them (10%).")
    return max(1, int((Decimal(share[1]) * rows / 100).quantize(Decimal(1), ROUND_HALF_UP)))
