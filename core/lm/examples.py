"""Rows as a language model sees them: what was said before, and the answer that is scored."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..dataset import Dataset
from ..template import Turn, turns


@dataclass(frozen=True)
class Example:
    """The turns before the last answer, and that answer; of a bare text the text is all answer."""

    before: tuple[Turn, ...]
    answer: str

    @classmethod
    def of_turns(cls, spoken: Iterable[Turn]) -> "Example":
        """
        >>> Example.of_turns([("user", "two and two?"), ("assistant", "four"), ("user", "thanks")])
        Example(before=(('user', 'two and two?'),), answer='four')
        """
        said = list(spoken)
        for place in range(len(said) - 1, -1, -1):
            if said[place][0] in ("assistant", "text"):
                return cls(tuple(said[:place]), said[place][1])
        return cls(tuple(said), "")


def examples_of(dataset: Dataset, rows: Iterable[int]) -> list[Example]:
    """The examples of those rows of a dataset, by their numbers from 0."""
    return [Example.of_turns(turns(dataset, int(row))) for row in rows]
