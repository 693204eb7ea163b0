"""Ids with the lines that they stand on, from any file that may hold them, and the rows of a dataset that they name."""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .choice import Id
from .dataset import Dataset
from .errors import UserError
from .records import fetch

_COLUMNS = ("id", "ids")  # what a column of ids is called where no other is named
_END = re.compile(r"\r\n|\n|\r")
_SHOWN = 3  # lines that a sentence names


@dataclass(frozen=True)
class Listed:
    """An id, and the line (or the item of a JSON list), numbered from 1, that it stands on."""

    id: Id
    line: int


@dataclass(frozen=True)
class Named:
    """The rows that ids name, in the order of the ids, and the ids that name none or one that was named before."""

    rows: NDArray[np.int64]
    ids: int  # how many there were
    unknown: tuple[Listed, ...]
    repeated: tuple[Listed, ...]
    several: tuple[Listed, ...]  # ids that several rows have, all of which are taken
    place: str = "line"

    def problems(self) -> list[str]:
        """What is wrong with the ids, in sentences; nothing where every one names rows of its own."""
        found = []
        if self.unknown:
            found.append(f"{_of(self.unknown, self.ids)} not in the data: {self._listed(self.unknown)}.")
        if self.repeated:
            found.append(
                f"{_of(self.repeated, self.ids)} there twice, and each counts once: {self._listed(self.repeated)}."
            )
        if self.several:
            found.append(
                f"{_of(self.several, self.ids)} that of several rows, all of which are taken: "
                f"{self._listed(self.several)}."
            )
        return found

    def _listed(self, ids: Sequence[Listed]) -> str:
        shown = ", ".join(f"{self.place} {each.line:,} ({str(each.id)[:60]!r})" for each in ids[:_SHOWN])
        return f"{shown} and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else shown


