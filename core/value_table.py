"""Ids and values per row as a table of their own: CSV, JSON lines or Parquet, without the rows' own columns."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .drafts import draft_of
from .errors import UserError
from .export_tables import csv_cell, csv_lines
from .records import dump

KINDS = ("jsonl", "csv", "parquet")


def write_values(
    path: Path,
    kind: str,
    ids: Sequence[Any],
    positions: Sequence[int],
    columns: Mapping[str, Sequence[Any]],
    *,
    escape_formulas: bool = False,
) -> None:
    """Write a line for each row: its id, its number from 0, and its values, under a draft name until it is whole.

    Raises:
        UserError: a kind of file that holds no table.
    """
    if kind not in KINDS:
        raise UserError(f"{path.name} holds no table of values. Write .jsonl, .csv or .parquet.")
    heads = ["id", "position", *columns]
    rows = zip(ids, positions, *columns.values(), strict=True)
    with draft_of(path) as draft:
        match kind:
            case "jsonl":
                draft.write_bytes(b"".join(dump(dict(zip(heads, row, strict=True))) + b"\n" for row in rows))
            case "csv":
                cells = [heads, *([csv_cell(value) for value in row] for row in rows)]
                draft.write_bytes(csv_lines(cells, escape_formulas))
            case _:
                import pyarrow as pa
                import pyarrow.parquet as pq

                same = len({type(value) for value in ids}) <= 1
                table = {"id": list(ids) if same else [csv_cell(value) for value in ids], "position": list(positions)}
                pq.write_table(pa.table(table | {name: list(values) for name, values in columns.items()}), draft)
