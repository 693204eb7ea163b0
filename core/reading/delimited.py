"""CSV, TSV and their like: cells stay strings, exactly as written."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ..records import NUMBER
from .bad_lines import BadLines

DELIMITERS = ",\t;|"
_SAMPLE_ROWS = 200
_BROKEN = re.compile("[\udc80-\udcff]")  # a byte that is not UTF-8, as surrogateescape keeps it
_HEADER_CELL = re.compile(r"(?!\d)[\w .\-/()#%:\[\]]{1,64}")


@dataclass(frozen=True)
class Dialect:
    """How a table is written: its delimiter, whether the first row names the columns, and the columns."""

    delimiter: str
    header: bool
    columns: tuple[str, ...]
    quoting: bool = True  # quotation marks enclose cells; False: they are letters, as some write TSV


def guess_dialect(
    head: str, whole: bool, hinted: bool, delimiter: str | None = None, header: bool | None = None
) -> Dialect | None:
    """The dialect of the text that begins with `head`, or None where it is no table.

    Args:
        whole: whether `head` is all there is; otherwise its last row may be cut and does not count.
        hinted: the name or the user says that it is a table; then one column is enough.
    """
    best: tuple[float, int, str, list[list[str]]] | None = None
    for mark in delimiter or DELIMITERS:
        rows = _sample(head, whole, mark)
        if not rows:
            continue
        counts = Counter(map(len, rows))
        width = len(rows[0])
        share = counts[width] / len(rows)
        if width < 2 or share < 0.8:
            common, times = counts.most_common(1)[0]
            if not (hinted and common > 1 and times / len(rows) > 0.5):
                continue
            width, share = common, times / len(rows)
        if best is None or (round(share, 2), width) > best[:2]:
            best = (round(share, 2), width, mark, rows)
    if best is None:
        if not hinted:
            return None
        rows = _sample(head, whole, delimiter or ",")
        best = (1.0, max(map(len, rows), default=1), delimiter or ",", rows)
    _, width, mark, rows = best
    named = _is_header(rows) if header is None else header
    believable = hinted or named or mark == "\t" or _has_numeric_column(rows)
    if not believable or (not hinted and len(rows) < 2):
        return None
    first = rows[0] if named and rows else [""] * width
    return Dialect(mark, named, _distinct_names(first), quoting=mark != "\t" or _quotes_enclose(head, whole))


def read_delimited(
    stream: io.BufferedReader, name: str, dialect: Dialect, bad: BadLines, longest: int
) -> Iterator[list[str]]:
    """The cells of every row that has as many as there are columns; the others go to `bad`."""
    csv.field_size_limit(longest)
    with io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline="") as text:
        reader = csv.reader(
            text,
            delimiter=dialect.delimiter,
            quoting=csv.QUOTE_MINIMAL if dialect.quoting else csv.QUOTE_NONE,
            strict=True,
        )
        width = len(dialect.columns)
        first = dialect.header
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                bad.add(name, line, _reason(str(error), line, reader.line_num), "")
                continue
            if first:
                first = False
            elif cells:
                wrong = _wrong(cells, width)
                if wrong:
                    bad.add(name, line, wrong, dialect.delimiter.join(cells))
                else:
                    yield cells


def _wrong(cells: list[str], width: int) -> str:
    """Why a row of cells is no row, "" where it is one."""
    if len(cells) != width:
        return f"{len(cells)} cells where there are {width} columns"
    return "not UTF-8" if any(_BROKEN.search(cell) for cell in cells if not cell.isascii()) else ""


def _reason(error: str, line: int, last: int) -> str:
    if "unexpected end" in error:
        return f"a quoted cell that begins here is never closed; it swallows the file to line {last}"
    if "expected after" in error:
        return "a quotation mark inside a quoted cell that is not doubled"
    if "field larger" in error:
        return "a cell that is longer than the limit, probably a quotation mark that is never closed"
    return f"lines {line} to {last}: {error}"


def _sample(head: str, whole: bool, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=False)
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) > _SAMPLE_ROWS:
                return rows[:_SAMPLE_ROWS]
    except csv.Error:
        return rows
    return rows if whole else rows[:-1]


def _quotes_enclose(head: str, whole: bool) -> bool:
    """Whether every quotation mark at the beginning of a cell has its fellow at the end of the cell."""
    try:
        for _ in csv.reader(io.StringIO(head, newline=""), delimiter="\t", strict=True):
            pass
    except csv.Error as error:
        return not whole and "unexpected end" in str(error)
    return True


def _is_header(rows: list[list[str]]) -> bool:
    """Whether the first row names columns: short plain words, all different, none of them a value further down."""
    if not rows:
        return False
    names = rows[0]
    filled = [name for name in names if name]
    if not filled or len(names) - len(filled) > 1:
        return False
    if any(not _HEADER_CELL.fullmatch(name) or name != name.strip() or NUMBER.fullmatch(name) for name in filled):
        return False
    return not any(
        row[place] == name for place, name in enumerate(names) if name for row in rows[1:] if place < len(row)
    )


def _has_numeric_column(rows: list[list[str]]) -> bool:
    width = len(rows[0])
    whole = [row for row in rows if len(row) == width]
    return any(all(NUMBER.fullmatch(row[place].strip()) for row in whole) for place in range(width))


def _distinct_names(names: list[str]) -> tuple[str, ...]:
    """The names of the columns; an empty one is numbered, one that was there before gets a number behind it."""
    given: list[str] = []
    for number, name in enumerate(names, 1):
        base = name or f"column_{number}"
        candidate, copy = base, 2
        while candidate in given:
            candidate, copy = f"{base}_{copy}", copy + 1
        given.append(candidate)
    return tuple(given)
