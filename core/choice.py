"""A choice: everything beside the data that decides which rows are chosen, as a recipe and a manifest have it.

Choice("novelselect", budget="10%", group="topic", most_each=50, never=["row-17"])
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_args

from .budget import Budget
from .centroids import Centroids
from .errors import UserError
from .params import resolve
from .selectors import Missing, find_selector

Id = str | int
_IDS = ("must", "never", "owned")
_COUNTS = ("least", "most")


@dataclass(frozen=True)
class Choice:
    """How rows are chosen. Rows are named by their ids, or by their numbers from 0 where the data has no ids.

    Args:
        selector: by name.
        budget: rows (`500`), a share of them (`10%`), or tokens (`200k tokens`).
        params: the selector's own.
        quality: a column of scores, and whether higher is better.
        missing: what becomes of rows without a score.
        label, tags: columns, for selectors that use labels or tags.
        examples: ids of seed examples by domain, whose means are the domains' centroids; or
        centroids: a centroid for each domain, for selectors that work with domains, or a file of them.
        keep_copies: whether exact copies may be chosen like other rows.
        must, never, owned: rows that are chosen first in any case, that are not chosen, that one has already.
        group: a column; of each of its values at least `least_each` and at most `most_each` rows are chosen, or what
            `least` and `most` say for that value.
        tokenizer: whose tokens a budget in tokens counts, by folder or name on the hub; the encoder's own by default.
    """

    selector: str
    budget: str = "10%"
    seed: int = 0
    params: Mapping[str, Any] = field(default_factory=dict)
    quality: tuple[str, bool] | None = None
    missing: Missing = "refuse"
    label: str | None = None
    tags: str | None = None
    examples: Mapping[str, tuple[Id, ...]] = field(default_factory=dict)
    centroids: Centroids | str | None = None
    keep_copies: bool = False
    must: tuple[Id, ...] = ()
    never: tuple[Id, ...] = ()
    owned: tuple[Id, ...] = ()
    group: str | None = None
    least: Mapping[str, int] = field(default_factory=dict)
    most: Mapping[str, int] = field(default_factory=dict)
    least_each: int = 0
    most_each: int | None = None
    tokenizer: str | None = None

    def __post_init__(self) -> None:
        Budget.parse(self.budget)
        resolve(find_selector(self.selector).params, self.params, self.selector)
        if not _is_count(self.seed):
            raise UserError(f"The seed is {self.seed!r}, and must be a whole number of at least 0.")
        if self.missing not in get_args(Missing):
            raise UserError(f"missing is {self.missing!r}, and must be one of {', '.join(get_args(Missing))}.")
        if self.group is None and (self.least or self.most or self.least_each or self.most_each is not None):
            raise UserError("Least and most rows of a group are asked for, and no column of groups is named.")
        if self.examples and self.centroids:
            raise UserError("Domains come from seed examples or from centroids: give one of them.")
        counts = [self.least_each, *self.least.values(), *self.most.values()]
        counts += [] if self.most_each is None else [self.most_each]
        if any(isinstance(each, bool) or not isinstance(each, int) or each < 0 for each in counts):
            raise UserError("Least and most rows of a group are whole numbers of at least 0.")

    @property
    def limited(self) -> bool:
        """Whether it has more to keep to than a number of rows."""
        return bool(self.must or self.never or self.owned or self.group) or Budget.parse(self.budget).unit == "tokens"

    def as_json(self) -> dict[str, Any]:
        """What is not as it is by default; equal choices give equal JSON."""
        found: dict[str, Any] = {"selector": self.selector, "budget": self.budget}
        for each in fields(self)[2:]:
            value = getattr(self, each.name)
            if value not in (None, (), {}) and (value != each.default or each.name == "seed"):
                found[each.name] = value
        if self.quality:
            found["quality"] = {"column": self.quality[0], "better": "higher" if self.quality[1] else "lower"}
        if self.examples:
            found["examples"] = {name: list(ids) for name, ids in self.examples.items()}
        if isinstance(self.centroids, Centroids):
            found["centroids"] = self.centroids.as_json()
        for name in (*_IDS, *_COUNTS, "params"):
            if name in found:
                found[name] = list(found[name]) if name in _IDS else dict(found[name])
        return found

    @classmethod
    def from_json(cls, found: Any) -> "Choice":
        """The choice that `as_json` wrote, or that a person did.

        Raises:
            UserError: a field that there is not, or of another type.
        """
        if not isinstance(found, Mapping) or not isinstance(found.get("selector"), str):
            raise UserError("A choice names its selector: selector: novelselect.")
        known = {each.name for each in fields(cls)}
        if unknown := [str(name) for name in found if name not in known]:
            raise UserError(f"A choice has no field {unknown[0]!r}. Its fields: {', '.join(sorted(known))}.")
        given = dict(found)
        if isinstance(given.get("budget"), int) and not isinstance(given["budget"], bool):
            given["budget"] = str(given["budget"])
        for name, (check, words) in _KINDS.items():
            if given.get(name) is not None and not check(given[name]):
                raise UserError(f"{name} is {given[name]!r}, and must be {words}.")
            if name in given and given[name] is None:
                del given[name]
        given |= {name: {str(k): each for k, each in given[name].items()} for name in _COUNTS if name in given}
        if "quality" in given:
            quality = given["quality"]
            given["quality"] = (quality["column"], quality.get("better", "higher") == "higher")
        if isinstance(given.get("centroids"), Mapping):
            given["centroids"] = Centroids.from_json(given["centroids"])
        given |= {name: tuple(given[name]) for name in _IDS if name in given}
        if "examples" in given:
            given["examples"] = {name: tuple(ids) for name, ids in given["examples"].items()}
        return cls(**given)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_name(value: Any) -> bool:
    """Whether that is the name of a group: a text, or a number that YAML reads for one."""
    return isinstance(value, str | int) and not isinstance(value, bool)


def _are_ids(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str | int) for each in value)


def _are_counts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(_is_name(k) and _is_count(v) for k, v in value.items())


def _are_examples(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(k, str) and v and _are_ids(v) for k, v in value.items())


def _is_quality(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("column"), str)
        and value.get("better", "higher") in ("higher", "lower")
        and set(value) <= {"column", "better"}
    )


_KINDS = {
    "selector": (_is_text, "the name of a selector"),
    "budget": (_is_text, "rows (500), a share of them (10%) or tokens (200k tokens)"),
    "seed": (_is_count, "a whole number of at least 0"),
    "params": (lambda value: isinstance(value, Mapping), "parameters by name"),
    "quality": (_is_quality, "a column and what is better: {column: score, better: higher}"),
    "missing": (_is_text, "a policy"),
    "label": (_is_text, "the name of a column"),
    "tags": (_is_text, "the name of a column"),
    "examples": (_are_examples, "ids of examples by domain: {maths: [id1, id2], code: [id3]}"),
    "centroids": (lambda value: isinstance(value, str | Mapping), "a file, or names with points"),
    "keep_copies": (lambda value: isinstance(value, bool), "true or false"),
    "must": (_are_ids, "a list of ids"),
    "never": (_are_ids, "a list of ids"),
    "owned": (_are_ids, "a list of ids"),
    "group": (_is_text, "the name of a column"),
    "least": (_are_counts, "rows by the name of the group"),
    "most": (_are_counts, "rows by the name of the group"),
    "least_each": (_is_count, "a whole number of at least 0"),
    "most_each": (_is_count, "a whole number of at least 0"),
    "tokenizer": (_is_text, "a folder or a name on the hub"),
}
