"""Filters: the rows whose column holds what is asked for, as a step of a recipe and as a part of a search."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dataset import Dataset
from .dates import as_time, bound
from .errors import UserError
from .records import as_number


@dataclass(frozen=True)
class Filter:
    """Rows stay whose value in `column` meets all that is given. Rows without a value stay only where `empty` says so.

    Args:
        at_least, at_most: for numbers.
        one_of, none_of: for values, compared as text.
        contains, lacks: for text, letter case aside.
        since, until: for dates and timestamps in ISO form, or seconds since 1970; a day as `until` counts to its end.
        empty: whether rows without a value stay; with `one_of=()` they alone do.
    """

    column: str
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] | None = None
    none_of: tuple[str, ...] = ()
    contains: str = ""
    lacks: str = ""
    since: str = ""
    until: str = ""
    empty: bool = False

    def rows(self, dataset: Dataset) -> NDArray[np.bool_]:
        """Whether each row of the dataset stays, (rows,).

        Raises:
            UserError: no such column, or numbers or dates asked of a column that holds a value that is none.
        """
        return self.keeps(dataset.values(dataset.check_column(self.column)))

    def keeps(self, values: Sequence[Any], numbers: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
        """Whether each of the values of that column, a value a row, lets its row stay.

        `numbers` are those of the rows in the dataset, from 0, where these are not all of its rows.

        Raises:
            UserError: numbers or dates asked of a value that is none; the row is named.
        """
        there = np.fromiter((value is not None and value != "" for value in values), np.bool_, len(values))
        stays = there.copy()
        if self.at_least is not None or self.at_most is not None:
            sizes = self._read(values, as_number, numbers, "is no number: rows cannot be kept by its size")
            with np.errstate(invalid="ignore"):
                stays &= sizes >= (-np.inf if self.at_least is None else self.at_least)
                stays &= sizes <= (np.inf if self.at_most is None else self.at_most)
        if self.since or self.until:
            times = self._read(values, as_time, numbers, "is no date: rows cannot be kept by their time")
            with np.errstate(invalid="ignore"):
                stays &= times >= (bound(self.since) if self.since else -np.inf)
                stays &= times <= (bound(self.until, end=True) if self.until else np.inf)
        for keeps in self._of_words():
            stays &= np.fromiter((keeps(_words(value)) for value in values), np.bool_, len(values))
        return stays | ~there if self.empty else stays

    def _read(
        self, values: Sequence[Any], read: Callable[[Any], float], numbers: NDArray[np.int64] | None, odd: str
    ) -> NDArray[np.float64]:
        found = np.fromiter(map(read, values), np.float64, len(values))
        wrong = next((row for row in np.flatnonzero(np.isnan(found)).tolist() if values[row] not in (None, "")), None)
        if wrong is not None:
            number = (wrong if numbers is None else int(numbers[wrong])) + 1
            raise UserError(
                f"Column {self.column!r} holds {str(values[wrong])[:80]!r} in row {number:,}, which {odd}. "
                "Filter by one_of or contains."
            )
        return found

    def _of_words(self) -> list[Callable[[str], bool]]:
        """What is asked of a value as text."""
        found: list[Callable[[str], bool]] = []
        if self.one_of is not None:
            found.append(frozenset(self.one_of).__contains__)
        if self.none_of:
            never = frozenset(self.none_of)
            found.append(lambda words: words not in never)
        if self.contains:
            wanted = self.contains.casefold()
            found.append(lambda words: wanted in words.casefold())
        if self.lacks:
            unwanted = self.lacks.casefold()
            found.append(lambda words: unwanted not in words.casefold())
        return found

    def describe(self) -> str:
        """In words, for a person."""
        if self.one_of == () and self.empty:
            return f"{self.column}: is empty"
        parts = [] if self.at_least is None else [f"at least {self.at_least:g}"]
        parts += [] if self.at_most is None else [f"at most {self.at_most:g}"]
        parts += [] if self.one_of is None else [f"one of {', '.join(self.one_of)}"]
        parts += [f"none of {', '.join(self.none_of)}"] if self.none_of else []
        parts += [f"contains {self.contains!r}"] if self.contains else []
        parts += [f"lacks {self.lacks!r}"] if self.lacks else []
        parts += [f"from {self.since}"] if self.since else []
        parts += [f"up to {self.until}"] if self.until else []
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
                case "since" | "until":
                    given[name] = _words(value)  # YAML reads 2024-03-01 as a date, and 2024 as a number
                    bound(given[name])
                    good, kind = True, "a date"
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
