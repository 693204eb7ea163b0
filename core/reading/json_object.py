"""A JSON object as rows: columns, records by name, splits, a wrapped list, or one record, found from its values.

Its parts are first laid out on disk, since only at its end is known what they are.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..records import Record, as_record, dump
from .json_document import Cursor, array_items

_SPLITS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev", "eval"}
_WRAPPERS = {"data", "dataset", "rows", "records", "examples", "items", "samples", "results", *_SPLITS}
_TURN_KEYS = ({"role", "content"}, {"from", "value"})
_TURN_LISTS = {"messages", "conversations", "conversation", "dialog", "dialogue", "turns", "instances"}


@dataclass
class Part:
    """One entry of the object: its name, what its value is, and where its items lie in the spool."""

    name: str
    kind: str  # "list", "object" or "other"
    offset: int
    count: int = 0
    items: set[str] = field(default_factory=set)  # kinds of the items of a list
    first: Any = None  # the first item of a list
    numbered: bool = False  # an object whose keys are 0, 1, 2, ...


class Spool:
    """Byte strings one after the other in a file; any number of readers from any offset."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, path.open("wb")

    def add(self, item: bytes) -> None:
        self._file.write(struct.pack("<Q", len(item)))
        self._file.write(item)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, offset: int, count: int) -> Iterator[bytes]:
        self._file.flush()
        with self._path.open("rb") as file:
            file.seek(offset)
            for _ in range(count):
                (size,) = struct.unpack("<Q", file.read(8))
                yield file.read(size)

    def remove(self) -> None:
        self._file.close()
        self._path.unlink()


def lay_out(cursor: Cursor, spool: Spool) -> list[Part]:
    """The entries of the object that begins at the cursor, their values in the spool."""
    cursor.expect("{", "where an object begins")
    parts: list[Part] = []
    while not cursor.take("}"):
        if parts:
            cursor.expect(",", "between two entries")
            if cursor.take("}"):  # a comma after the last entry
                break
        name, _ = cursor.value()
        if not isinstance(name, str):
            raise cursor.broken("the name of an entry is not a text")
        cursor.expect(":", "after the name of an entry")
        part = Part(name, "list" if cursor.peek() == "[" else "other", spool.tell())
        if part.kind == "list":
            for item, slice_ in array_items(cursor):
                part.first = item if not part.count else part.first
                part.items.add(_kind(item))
                part.count += 1
                spool.add(slice_)
        else:
            value, slice_ = cursor.value()
            spool.add(slice_)
            part.count = 1
            if isinstance(value, dict):
                part.kind = "object"
                part.numbered = list(value) == [str(number) for number in range(len(value))] and bool(value)
        parts.append(part)
    return parts


def orientation(parts: list[Part]) -> str:
    """What the object is: "record", "records", "columns", "indexed columns", "header and rows", "splits", "wrapped"."""
    kinds = {part.kind for part in parts}
    if kinds == {"object"} and len(parts) > 0:
        if all(part.numbered for part in parts):
            return "indexed columns"
        return "records" if len(parts) > 1 else "record"
    lists = [part for part in parts if part.kind == "list"]
    named = {part.name: part for part in lists}
    if {"columns", "data"} <= set(named) <= {"columns", "data", "index"} and (
        named["columns"].items == {"text"} and named["data"].items == {"list"}
    ):
        return "header and rows"
    if kinds != {"list"}:
        wrapped = [part for part in lists if part.name.lower() in _WRAPPERS and part.items == {"object"}]
        return "wrapped" if len(wrapped) == 1 and not _is_turns(wrapped[0]) else "record"
    if any(_is_turns(part) for part in lists):
        return "record"
    several = any(part.count > 1 for part in lists)  # a record of short lists is likelier than a table of one row
    items = set().union(*(part.items for part in lists))
    equal = len({part.count for part in lists}) == 1
    like_splits = all(part.name.lower() in _SPLITS for part in lists)
    if len(lists) == 1:
        if not several and lists[0].name.lower() not in _WRAPPERS:
            return "record"
        return "wrapped" if items and items <= {"object", "list"} else "columns" if items else "record"
    if len(items) == 1 and items <= {"object", "list", "text"} and (like_splits or not equal):
        return "splits"
    if items == {"object"} and len({tuple(part.first) for part in lists}) == 1:
        return "splits"
    return "columns" if equal and several else "record"


