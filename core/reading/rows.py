"""Rows onto disk as they are read: lines of JSON, or Arrow columns, in batches of moderate size."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from ..records import Record, dump
from .arrow_files import fitted
from .columns import Profile

_CHUNK = 2_000
_BATCH_BYTES = 4 << 20

Told = Callable[[int], None]  # hears of the bytes of rows as they go by


class RowFile:
    """The rows of one dataset, written batch by batch, each batch looked at once for the profile of columns."""

    def __init__(self, path: Path, schema: Any | None) -> None:
        """`schema`: the Arrow schema of a table, None for rows of JSON."""
        import pyarrow as pa

        self._schema = schema if schema is not None else pa.schema([("json", pa.large_binary())])
        self._writer = pa.ipc.new_file(str(path), self._schema)
        self.profile = Profile()
        self.count = 0

    def add_rows(self, rows: Iterable[tuple[bytes, Record]], told: Told) -> int:
        """Rows of JSON; returns how many."""
        start = self.count
        for lines, records in _chunks(rows):
            self._write([lines])
            self.profile.observe(records)
            told(sum(map(len, lines)))
        return self.count - start

    def add_batches(self, batches: Iterable[Any], told: Told) -> int:
        """Record batches of a table; returns how many rows."""
        start = self.count
        for batch in batches:
            if not batch.num_rows:
                continue
            whole = fitted(batch, self._schema)
            self._writer.write_batch(whole)
            self.count += whole.num_rows
            for name in whole.schema.names:
                self.profile.observe_column(name, whole.column(name).to_pylist())
            told(batch.nbytes)
        return self.count - start

    def close(self) -> None:
        self._writer.close()

    def _write(self, columns: list[list[bytes]]) -> None:
        import pyarrow as pa

        arrays = [pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema))
        self.count += len(columns[0])


def _chunks(rows: Iterable[tuple[bytes, Record]]) -> Iterator[tuple[list[bytes], list[Record]]]:
    lines: list[bytes] = []
    records: list[Record] = []
    size = 0
    for line, record in rows:
        lines.append(line)
        records.append(record)
        size += len(line)
        if len(lines) == _CHUNK or size > _BATCH_BYTES:
            yield lines, records
            lines, records, size = [], [], 0
    if lines:
        yield lines, records


def string_batches(rows: Iterator[list[str]], columns: tuple[str, ...]) -> Iterator[Any]:
    """Rows of cells as record batches of strings."""
    import pyarrow as pa

    schema = pa.schema([(name, pa.string()) for name in columns])
    while chunk := list(islice(rows, _CHUNK)):
        yield pa.record_batch([pa.array(cells, pa.string()) for cells in zip(*chunk, strict=True)], schema=schema)


def rows_of(batches: Iterable[Any]) -> Iterator[tuple[bytes, Record]]:
    """A table's batches as rows of JSON, for an upload that holds both."""
    for batch in batches:
        for record in batch.to_pylist():
            line = dump(record)
            yield line, json.loads(line)
