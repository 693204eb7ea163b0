"""What is in each column and nested leaf, gathered while rows stream by: kinds, gaps, values, examples."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..records import NUMBER
from ..shapes import DISTINCT_CAP, ID_NAMES, ColumnInfo

_MOST_NESTED = 500
_DEEPEST = 5
_EXAMPLES = 3
_EXAMPLE_LENGTH = 200
_CATEGORY_LENGTH = 80


@dataclass
class _Leaf:
    top: str  # the top-level column that it grows from
    present: int = 0
    empty: int = 0
    kinds: set[str] = field(default_factory=set)
    distinct: set[int] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)
    longest: int = 0
    numeric: bool = True  # every text so far is a number
    ids: set[int] | None = None  # all values by hash, of a column that may hold ids
    repeats: int = 0  # rows whose id an earlier row has
    repeated: str = ""  # one of those


class Profile:
    """Grows with every chunk of rows; `columns` at the end says what there was."""

    def __init__(self) -> None:
        self._leaves: dict[str, _Leaf] = {}
        self._nested = 0
        self.overflow = False  # whether there are more nested fields than are described

    def observe(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Rows as records; a key that a record lacks is missing there."""
        for name in dict.fromkeys(name for record in records for name in record):
            self.observe_column(name, [record.get(name) for record in records])

    def observe_column(self, name: str, values: list[Any]) -> None:
        """A chunk of one column's values."""
        leaf = self._leaf(name, name)
        assert leaf is not None  # only nested paths are turned away
        self._observe(leaf, name, values, 0)

    @property
    def described(self) -> int:
        """The number of paths that were met."""
        return len(self._leaves)

    def repeats(self, path: str) -> tuple[int, str]:
        """Of a column that may hold ids: how many rows repeat an earlier one's, and one such id."""
        leaf = self._leaves[path]
        return leaf.repeats, leaf.repeated

    def columns(self, rows: int, *, cells_are_text: bool) -> tuple[ColumnInfo, ...]:
        """What is known of each path, top-level columns first to last, each followed by its leaves.

        Args:
            cells_are_text: the source has no types of its own (CSV), so a column of numerals is one of numbers.
        """
        tops = {name: place for place, name in enumerate(dict.fromkeys(leaf.top for leaf in self._leaves.values()))}
        order = sorted(self._leaves, key=lambda path: tops[self._leaves[path].top])
        return tuple(_info(path, self._leaves[path], rows, cells_are_text) for path in order)

    def _leaf(self, path: str, top: str) -> _Leaf | None:
        """Where `path` is described; None for a nested one beyond the most. Top-level columns are described all."""
        if path in self._leaves:
            return self._leaves[path]
        if path != top:
            if self._nested == _MOST_NESTED:
                self.overflow = True
                return None
            self._nested += 1
        may_be_id = path == top and path.lower() in ID_NAMES
        self._leaves[path] = _Leaf(top, ids=set() if may_be_id else None)
        return self._leaves[path]

    def _observe(self, leaf: _Leaf, path: str, values: list[Any], depth: int) -> None:
        values = [value for value in values if value is not None]
        leaf.present += len(values)
        by_type: dict[type, list[Any]] = {}
        for kind in set(map(type, values)):
            by_type[kind] = [value for value in values if type(value) is kind]
        for kind, same in by_type.items():
            name = _kind(kind)
            leaf.kinds.add(name)
            if issubclass(kind, str):
                _observe_texts(leaf, same)
            if name == "list":
                leaf.empty += sum(not value for value in same)
                if depth < _DEEPEST and (inner := self._leaf(f"{path}[0]", leaf.top)):
                    self._observe(inner, f"{path}[0]", [value[0] for value in same if value], depth + 1)
            elif name == "object" and kind is not bytes:
                if depth < _DEEPEST:
                    for key in dict.fromkeys(key for value in same for key in value):
                        if inner := self._leaf(f"{path}.{key}", leaf.top):
                            self._observe(inner, f"{path}.{key}", [value.get(key) for value in same], depth + 1)
            elif len(leaf.distinct) <= DISTINCT_CAP:
                leaf.distinct.update(map(hash, same))
            if leaf.ids is not None and name in ("text", "number"):
                _observe_ids(leaf, leaf.ids, same)
            if len(leaf.examples) < _EXAMPLES:
                leaf.examples += [_example(value) for value in same[: _EXAMPLES - len(leaf.examples)]]


def _observe_texts(leaf: _Leaf, texts: list[str]) -> None:
    leaf.longest = max(leaf.longest, max(map(len, texts)))
    leaf.empty += sum(not text or text.isspace() for text in texts)
    if leaf.numeric:
        leaf.numeric = all(NUMBER.fullmatch(text.strip()) for text in texts if text and not text.isspace())


def _observe_ids(leaf: _Leaf, seen: set[int], values: list[Any]) -> None:
    new = set(map(hash, values))
    if len(new) == len(values) and seen.isdisjoint(new):
        seen |= new
        return
    for value in values:
        if hash(value) in seen:
            leaf.repeats, leaf.repeated = leaf.repeats + 1, str(value)
        seen.add(hash(value))


def _info(path: str, leaf: _Leaf, rows: int, cells_are_text: bool) -> ColumnInfo:
    return ColumnInfo(
        path=path,
        kind=_column_kind(leaf, cells_are_text),
        missing=rows - leaf.present,
        empty=leaf.empty,
        distinct=min(len(leaf.distinct), DISTINCT_CAP + 1),
        examples=tuple(leaf.examples),
        longest=leaf.longest,
        top=path == leaf.top,
    )


def _column_kind(leaf: _Leaf, cells_are_text: bool) -> str:
    if not leaf.kinds or (leaf.kinds == {"text"} and leaf.empty == leaf.present and cells_are_text):
        return "empty"
    if len(leaf.kinds) > 1:
        return "mixed"
    (kind,) = leaf.kinds
    if kind != "text":
        return kind
    few = len(leaf.distinct) <= min(200, max(2, leaf.present // 3)) and leaf.longest <= _CATEGORY_LENGTH
    if leaf.numeric and leaf.empty < leaf.present and (cells_are_text or not few):
        return "number"
    return "category" if few else "text"


def _kind(kind: type) -> str:
    if kind is bool:
        return "boolean"
    if issubclass(kind, (int, float, Decimal)):
        return "number"
    if issubclass(kind, str):
        return "text"
    if issubclass(kind, (list, tuple)):
        return "list"
    if issubclass(kind, (dict, bytes)):
        return "object"
    return "text"  # dates and times, which read as text


def _example(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_named)
    return text[:_EXAMPLE_LENGTH]


def _named(value: Any) -> str:
    return f"{len(value):,} bytes" if isinstance(value, bytes) else str(value)
