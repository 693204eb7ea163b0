"""Rows that a recipe keeps or leaves out because a saved subset holds them.

    - subset: {name: maths, ids: [q1, q7]}
    - subset: {name: seen, keep: false, ids: [q3]}

The step holds the ids, so that the recipe gives the same rows on another machine, whatever became of the subset.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .choice import Id
from .errors import UserError

_HOW = "A step of a saved subset is {name: maths, ids: [...]}, with keep: false where its rows are left out."


@dataclass(frozen=True)
class Listed:
    """Rows of a subset stay, or with `keep=False` the others do; no `ids` yet: those that the subset has here."""

    name: str
    ids: tuple[Id, ...] | None = None
    keep: bool = True

    def describe(self) -> str:
        """In words, for a person."""
        return f"{'Keep' if self.keep else 'Leave out'} the rows of the subset {self.name}"

    def as_json(self) -> dict[str, Any]:
        """What is not as it is by default."""
        found: dict[str, Any] = {"name": self.name}
        found |= {} if self.keep else {"keep": False}
        return found | ({} if self.ids is None else {"ids": list(self.ids)})

    @classmethod
    def from_json(cls, found: Any) -> "Listed":
        """The step that `as_json` wrote, or that a person did.

        Raises:
            UserError: no name, a field that there is not, or of another type.
        """
        if not isinstance(found, Mapping) or not isinstance(found.get("name"), str) or not set(found) <= _FIELDS:
            raise UserError(_HOW)
        ids, keep = found.get("ids"), found.get("keep", True)
        if not isinstance(keep, bool):
            raise UserError(_HOW)
        if ids is not None and not (isinstance(ids, list | tuple) and ids and all(map(_is_id, ids))):
            raise UserError(f"The ids of the subset {found['name'][:80]!r} are no list of ids. {_HOW}")
        return cls(found["name"], None if ids is None else tuple(ids), keep)


_FIELDS = {"name", "ids", "keep"}


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
