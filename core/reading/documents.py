"""The rows of a JSON document, whichever way it holds them: an array, one record, several, or an object of parts."""

import io
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..records import Record, as_record
from .bad_lines import BadLines
from .decoder import Decoder, kind_name
from .json_document import Cursor, array_items, one_line
from .json_object import Spool, lay_out, object_rows, orientation

Value = tuple[Any, bytes, Callable[[], int]]  # a value, its bytes, and its line where somebody asks


@dataclass(frozen=True)
class Document:
    """One JSON text that can be read from the start more than once."""

    name: str
    opened: Callable[[], io.BufferedReader]
    decoder: Decoder
    longest: int  # bytes of one value
    folder: Path  # for parts that wait on disk
    stack: ExitStack  # closes what was opened

    def cursor(self) -> Cursor:
        return Cursor(self.stack.enter_context(self.opened()), self.name, self.decoder, self.longest)


def document_rows(document: Document, bad: BadLines, notices: list[str]) -> Iterator[tuple[bytes, Record]]:
    """(a row's bytes on one line, its record) for every row; a value that is no record goes to `bad`."""
    first = document.cursor()
    values = _array_values(first) if first.peek() == "[" else _object_values(document, first, notices)
    for value, slice_, line in values:
        record = as_record(value)
        if record is None:
            bad.add(document.name, line(), f"{kind_name(value)}, not an object", slice_)
        else:
            yield one_line(slice_), record


def _array_values(cursor: Cursor) -> Iterator[Value]:
    while cursor.peek() == "[":  # one array, or several written one after the other
        for value, slice_ in array_items(cursor):
            yield value, slice_, cursor.line
    if cursor.peek():
        raise cursor.broken("there is more after the array")


def _object_values(document: Document, cursor: Cursor, notices: list[str]) -> Iterator[Value]:
    spool = Spool(document.folder / f"spool-{uuid.uuid4().hex}")
    document.stack.callback(spool.remove)
    parts = lay_out(cursor, spool)
    how = orientation(parts)
    if cursor.peek() or how == "record":  # one record, or several written one after the other
        document.decoder.forget()
        again = document.cursor()
        while again.peek():
            value, slice_ = again.value()
            again.take(",")
            yield value, slice_, again.line
        return
    for slice_, value in object_rows(parts, spool, how, notices, document.name):
        yield value, slice_, lambda: 0  # rows that were put together have no line of their own
