"""How much is to be chosen: a number of rows, a share of them, or a number of tokens."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from .errors import UserError

_NUMBER = r"\d{1,3}(?:[,_]\d{3})+|\d+"
_ROWS = re.compile(_NUMBER)
_SHARE = re.compile(r"(\d+(?:\.\d*)?|\.\d+) ?%")
_TOKENS = re.compile(rf"({_NUMBER}|\d+\.\d+) ?([kM]?) ?tokens")
_TIMES = {"": 1, "k": 1_000, "M": 1_000_000}


@dataclass(frozen=True)
class Budget:
    """An amount of rows, percent of the rows, or tokens."""

    amount: Decimal
    unit: Literal["rows", "percent", "tokens"]

    @classmethod
    def parse(cls, text: str) -> "Budget":
        """What `500`, `5,000`, `10%`, `200k tokens` or `1.5M tokens` stands for.

        Raises:
            UserError: anything else, `1,5` included: a comma stands before three digits alone.
        """
        words = text.strip()
        if _ROWS.fullmatch(words):
            return cls(_whole(words), "rows")
        if (share := _SHARE.fullmatch(words)) and 0 < Decimal(share[1]) <= 100:
            return cls(Decimal(share[1]), "percent")
        if tokens := _TOKENS.fullmatch(words):
            amount = (_whole(tokens[1]) * _TIMES[tokens[2]]).to_integral_value(ROUND_HALF_UP)
            if amount >= 1:
                return cls(amount, "tokens")
        raise UserError(
            f"The budget {text!r} is neither a number of rows (500), nor a share of them (10%), nor a number of tokens "
            "(200k tokens)."
        )

    def of(self, rows: int) -> int:
        """The rows of that many that it stands for, at least one (half a row counts); of tokens, the tokens."""
        if self.unit != "percent":
            return int(self.amount)
        return max(1, int((self.amount * rows / 100).quantize(Decimal(1), ROUND_HALF_UP)))


def rows_for(budget: str, rows: int) -> int:
    """The number of rows that `500`, `5,000` or `10%` of `rows` stands for; half a row counts as one, and one at least.

    >>> rows_for("10%", 25)
    3

    Raises:
        UserError: anything else, tokens included.
    """
    found = Budget.parse(budget)
    if found.unit == "tokens":
        raise UserError(f"The budget {budget!r} is in tokens, and rows are asked for.")
    return found.of(rows)


def _whole(digits: str) -> Decimal:
    return Decimal(digits.replace(",", "").replace("_", ""))
