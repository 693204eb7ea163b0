"""Budgets as people write them."""

import pytest

from core import UserError
from core.budget import Budget, rows_for


@pytest.mark.parametrize(
    ("written", "rows", "meant"),
    [
        ("500", 900, 500),
        ("5,000", 9000, 5000),
        ("5_000", 9000, 5000),
        ("1,234,567", 1, 1234567),
        ("10%", 25, 3),  # 2.5: half a row counts
        ("10%", 24, 2),
        ("30%", 5, 2),
        ("0.1%", 20, 1),
        (" 12.5 % ", 20, 3),
        ("100%", 7, 7),
        ("1.1%", 50, 1),
    ],
)
def test_a_budget_is_rows_or_a_share_of_them(written, rows, meant):
    assert rows_for(written, rows) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("200k tokens", 200_000),
        ("1.5M tokens", 1_500_000),
        ("2,000 tokens", 2000),
        ("7tokens", 7),
        ("0.5k tokens", 500),
    ],
)
def test_a_budget_may_be_tokens(written, meant):
    assert Budget.parse(written).unit == "tokens"
    assert Budget.parse(written).of(10) == meant
    with pytest.raises(UserError, match="in tokens, and rows are asked for"):
        rows_for(written, 10)


@pytest.mark.parametrize(
    "written",
    [
        "1,5",
        "5,00",
        "1,5%",
        "many",
        "",
        "%",
        "0%",
        "101%",
        "-5",
        "nan%",
        "5.5",
        "1e3",
        "0 tokens",
        "5 Mio tokens",
        "k tokens",
    ],
)
def test_what_is_none_of_these_is_refused(written):
    with pytest.raises(UserError, match="neither a number of rows"):
        rows_for(written, 100)