def object_rows(
    parts: list[Part], spool: Spool, how: str, notices: list[str], name: str
) -> Iterator[tuple[bytes, Any]]:
    """(one row's JSON, its value) for an object of that orientation, in the order of the file."""
    match how:
        case "splits":
            notices.append(f"{name}: one list per split ({_names(parts)}); the name is in the column 'split'.")
            for part in parts:
                for slice_ in spool.read(part.offset, part.count):
                    yield _with_name("split", part.name, slice_)
        case "records":
            notices.append(f"{name}: records by name; the name is in the column 'key'.")
            for part in parts:
                for slice_ in spool.read(part.offset, 1):
                    yield _with_name("key", part.name, slice_)
        case "wrapped":
            rows = next(part for part in parts if part.kind == "list" and (len(parts) == 1 or part.items == {"object"}))
            others = [part for part in parts if part is not rows]
            notices.append(
                f"{name}: the rows are the list {rows.name!r}"
                + (f"; beside it and in no row: {_names(others)}." if others else ".")
            )
            for slice_ in spool.read(rows.offset, rows.count):
                yield slice_, json.loads(slice_)
        case "header and rows":
            header, rows = (next(part for part in parts if part.name == name_) for name_ in ("columns", "data"))
            notices.append(f"{name}: a list of column names and a list of rows; the index is in no row.")
            names = [json.loads(column) for column in spool.read(header.offset, header.count)]
            for slice_ in spool.read(rows.offset, rows.count):
                value = dict(zip(names, json.loads(slice_), strict=False))
                yield dump(value), value
        case "columns":
            notices.append(f"{name}: one list per column. Name the format 'jsonl' if it is one record.")
            columns = [spool.read(part.offset, part.count) for part in parts]
            yield from (_joined(parts, cells) for cells in zip(*columns, strict=True))
        case "indexed columns":
            notices.append(f"{name}: one object per column, numbered by row.")
            values = [json.loads(next(spool.read(part.offset, 1))) for part in parts]
            rows_there = max(map(len, values))
            for row in range(rows_there):
                value = {part.name: column.get(str(row)) for part, column in zip(parts, values, strict=True)}
                yield dump(value), value
        case _:
            raise ValueError(f"no rows for {how}")


def _joined(parts: list[Part], cells: tuple[bytes, ...]) -> tuple[bytes, Record]:
    inside = b", ".join(dump(part.name) + b": " + cell for part, cell in zip(parts, cells, strict=True))
    raw = b"{" + inside + b"}"
    return raw, json.loads(raw)


def _with_name(column: str, name: str, slice_: bytes) -> tuple[bytes, Any]:
    value = json.loads(slice_)
    record = as_record(value)
    if record is None:
        return slice_, value
    while column in record:
        column += "_"
    head = b"{" + dump(column) + b": " + dump(name)
    if isinstance(value, dict):
        rest = slice_.strip()[1:].lstrip()
        return head + (b"}" if rest == b"}" else b", " + rest), {column: name, **record}
    inside = b"".join(b", " + dump(key) + b": " + dump(item) for key, item in record.items())
    return head + inside + b"}", {column: name, **record}


def _is_turns(part: Part) -> bool:
    """Whether a list is one conversation, not many rows."""
    keys = set(part.first) if isinstance(part.first, dict) else set()
    return part.name.lower() in _TURN_LISTS or any(turn <= keys for turn in _TURN_KEYS)


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "list"
    return "text" if isinstance(value, str) else "other"


def _names(parts: list[Part]) -> str:
    return ", ".join(part.name for part in parts[:8]) + (", ..." if len(parts) > 8 else "")
