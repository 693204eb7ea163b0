"""Parameters that are declared once: what is allowed passes in its own type, everything else is refused in words."""

import math
from typing import Annotated, Any, Literal

import numpy as np
import pytest

from core.errors import UserError
from core.params import Help, Param, Range, data_arguments, declared, resolve


def subject(
    space: object,
    reference: object = None,
    *,
    q: Annotated[float, Range(0.1, 8.0, infinite=True), Help("Order.")] = 1.0,
    k: Annotated[int, Range(1, 10)] = 5,
    seed: Annotated[int, Range(0)] = 0,
    cap: Annotated[int, Range(1, 10, infinite=True)] = 3,
    form: Literal["paper", "code"] = "paper",
    include_self: bool = False,
    column: str | None = None,
    first: Annotated[int | None, Range(0)] = None,
) -> float:
    return 0.0


PARAMS = declared(subject)


def test_the_users_parameters_are_the_keyword_only_ones_in_order():
    assert list(PARAMS) == ["q", "k", "seed", "cap", "form", "include_self", "column", "first"]
    assert data_arguments(subject) == {"space", "reference"}


def test_a_declaration_says_type_default_bounds_and_help():
    assert PARAMS["q"] == Param("q", float, 1.0, range=Range(0.1, 8.0, infinite=True), help="Order.")
    assert PARAMS["form"].choices == ("paper", "code")
    assert PARAMS["column"].optional
    assert PARAMS["first"].optional


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("q", 2, 2.0),
        ("q", np.float32(0.5), 0.5),
        ("q", math.inf, math.inf),
        ("k", 10, 10),
        ("k", 3.0, 3),
        ("k", np.int64(7), 7),
        ("seed", 2**32, 2**32),
        ("cap", math.inf, math.inf),
        ("form", "code", "code"),
        ("include_self", True, True),
        ("column", None, None),
        ("column", "a b", "a b"),
        ("first", 4, 4),
        ("first", None, None),
    ],
)
def test_what_is_allowed_passes_in_the_parameters_own_type(name: str, value: Any, expected: Any):
    checked = PARAMS[name].check(value, "vendi")
    assert checked == expected
    assert type(checked) is type(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("q", 0.05),
        ("q", 9),
        ("q", math.nan),
        ("q", -math.inf),
        ("q", True),
        ("q", "2"),
        ("q", None),
        ("q", 1j),
        ("q", np.array([1.0])),
        ("q", 10**400),
        ("k", 0),
        ("k", 2.5),
        ("k", math.inf),
        ("k", math.nan),
        ("seed", -1),
        ("form", "papers"),
        ("form", None),
        ("form", ["paper"]),
        ("include_self", 1),
        ("include_self", "true"),
        ("column", 3),
        ("first", 1.5),
    ],
)
def test_everything_else_is_refused_with_the_name_the_value_and_what_it_may_be(name: str, value: Any):
    with pytest.raises(UserError) as refusal:
        PARAMS[name].check(value, "vendi")
    assert str(refusal.value) == f"vendi: {name} is {value!r}, and must be {PARAMS[name].allowed}."


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("q", "2", 2.0),
        ("q", "inf", math.inf),
        ("k", " 3 ", 3),
        ("cap", "inf", math.inf),
        ("form", "code", "code"),
        ("include_self", "Yes", True),
        ("include_self", "off", False),
        ("column", "none", None),
        ("column", "score", "score"),
        ("first", "null", None),
        ("first", "12", 12),
    ],
)
def test_text_from_a_command_line_is_read_as_the_parameters_type(name: str, text: str, expected: Any):
    assert PARAMS[name].parse(text, "vendi") == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("q", "two"),
        ("q", "nan"),
        ("q", "99"),
        ("k", "2.5"),
        ("k", "inf"),
        ("form", "Code"),
        ("include_self", "maybe"),
        ("k", "none"),
    ],
)
def test_text_that_is_no_such_value_is_refused(name: str, text: str):
    with pytest.raises(UserError, match=f"^vendi: {name} is "):
        PARAMS[name].parse(text, "vendi")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("q", "a number from 0.1 to 8, or inf"),
        ("k", "a whole number from 1 to 10"),
        ("seed", "a whole number of at least 0"),
        ("form", "one of paper, code"),
        ("include_self", "true or false"),
        ("column", "text, or none"),
        ("first", "a whole number of at least 0, or none"),
    ],
)
def test_what_is_allowed_is_said_in_words(name: str, words: str):
    assert PARAMS[name].allowed == words


def test_resolving_fills_in_defaults_and_checks_what_is_given():
    settings = resolve(PARAMS, {"k": 2.0}, "vendi")
    assert settings == {name: param.default for name, param in PARAMS.items()} | {"k": 2}
    assert type(settings["k"]) is int


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(UserError, match=r"^vendi has no parameter 'alpha'\. Its parameters: q, k, seed, "):
        resolve(PARAMS, {"alpha": 1}, "vendi")
    with pytest.raises(UserError, match=r"Its parameters: none\.$"):
        resolve({}, {"alpha": 1}, "ttr")


def test_a_declaration_that_cannot_be_checked_is_our_bug():
    def two_types(*, a: int | str = 1) -> None: ...
    def no_default(*, a: int) -> None: ...
    def a_list(*, a: list = []) -> None: ...  # type: ignore[type-arg]  # noqa: B006 - what is refused here

    for function in (two_types, no_default, a_list):
        with pytest.raises(TypeError, match=r"^a: a parameter "):
            declared(function)
