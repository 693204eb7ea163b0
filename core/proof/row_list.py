"""A fingerprint of every row of the data, so that what was changed since can be told row by row.

A line for each row in order: 16 hexadecimal digits of its bytes, and its id where a column has that role.
"""

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..dataset import Dataset
from ..records import dump, plain

_BLOCK = 10_000
Row = tuple[str, Any]  # fingerprint, and id; None for the id of rows that have none


@dataclass(frozen=True)
class Changes:
    """What became of rows: numbers from 1, as they are counted in a file, and ids."""

    changed: list[tuple[int, Any]]  # numbers of today
    removed: list[tuple[int, Any]]  # numbers of then
    added: list[tuple[int, Any]]
    moved: bool  # whether rows that are there before and after stand in another order

    def __bool__(self) -> bool:
        return bool(self.changed or self.removed or self.added or self.moved)

    def sentences(self, what: str = "the data", most: int = 5) -> list[str]:
        """The same in words, at most so many rows of each kind."""
        found = [
            f"{_rows(len(rows))} of {what} {'was' if len(rows) == 1 else 'were'} {word}: {_named(rows, most)}."
            for word, rows in (("changed", self.changed), ("removed", self.removed), ("added", self.added))
            if rows
        ]
        return found + ([f"The rows of {what} stand in another order."] if self.moved else [])


def rows_of(dataset: Dataset) -> Iterator[Row]:
    """The fingerprint and the id of every row."""
    known = dataset.roles.id is not None
    ids = dataset.ids() if known else None
    for start in range(0, len(dataset), _BLOCK):
        some = np.arange(start, min(start + _BLOCK, len(dataset)))
        for row, raw in zip(some.tolist(), dataset.raws(some), strict=True):
            yield fingerprint(raw), plain(ids[row]) if ids is not None else None


def fingerprint(raw: bytes) -> str:
    """Sixteen hexadecimal digits that name a row's own bytes, without the end of its line."""
    return hashlib.blake2b(raw.rstrip(b"\r\n"), digest_size=8).hexdigest()


def write_rows(path: Path, dataset: Dataset) -> None:
    """Write the list of a dataset's rows."""
    with path.open("wb") as file:
        for name, row_id in rows_of(dataset):
            file.write(name.encode() + (b"" if row_id is None else b"\t" + dump(row_id)) + b"\n")


def read_rows(path: Path) -> list[Row]:
    """The list that was written so.

    Raises:
        ValueError: it is none.
    """
    found: list[Row] = []
    with path.open("rb") as file:
        for line in file:
            name, tab, row_id = line.rstrip(b"\n").partition(b"\t")
            bytes.fromhex(name.decode("ascii"))
            found.append((name.decode("ascii"), json.loads(row_id) if tab else None))
    return found


def changes(before: Sequence[Row], now: Sequence[Row]) -> Changes:
    """What became of rows: by ids where all have one and no two the same, else by their content and neighbours."""
    keys_before, keys_now = _keys(before), _keys(now)
    if keys_before is None or keys_now is None:
        keys_before, keys_now = _places(before, now)
    there = {key: number for number, key in enumerate(keys_before)}
    here = {key: number for number, key in enumerate(keys_now)}
    changed = [
        (number + 1, now[number][1])
        for key, number in here.items()
        if key in there and before[there[key]][0] != now[number][0]
    ]
    removed = [(number + 1, before[number][1]) for key, number in there.items() if key not in here]
    added = [(number + 1, now[number][1]) for key, number in here.items() if key not in there]
    order = [there[key] for key in keys_now if key in there]
    return Changes(changed, removed, added, any(one > other for one, other in itertools.pairwise(order)))


def _keys(rows: Sequence[Row]) -> list[Any] | None:
    """The ids as keys; None where a row has none, or two the same one."""
    keys = [json.dumps(row_id, sort_keys=True) for _, row_id in rows]
    return keys if all(row_id is not None for _, row_id in rows) and len(set(keys)) == len(keys) else None


def _places(before: Sequence[Row], now: Sequence[Row]) -> tuple[list[Any], list[Any]]:
    """Keys by content: a row that stays has its fingerprint and how often it was met, any other its place after one.

    So a row that was changed in its place has the same key before and after.
    """
    both = Counter(name for name, _ in before) & Counter(name for name, _ in now)
    return _placed(before, both), _placed(now, both)


def _placed(rows: Sequence[Row], stay: Counter[str]) -> list[Any]:
    met: Counter[str] = Counter()
    last: Any = None
    since, found = 0, []
    for name, _ in rows:
        if met[name] < stay[name]:
            met[name] += 1
            last, since = (name, met[name]), 0
            found.append(last)
        else:
            since += 1
            found.append((last, since))
    return found


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _named(rows: Iterable[tuple[int, Any]], most: int) -> str:
    every = list(rows)
    told = [f"row {number:,}" + ("" if row_id is None else f" (id {str(row_id)[:60]!r})") for number, row_id in every]
    more = f", and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(told[:most]) + more
