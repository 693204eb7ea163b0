"""Parameters are declared once, in a signature; checks, widgets, help and the command line read them from there.

    def vendi(space: Space, *, q: Annotated[float, Range(0.1, 8.0), Help("Order of the entropy.")] = 1.0) -> float:

Keyword-only parameters with a default are the user's; positional ones (space, reference, texts, ...) are the data.
Types: bool, int, float, str, Literal[...], and each of them `| None`.
"""

import inspect
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from .errors import UserError


@dataclass(frozen=True)
class Range:
    """Inclusive bounds of a number. `infinite` allows inf above the upper bound."""

    low: float
    high: float = math.inf
    infinite: bool = False


@dataclass(frozen=True)
class Help:
    """One sentence on what the parameter does."""

    text: str


@dataclass(frozen=True)
class Param:
    """One declared parameter: enough to check a value, to parse it from text, and to draw a widget for it."""

    name: str
    kind: type  # bool, int, float or str
    default: Any
    optional: bool = False
    choices: tuple[Any, ...] = ()
    range: Range | None = None
    help: str = ""

    def check(self, value: Any, owner: str) -> Any:
        """`value` as this parameter's own type, or a UserError that says what it may be."""
        if value is None:
            if self.optional:
                return None
            raise self._refuse(value, owner)
        if self.choices:
            if value not in self.choices:
                raise self._refuse(value, owner)
            return value
        if self.kind is bool:
            if not isinstance(value, bool):
                raise self._refuse(value, owner)
            return value
        if self.kind is str:
            if not isinstance(value, str):
                raise self._refuse(value, owner)
            return value
        if isinstance(value, bool) or not isinstance(value, Real):
            raise self._refuse(value, owner)
        try:
            number = float(value)
        except OverflowError:
            raise self._refuse(value, owner) from None
        if math.isnan(number) or not self._within(number):
            raise self._refuse(value, owner)
        if self.kind is float or math.isinf(number):
            return number
        if number != math.floor(number):
            raise self._refuse(value, owner)
        return round(number)

    def parse(self, text: str, owner: str) -> Any:
        """The value that `text` stands for on a command line."""
        lowered = text.strip().lower()
        if self.optional and lowered in ("none", "null", ""):
            return None
        if self.choices:
            for choice in self.choices:
                if str(choice) == text:
                    return choice
            raise self._refuse(text, owner)
        if self.kind is bool:
            if lowered in ("true", "yes", "1", "on"):
                return True
            if lowered in ("false", "no", "0", "off"):
                return False
            raise self._refuse(text, owner)
        if self.kind is str:
            return text
        try:
            return self.check(int(text) if self.kind is int and "inf" not in lowered else float(text), owner)
        except ValueError:
            raise self._refuse(text, owner) from None

    @property
    def allowed(self) -> str:
        """What the parameter may be, in words."""
        if self.choices:
            words = "one of " + ", ".join(map(str, self.choices))
        elif self.kind is bool:
            words = "true or false"
        elif self.kind is str:
            words = "text"
        else:
            words = "a whole number" if self.kind is int else "a number"
            if self.range and math.isfinite(self.range.high):
                words += f" from {self.range.low:g} to {self.range.high:g}"
                words += ", or inf" if self.range.infinite else ""
            elif self.range:
                words += f" of at least {self.range.low:g}"
        return words + (", or none" if self.optional else "")

    def _within(self, number: float) -> bool:
        if math.isinf(number):
            return self.range is not None and self.range.infinite and number > 0
        return self.range is None or self.range.low <= number <= self.range.high

    def _refuse(self, value: Any, owner: str) -> UserError:
        return UserError(f"{owner}: {self.name} is {value!r}, and must be {self.allowed}.")


def declared(function: Callable[..., Any]) -> dict[str, Param]:
    """The user's parameters of `function`: its keyword-only ones, in order."""
    hints = get_type_hints(function, include_extras=True)
    return {
        name: _param(name, hints[name], parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def data_arguments(function: Callable[..., Any]) -> frozenset[str]:
    """The names of the data that `function` needs: its positional parameters."""
    return frozenset(
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    )


def resolve(params: Mapping[str, Param], given: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Every parameter with its checked value, defaults filled in; an unknown name is refused with the known ones."""
    unknown = [name for name in given if name not in params]
    if unknown:
        known = ", ".join(params) or "none"
        raise UserError(f"{owner} has no parameter {unknown[0]!r}. Its parameters: {known}.")
    return {name: param.check(given[name], owner) if name in given else param.default for name, param in params.items()}


def in_json(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as JSON holds them: infinity, for which it has no number, as the word that `Param.parse` takes.

    >>> in_json({"q": math.inf, "sample": None})
    {'q': 'inf', 'sample': None}
    """
    return {name: "inf" if value == math.inf else value for name, value in settings.items()}


def _param(name: str, hint: Any, default: Any) -> Param:
    extras = getattr(hint, "__metadata__", ())
    base = get_args(hint)[0] if extras else hint
    optional = False
    if get_origin(base) in (Union, types.UnionType):
        rest = [option for option in get_args(base) if option is not type(None)]
        optional = len(rest) < len(get_args(base))
        if len(rest) != 1:
            raise TypeError(f"{name}: a parameter has one type, not {base}.")
        base = rest[0]
    choices = tuple(get_args(base)) if get_origin(base) is Literal else ()
    kind = type(choices[0]) if choices else base
    if kind not in (bool, int, float, str):
        raise TypeError(f"{name}: a parameter is bool, int, float, str or Literal, not {base}.")
    if default is inspect.Parameter.empty:
        raise TypeError(f"{name}: a parameter needs a default.")
    return Param(
        name=name,
        kind=kind,
        default=default,
        optional=optional,
        choices=choices,
        range=next((extra for extra in extras if isinstance(extra, Range)), None),
        help=next((extra.text for extra in extras if isinstance(extra, Help)), ""),
    )
