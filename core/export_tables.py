"""Rows as tables: CSV, and Parquet under the schema that they came with or under one found from the rows."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .errors import UserError
from .export import Subset
from .progress import Progress
from .records import NUMBER, Record, dump

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SPECIAL = re.compile(r'[,"\r\n]')
_WHOLE = 2**53  # up to there a float holds every whole number
_SURROGATE = re.compile("[\ud800-\udfff]")


def csv_blocks(subset: Subset, escape_formulas: bool) -> Iterator[bytes]:
    """A header and the rows; texts as they are, no value as an empty cell, everything else as JSON."""
    yield csv_lines([subset.columns], escape_formulas)
    for records in subset.records():
        yield csv_lines(
            [[csv_cell(record.get(name)) for name in subset.columns] for record in records], escape_formulas
        )


def write_parquet(subset: Subset, path: Path, progress: Progress) -> None:
    """Rows of a table keep its schema; rows of JSON get one, and a column that fits no type is written as JSON text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = subset.dataset.storage == "table"
    own = subset.dataset.schema if table else _schema_of_records(subset, subset.dataset.column_names)
    schema = own
    for name, values in subset.extra.items():
        schema = schema.append(pa.field(name, pa.array(values).type))
    written = 0
    with pq.ParquetWriter(path, schema) as writer:
        for part, (rows, _) in zip(_parts(subset, own), subset.chunks(), strict=True):
            for name, values in subset.extra.items():
                added = pa.array(values[written : written + len(rows)], schema.field(name).type)
                part = part.append_column(schema.field(name), added)
            writer.write_table(part.cast(schema))
            written += len(rows)
            progress(written / len(subset.rows), f"Wrote {written:,} of {len(subset.rows):,} rows")


def _parts(subset: Subset, schema: Any) -> Iterator[Any]:
    """The rows as Arrow tables, chunk by chunk, without what is added."""
    if subset.dataset.storage == "table":
        for part in subset.dataset.batches(subset.rows):
            yield part.cast(schema)
        return
    for rows, _ in subset.chunks():
        yield _table(subset.dataset.records(rows), schema)


def _table(records: Sequence[Record], schema: Any) -> Any:
    import pyarrow as pa

    return pa.Table.from_arrays([_column(records, field) for field in schema], schema=schema)


def _column(records: Sequence[Record], field: Any) -> Any:
    import pyarrow as pa

    values = [record.get(field.name) for record in records]
    if field.metadata and b"json" in field.metadata:
        values = [None if value is None else dump(value).decode() for value in values]
    try:
        return pa.array(values, field.type)
    except (pa.ArrowException, OverflowError) as error:
        raise UserError(
            f"The column {field.name!r} mixes values that one Parquet column cannot hold ({error}). "
            "Export JSON lines, which keep every row as it came."
        ) from None


def _schema_of_records(subset: Subset, names: Sequence[str]) -> Any:
    """One type per column that holds all its values, or JSON text (said in the metadata of the field)."""
    import pyarrow as pa

    found: dict[str, Any] = {name: pa.null() for name in names}
    large = set()  # columns with whole numbers beyond those that a float holds
    for rows, _ in subset.chunks():
        records = subset.dataset.records(rows)
        for name in names:
            if found[name] is not None:
                values = [record.get(name) for record in records]
                found[name] = _wider(found[name], values)
                if any(type(value) is int and abs(value) > _WHOLE for value in values):
                    large.add(name)
    fields = []
    for name, kind in found.items():
        if kind is None or (name in large and pa.types.is_floating(kind)):
            fields.append(pa.field(name, pa.string(), metadata={b"json": b"every value is written as JSON"}))
        else:
            fields.append(pa.field(name, kind))
    return pa.schema(fields)


def _wider(kind: Any, values: list[Any]) -> Any | None:
    """The type that holds `values` and all before them, None where there is none that Parquet can write."""
    import pyarrow as pa

    try:
        here = pa.array(values).type
        both = pa.unify_schemas([pa.schema([("c", kind)]), pa.schema([("c", here)])], promote_options="permissive")
    except (pa.ArrowException, OverflowError, UnicodeEncodeError, TypeError):
        return None
    wider = both.field("c").type
    return None if _is_hollow(wider) else wider


def _is_hollow(kind: Any) -> bool:
    """Whether there is an object without keys in it, which Parquet cannot write."""
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return kind.num_fields == 0 or any(_is_hollow(kind.field(number).type) for number in range(kind.num_fields))
    return (pa.types.is_list(kind) or pa.types.is_large_list(kind)) and _is_hollow(kind.value_type)


def csv_cell(value: Any) -> str:
    """A value as a cell: texts as they are, no value as nothing, everything else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else dump(value).decode()


def csv_lines(rows: Sequence[Sequence[str]], escape_formulas: bool) -> bytes:
    """Rows of cells as lines of CSV."""
    if escape_formulas:
        rows = [[f"'{cell}" if _runs(cell) else cell for cell in row] for row in rows]
    # Not by csv.writer: before Python 3.13 it leaves a lone \r without quotes unless every line ends in one.
    text = "".join(",".join(map(_quoted, row)) + "\n" if row != [""] else '""\n' for row in rows)
    return _SURROGATE.sub("\ufffd", text).encode()


def _quoted(cell: str) -> str:
    if _SPECIAL.search(cell) is None:
        return cell
    return '"' + cell.replace('"', '""') + '"'


def _runs(cell: str) -> bool:
    """Whether a spreadsheet would take the cell for a formula; a plain number is none."""
    return cell.startswith(_FORMULA) and not NUMBER.fullmatch(cell)
