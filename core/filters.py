"""Filters: the rows whose column holds what is asked for, as a step of a recipe."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dataset import Dataset
from .errors import UserError


@dataclass(frozen=True)
class Filter:
    """Rows stay whose value in `column` meets all that is given. Rows without a value stay only where `empty` says so.

    Args:
        at_least, at_most: for numbers.
        one_of, none_of: for values, compared as text.
        contains, lacks: for text, letter case aside.
        empty: whether rows without a value stay.
    """

    column: str
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] | None = None
    none_of: tuple[str, ...] = ()
    contains: str = ""
    lacks: str = ""
    empty: bool = False

    def rows(self, dataset: Dataset) -> NDArray[np.bool_]:
        """Whether each row of the dataset stays, (rows,).

        Raises:
            UserError: no such column, or numbers asked of a column that holds a value that is none.
        """
        values = dataset.values(dataset.check_column(self.column))
        there = np.array([value is not None and value != "" for value in values])
        stays = there.copy()
        if self.at_least is not None or self.at_most is not None:
            numbers = dataset.numbers(self.column)
            if (odd := np.flatnonzero(there & np.isnan(numbers))).size:
                raise UserError(
                    f"Column {self.column!r} holds {values[odd[0]]!r} in row {odd[0] + 1}, which is no number: rows "
                    "cannot be kept by its size. Filter by one_of or contains."
                )
            with np.errstate(invalid="ignore"):
                stays &= numbers >= (-np.inf if self.at_least is None else self.at_least)
                stays &= numbers <= (np.inf if self.at_most is None else self.at_most)
        words = [_words(value) for value in values]
        if self.one_of is not None:
            stays &= np.array([each in self.one_of for each in words])
        if self.none_of:
            stays &= np.array([each not in self.none_of for each in words])
        if self.contains:
            stays &= np.array([self.contains.casefold() in each.casefold() for each in words])
        if self.lacks:
            stays &= np.array([self.lacks.casefold() not in each.casefold() for each in words])
        return stays | ~there if self.empty else stays

    def describe(self) -> str:
        """In words, for a person."""
        parts = [] if self.at_least is None else [f"at least {self.at_least:g}"]
        parts += [] if self.at_most is None else [f"at most {self.at_most:g}"]
        parts += [] if self.one_of is None else [f"one of {', '.join(self.one_of)}"]
        parts += [f"none of {', '.join(self.none_of)}"] if self.none_of else []
        parts += [f"contains {self.contains!r}"] if self.contains else []
        parts += [f"lacks {self.lacks!r}"] if self.lacks else []
        return f"{self.column}: {' and '.join(parts) or 'has a value'}{', or is empty' if self.empty else ''}"

    def as_json(self) -> dict[str, Any]:
        """What is not as it is by default."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        defaults = {each.name: each.default for each in fields(self)}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in found.items()
            if name == "column" or value != defaults[name]
        }

    @classmethod
    def from_json(cls, found: Any) -> "Filter":
        """The filter that `as_json` wrote, or that a person did.

        Raises:
            UserError: no column, a field that there is not, or of another type.
        """
        if not isinstance(found, Mapping) or not isinstance(found.get("column"), str):
            raise UserError("A filter names its column: {column: score, at_least: 3}.")
        given = dict(found)
        for name, value in found.items():
            match name:
                case "column" | "contains" | "lacks":
                    good, kind = isinstance(value, str), "text"
                case "at_least" | "at_most":
                    good = isinstance(value, int | float) and not isinstance(value, bool)
                    kind = "a number"
                case "one_of" | "none_of":
                    good, kind = isinstance(value, list | tuple), "a list of values"
                    given[name] = tuple(_words(each) for each in value) if good else ()
                case "empty":
                    good, kind = isinstance(value, bool), "true or false"
                case _:
                    known = ", ".join(each.name for each in fields(cls))
                    raise UserError(f"A filter has no field {name!r}. Its fields: {known}.")
            if not good:
                raise UserError(f"The filter's {name} is {value!r}, and must be {kind}.")
        return cls(**given)


def _words(value: Any) -> str:
    """A value as it is compared: text as it is, a truth value and nothing as JSON has them."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
