"""What is looked for in a study: words, a pattern, a meaning, rows like some, and filters, as JSON and in words."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, get_args

from .choice import Id
from .errors import UserError
from .filters import Filter
from .words_in_texts import LONGEST

NEAREST = 50  # rows that a meaning or an example finds, unless it is said


@dataclass(frozen=True)
class Query:
    """Rows are found that meet all that is given; of these a meaning or an example then takes the nearest.

    Args:
        words: all of them occur in the text, letter case aside; "words in quotes" as they stand beside each other.
        regex: Python's regular expression is found in the text; letter case counts, unless (?i) begins it.
        meaning: rows are ranked by the cosine of their vector with that of this text, by the encoder of the dataset.
        like: ids of rows; rows are ranked by the cosine with these (with their mean, of several), which are left out.
        where: filters on columns of the dataset.
        values: filters on values per row (core.row_values); `column` is the name of the value.
        nearest: how many of the ranked rows are found at most (50, where `cosine` is not given either).
        cosine: the least cosine of a ranked row.

    Raises:
        UserError: a meaning and an example at once, a number that is out of range, a text that is too long.
    """

    words: str = ""
    regex: str = ""
    meaning: str = ""
    like: tuple[Id, ...] = ()
    where: tuple[Filter, ...] = ()
    values: tuple[Filter, ...] = ()
    nearest: int | None = None
    cosine: float | None = None

    def __post_init__(self) -> None:
        if self.meaning.strip() and self.like:
            raise UserError("Rows are ranked by a meaning or by rows like them. Leave one of the two out.")
        if len(self.meaning) > LONGEST:
            raise UserError(f"The meaning has {len(self.meaning):,} characters, and may have {LONGEST:,}. Shorten it.")
        if self.nearest is not None and self.nearest < 1:
            raise UserError(f"The nearest {self.nearest} rows were asked for. Ask for one or more.")
        if self.cosine is not None and not -1 <= self.cosine <= 1:
            raise UserError(f"The least cosine is {self.cosine:g}, and lies between -1 and 1.")

    def __bool__(self) -> bool:
        """Whether anything is looked for; without it every row is found."""
        texts = (self.words, self.regex, self.meaning)
        return any(text.strip() for text in texts) or bool(self.like or self.where or self.values)

    @property
    def ranks(self) -> bool:
        """Whether the rows found are ranked by a cosine."""
        return bool(self.meaning.strip() or self.like)

    def describe(self) -> str:
        """In words, for a person."""
        parts = [f"words {self.words}"] if self.words.strip() else []
        parts += [f"pattern {self.regex}"] if self.regex.strip() else []
        parts += [each.describe() for each in (*self.where, *self.values)]
        if self.ranks:
            most = self.nearest or (NEAREST if self.cosine is None else None)
            whom = f"to row {', '.join(map(str, self.like))}" if self.like else f"in meaning to {self.meaning}"
            parts.append(f"the {most:,} rows nearest {whom}" if most else f"rows near {whom}")
            parts[-1] += "" if self.cosine is None else f", cosine from {self.cosine:g}"
        return "; ".join(parts) or "every row"

    def as_json(self) -> dict[str, Any]:
        """What is not as it is by default."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        found |= {name: [each.as_json() for each in found[name]] for name in ("where", "values")}
        found["like"] = list(self.like)
        return {name: value for name, value in found.items() if value not in ("", [], None)}

    @classmethod
    def from_json(cls, found: Any) -> "Query":
        """The query that `as_json` wrote, or that a person did.

        Raises:
            UserError: a field that there is not, or of another type.
        """
        if not isinstance(found, Mapping):
            raise UserError('A query is an object such as {"words": "sort list"}.')
        given = dict(found)
        for name, value in found.items():
            match name:
                case "words" | "regex" | "meaning":
                    good, kind = isinstance(value, str), "text"
                case "like":
                    good = isinstance(value, list | tuple) and all(isinstance(each, get_args(Id)) for each in value)
                    given[name], kind = tuple(value) if good else (), "a list of ids"
                case "where" | "values":
                    good, kind = isinstance(value, list | tuple), "a list of filters"
                    given[name] = tuple(Filter.from_json(each) for each in value) if good else ()
                case "nearest":
                    good, kind = isinstance(value, int) and not isinstance(value, bool), "a whole number"
                case "cosine":
                    good, kind = isinstance(value, int | float) and not isinstance(value, bool), "a number"
                case _:
                    known = ", ".join(each.name for each in fields(cls))
                    raise UserError(f"A query has no field {name!r}. Its fields: {known}.")
            if not good and value is not None:
                raise UserError(f"The query's {name} is {value!r}, and must be {kind}.")
        return cls(**given)
