"""A large set as several files of so many rows or bytes, packed or not: `name-00001-of-00012.jsonl.gz`.

Read together in order they are the rows of the one file; the manifest lists each with its rows and its SHA-256.
"""

import gzip
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .added import added, check_kind
from .dataset import Dataset
from .drafts import draft_of
from .errors import UserError
from .manifest import file_record
from .progress import Progress, silent
from .selectors import Selection
from .study import Study
from .writing import write_rows

KINDS = ("jsonl", "csv", "parquet")
PACKINGS = ("", "gz", "zst")
_UNITS = {"rows": 1, "row": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3}
_MOST = 99_999


@dataclass(frozen=True)
class Sharding:
    """How rows are divided: by rows, or by bytes (of JSON lines, before packing)."""

    most: int
    unit: str = "rows"  # or bytes
    packing: str = ""

    @classmethod
    def parse(cls, words: str, packing: str = "") -> "Sharding":
        """As it is written on a command line: `1000`, `1000 rows`, `200 MB`.

        Raises:
            UserError: neither rows nor a size, or nothing of either.
        """
        found = re.fullmatch(r"\s*([\d_,]*\.?\d+)\s*([a-z]*)\s*", words.lower())
        unit = found[2] or "rows" if found else ""
        most = int(float(found[1].replace(",", "").replace("_", "")) * _UNITS[unit]) if found and unit in _UNITS else 0
        if most < 1:
            raise UserError(f"--shards {words}: give rows or a size, such as '1000 rows' or '200 MB'.")
        return cls(most, "rows" if unit.startswith("row") else "bytes", packing)


def shard_name(path: Path, number: int, count: int, packing: str = "") -> str:
    """The name of a shard, numbered from 1.

    >>> shard_name(Path("a/rows.jsonl"), 1, 12, "gz")
    'rows-00001-of-00012.jsonl.gz'
    """
    return f"{path.stem}-{number:05}-of-{count:05}{path.suffix}" + (f".{packing}" if packing else "")


def write_shards(
    path: Path,
    kind: str,
    study: Study,
    selection: Selection,
    how: Sharding,
    *,
    order: str = "chosen",
    escape_formulas: bool = False,
    add: Sequence[str] = (),
    progress: Progress = silent,
) -> list[dict[str, Any]]:
    """Write the rows as shards beside where `path` would lie; what a manifest says of each, in order.

    Raises:
        UserError: a format that has no shards, vectors alone, or a size of what are no JSON lines.
    """
    check_kind(kind, add)
    if kind not in KINDS or study.dataset is None:
        raise UserError("Shards hold rows: write .jsonl, .csv or .parquet.")
    if kind == "parquet" and how.packing:
        raise UserError("Parquet is packed inside already: leave --pack out.")
    if how.unit == "bytes" and kind != "jsonl":
        raise UserError("Shards of a size are of JSON lines. Give rows for .csv and .parquet: --shards '1000 rows'.")
    extra = {name: column.values for name, column in added(study, selection, add).items()}
    rows, extra = in_order(study.positions[selection.positions], extra, order)
    bounds = _bounds(study.dataset, rows, extra, how)
    if len(bounds) > _MOST:
        raise UserError(f"That makes {len(bounds):,} files. Take larger shards: at most {_MOST:,} files.")
    options: dict[str, Any] = {"order": order} | ({"escape_formulas": escape_formulas} if kind == "csv" else {})
    options |= {"add": list(add)} if add else {}
    records = []
    for number, (start, stop) in enumerate(bounds, 1):
        shard = path.with_name(shard_name(path, number, len(bounds), how.packing))
        write_shard(shard, kind, study.dataset, rows, extra, (start, stop), escape_formulas=escape_formulas)
        records.append(file_record(shard, kind, **options) | {"rows": [start, stop], "packing": how.packing})
        progress(number / len(bounds), f"Wrote {number:,} of {len(bounds):,} files")
    return records


def in_order(
    rows: NDArray[np.int64], extra: Mapping[str, Sequence[Any]], order: str
) -> tuple[NDArray[np.int64], dict[str, list[Any]]]:
    """Rows and their columns as chosen, or as they stand in the dataset."""
    places = np.argsort(rows, kind="stable") if order == "original" else np.arange(len(rows))
    return rows[places], {name: [values[place] for place in places] for name, values in extra.items()}


def write_shard(
    path: Path,
    kind: str,
    dataset: Dataset,
    rows: NDArray[np.int64],
    extra: Mapping[str, Sequence[Any]],
    bounds: tuple[int, int],
    *,
    escape_formulas: bool = False,
) -> None:
    """Write the rows from one place to another of those given, packed as the ending of `path` says."""
    some = slice(*bounds)
    own = {name: values[some] for name, values in extra.items()}
    packing = path.suffix.lower().lstrip(".")
    if packing not in PACKINGS:
        write_rows(path, kind, dataset, rows[some], extra=own, escape_formulas=escape_formulas)
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "rows"
        write_rows(plain, kind, dataset, rows[some], extra=own, escape_formulas=escape_formulas)
        with draft_of(path) as draft:
            _pack(plain, draft, packing)


def _pack(source: Path, target: Path, packing: str) -> None:
    """Pack a file so that the same content gives the same bytes: no name and no time is put beside it."""
    with source.open("rb") as plain, target.open("wb") as file:
        if packing == "gz":
            with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
                shutil.copyfileobj(plain, packed)
        else:
            import zstandard

            zstandard.ZstdCompressor(level=6).copy_stream(plain, file)


def _bounds(
    dataset: Dataset, rows: NDArray[np.int64], extra: Mapping[str, Sequence[Any]], how: Sharding
) -> list[tuple[int, int]]:
    """Where each shard begins and ends; a row longer than a shard has one of its own."""
    if how.unit == "rows":
        return [(start, min(start + how.most, len(rows))) for start in range(0, len(rows), how.most)]
    found, start, size = [], 0, 0
    for place, length in enumerate(_lengths(dataset, rows, extra)):
        if place > start and size + length > how.most:
            found.append((start, place))
            start, size = place, 0
        size += length
    return [*found, (start, len(rows))]


def _lengths(dataset: Dataset, rows: NDArray[np.int64], extra: Mapping[str, Sequence[Any]]) -> Iterator[int]:
    """The bytes of each line, its end included."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        write_rows(path, "jsonl", dataset, rows, extra=extra)
        with path.open("rb") as file:
            yield from map(len, file)
