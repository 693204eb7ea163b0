"""Parquet, Arrow and Feather files as batches of moderate size, with their own types."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import UserError

_BATCH_BYTES = 8 << 20


class ArrowFile:
    """An open columnar file: its schema, and its rows batch by batch."""

    def __init__(self, path: Path, name: str, format: str) -> None:
        import pyarrow as pa

        self.name, self._path, self._parquet, self._table = name, path, None, None
        self._reader: Any = None
        try:
            if format == "parquet":
                import pyarrow.parquet as pq

                self._parquet = pq.ParquetFile(path, memory_map=True)
                self.schema, self.rows = self._parquet.schema_arrow, self._parquet.metadata.num_rows
            else:
                self._reader, self.rows = _open_arrow(path), -1
                self.schema = self._reader.schema
        except (pa.ArrowException, OSError) as error:
            raise self._corrupt(error) from None
        names = self.schema.names
        if len(set(names)) < len(names):
            twice = next(column for column in names if names.count(column) > 1)
            raise UserError(f"{name} has two columns called {twice!r}. Rename one of them.")

    def batches(self) -> Iterator[Any]:
        """Record batches of about 8 MB."""
        import pyarrow as pa

        try:
            if self._parquet is not None:
                meta = self._parquet.metadata
                bytes_there = sum(meta.row_group(group).total_byte_size for group in range(meta.num_row_groups))
                size = max(1, min(10_000, _BATCH_BYTES * self.rows // max(1, bytes_there)))
                yield from self._parquet.iter_batches(batch_size=size)
                return
            count = getattr(self._reader, "num_record_batches", None)
            if count is None:
                for batch in self._reader:
                    yield from _pieces(batch)
            else:
                for number in range(count):
                    yield from _pieces(self._reader.get_batch(number))
        except (pa.ArrowException, OSError) as error:
            raise self._corrupt(error) from None

    def _corrupt(self, error: Exception) -> UserError:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        return UserError(f"{self.name} is a corrupt or cut columnar file ({first[:160]}). Write or download it again.")


def _open_arrow(path: Path) -> Any:
    import pyarrow as pa

    with path.open("rb") as file:
        start = file.read(8)
    source = pa.memory_map(str(path))
    return pa.ipc.open_file(source) if start.startswith(b"ARROW1") else pa.ipc.open_stream(source)


def _pieces(batch: Any) -> Iterator[Any]:
    rows = max(1, min(10_000, _BATCH_BYTES * batch.num_rows // max(1, batch.nbytes)))
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def stored_schema(schema: Any) -> Any:
    """The schema under which rows are kept: dictionaries are decoded, since their parts differ from batch to batch."""
    import pyarrow as pa

    fields = [
        field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field for field in schema
    ]
    return pa.schema(fields, metadata=schema.metadata)


def fitted(batch: Any, schema: Any) -> Any:
    """`batch` under `schema`: columns in its order, missing ones as nulls."""
    import pyarrow as pa

    there = set(batch.schema.names)
    columns = []
    for field in schema:
        if field.name not in there:
            columns.append(pa.nulls(batch.num_rows, field.type))
            continue
        column = batch.column(field.name)
        columns.append(column if column.type == field.type else column.cast(field.type))
    return pa.record_batch(columns, schema=schema)