def listed_ids(content: bytes, name: str, columns: Iterable[str | None] = ()) -> tuple[tuple[Listed, ...], str]:
    """The ids in a file, and whether their numbers are those of a `line` or of an `item`.

    A line each; a CSV or TSV file with a column of ids; JSON lines of ids or of rows; a JSON list of them; the ids file
    that Gamut writes.

    Args:
        columns: names of the column of ids, the first that is there; `id` or `ids` by default.

    Raises:
        UserError: the content is none of these, with the line.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UserError(f"{name} is not text in UTF-8 (line {line:,}). Give ids a line each, or as JSON.") from error
    wanted = [*(column for column in columns if column), *_COLUMNS]
    kind = name.lower().rpartition(".")[2]
    if text.lstrip()[:1] in ("{", "[") or kind in ("json", "jsonl"):
        found, place = _of_json(text, name, wanted)
    elif kind in ("csv", "tsv"):
        found, place = _of_table(text, name, wanted, "\t" if kind == "tsv" else None), "line"
    else:
        found, place = [Listed(line.strip(), number) for number, line in _lines(text)], "line"
    if not found:
        raise UserError(f"{name} holds no ids.")
    return tuple(found), place


def rows_named(dataset: Dataset, ids: Sequence[Listed], place: str = "line") -> Named:
    """The rows of a dataset that have those ids."""
    homes: dict[str, list[int]] = {}
    for row, each in enumerate(dataset.ids()):
        homes.setdefault(str(each), []).append(row)
    first: dict[str, Listed] = {}
    repeated = tuple(each for each in ids if first.setdefault(str(each.id), each) is not each)
    rows = [row for id in first for row in homes.get(id, ())]
    return Named(
        np.array(rows, dtype=np.int64),
        len(ids),
        tuple(each for id, each in first.items() if id not in homes),
        repeated,
        tuple(each for id, each in first.items() if len(homes.get(id, ())) > 1),
        place,
    )


def check_source(content: bytes, name: str, dataset: Dataset) -> None:
    """Refuse the ids file of another dataset where ids are row numbers, which every dataset has.

    Raises:
        UserError: it is that.
    """
    if content.lstrip()[:1] != b"{" or dataset.roles.id is not None:
        return
    try:
        source = json.loads(content)["manifest"]["dataset"]
        key, title = source["key"], str(source["name"])[:80]
    except (ValueError, KeyError, TypeError):  # it says nothing of a dataset
        return
    if key != dataset.key:
        raise UserError(f"{name} holds row numbers of {title}, and they would be those of other rows here.")


def _lines(text: str) -> list[tuple[int, str]]:
    """The lines that hold something, with their numbers from 1; other signs that end lines may stand in texts."""
    return [(number, line) for number, line in enumerate(_END.split(text), 1) if line.strip()]


def _of_json(text: str, name: str, columns: Sequence[str]) -> tuple[list[Listed], str]:
    lines = _lines(text)
    try:
        found: Any = json.loads(text) if lines else []
    except RecursionError as error:
        raise UserError(f"{name} has lists within lists too deep to be read. Give a list of ids.") from error
    except ValueError as error:
        if len(lines) < 2 or text.lstrip()[0] == "[":
            where = f"line {error.lineno:,}: {error.msg}" if isinstance(error, json.JSONDecodeError) else error
            raise UserError(f"{name} begins like JSON and is none ({where}). Give a list of ids.") from error
        return [_of_line(line, number, name, columns) for number, line in lines], "line"
    if isinstance(found, dict):
        row = not isinstance(found.get("ids"), list)
        if row and not any(fetch(found, column) is not None for column in columns):
            raise UserError(f"{name} holds no list of ids. Give ids a line each, a JSON list, or an ids file of Gamut.")
        found = [found] if row else found["ids"]
    elif not isinstance(found, list):
        found = [found]
    return [_of_item(item, f"item {number:,}", number, name, columns) for number, item in enumerate(found, 1)], "item"


def _of_line(line: str, number: int, name: str, columns: Sequence[str]) -> Listed:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name} holds JSON lines, and line {number:,} is none ({error}). Mend it.") from error
    return _of_item(item, f"line {number:,}", number, name, columns)


def _of_item(item: Any, where: str, number: int, name: str, columns: Sequence[str]) -> Listed:
    value = item
    if isinstance(item, dict):
        value = next((found for column in columns if (found := fetch(item, column)) is not None), None)
        if value is None:
            raise UserError(f"{name}: {where} has no id: none of {', '.join(dict.fromkeys(columns))} is in it.")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UserError(f"{name}: {where} holds {json.dumps(value)[:60]}, and ids are texts or whole numbers.")
    return Listed(value, number)


def _of_table(text: str, name: str, columns: Sequence[str], delimiter: str | None) -> list[Listed]:
    head = text.split("\n", 1)[0]
    mark = delimiter or max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    found: list[Listed] = []
    column = width = 0
    csv.field_size_limit(max(len(text), csv.field_size_limit()))  # texts of rows may be long
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not width:
                width, titles = len(cells), [cell.strip() for cell in cells]
                named = next((titles.index(each) for each in columns if each in titles), None)
                if named is None and width > 1:
                    raise UserError(
                        f"{name} has the columns {', '.join(titles)[:200]}, none of which is called "
                        f"{' or '.join(dict.fromkeys(columns))}. Name the column of ids."
                    )
                column = named or 0
                if named is not None:
                    continue
            if len(cells) <= column or not cells[column].strip():
                raise UserError(f"{name}: line {reader.line_num:,} has no id. Mend or remove it.")
            found.append(Listed(cells[column].strip(), reader.line_num))
    except csv.Error as error:
        raise UserError(f"{name}: line {reader.line_num:,} is no line of a table ({error}). Mend it.") from error
    return found


def _of(ids: Sequence[Listed], every: int) -> str:
    return f"{len(ids):,} of {every:,} ids {'is' if len(ids) == 1 else 'are'}"
