"""A dataset: every row and column as it came, on disk, with what is known of them. Read it with `core.reading`."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .kept_columns import FROM, kept_columns
from .records import Record, as_number, as_record, dump, fetch
from .shapes import ColumnInfo, Quality, Roles

__all__ = ["BadLine", "ColumnInfo", "Dataset", "Quality", "Roles", "Source"]

ROWS, META, BAD, SCHEMA = "rows.arrow", "dataset.json", "bad_lines.jsonl", "schema.arrow"


@dataclass(frozen=True)
class Source:
    """One file that the rows came from."""

    name: str
    sha256: str  # of the file as it was given, packed or not
    bytes: int
    format: str
    encoding: str  # "" for formats that have none
    compression: str  # "", "gzip", "zip", ...
    rows: int
    address: str = ""  # where it was fetched from, with everything that was wanted of there
    revision: str = ""  # the commit of the hub, or what a server calls the version


@dataclass(frozen=True)
class BadLine:
    """One line (numbered from 1) that became no row, why, and how it begins."""

    line: int
    file: str
    reason: str
    text: str


@dataclass(frozen=True)
class Dataset:
    """Rows on disk, memory-mapped; cheap to load and to keep. `key` names the content."""

    key: str
    name: str
    n: int
    sources: tuple[Source, ...]
    format: str
    shape: str  # a key of shapes.SHAPES
    columns: tuple[ColumnInfo, ...]
    notices: tuple[str, ...]
    bad_count: int
    roles: Roles
    folder: Path
    storage: str  # "json": a line of JSON per row; "table": Arrow columns

    @classmethod
    def load(cls, folder: Path) -> "Dataset":
        """The dataset in a folder that `read_dataset` made."""
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        return cls(
            **{
                **meta,
                "sources": tuple(Source(**source) for source in meta["sources"]),
                "columns": tuple(
                    ColumnInfo(**{**column, "examples": tuple(column["examples"])}) for column in meta["columns"]
                ),
                "notices": tuple(meta["notices"]),
                "roles": Roles.from_json(meta["roles"]),
            },
            folder=folder,
        )

    def meta(self) -> dict[str, Any]:
        """Everything but the folder, as JSON."""
        return {name: value for name, value in asdict(self).items() if name != "folder"}

    def __len__(self) -> int:
        return self.n

    @property
    def column_names(self) -> list[str]:
        """The top-level columns, in the order of the file."""
        return [column.path for column in self.columns if column.top]

    def with_roles(self, roles: Roles) -> "Dataset":
        """The same rows under other roles; the key stays, since the content does."""
        for path in roles.columns():
            self.check_column(path)
        return replace(self, roles=roles)

    def called(self, name: str, files: Sequence[str], origins: Sequence[Sequence[str]] = ()) -> "Dataset":
        """The same rows under another name, from files of other names and origins, in the order of the sources.

        Args:
            files: none: as kept.
            origins: address and revision of each; none: they were fetched from nowhere.
        """
        if not files:
            return replace(self, name=name)
        sources = [
            replace(source, name=file, address=address, revision=revision)
            for source, file, (address, revision) in zip(
                self.sources, files, origins or [("", "")] * len(files), strict=True
            )
        ]
        return replace(self, name=name, sources=tuple(sources))

    @property
    def given(self) -> list[str]:
        """What a command names to read these rows: addresses, and names of files; of a zip's members its own."""
        names = [
            source.address or (source.name.partition(": ")[0] if source.compression == "zip" else source.name)
            for source in self.sources
        ]
        return list(dict.fromkeys(names))

    def check_column(self, path: str) -> str:
        """`path` itself; a UserError with the columns where no row has anything there."""
        if not any(column.path == path for column in self.columns) and not self._reaches(path):
            raise UserError(f"{self.name} has no column {path!r}. Its columns: {self._names()}.")
        return path

    def record(self, index: int) -> Record:
        """Row `index` (from 0) as a dict."""
        return self.records([index])[0]

    def records(self, indices: Iterable[int] | NDArray[Any]) -> list[Record]:
        """Those rows, in that order."""
        wanted = self._checked(indices)
        if self.storage == "json":
            return [_decoded(line) for line in self._lines(wanted)]
        found: list[Record] = [{}] * len(wanted)
        for places, batch in self._taken(wanted):
            for place, record in zip(places, batch.to_pylist(), strict=True):
                found[place] = record
        return found

    def raw(self, index: int) -> bytes:
        """Row `index` as the bytes of its JSON line, without the line break: see `raws`."""
        return next(self.raws([index]))

    def raws(self, indices: Iterable[int] | NDArray[Any]) -> Iterator[bytes]:
        """Those rows as bytes of JSON: the very line for JSON lines, the same tokens for JSON, a dump for tables."""
        wanted = self._checked(indices)
        if self.storage == "json":
            yield from self._lines(wanted)
            return
        for start in range(0, len(wanted), 1000):
            for record in self.records(wanted[start : start + 1000]):
                yield dump(record)

    def values(self, path: str) -> list[Any]:
        """The value at `path` in every row, None where there is none."""
        return self.values_of([path])[0]

    def values_of(self, paths: Sequence[str]) -> list[list[Any]]:
        """One list per path, gathered in one pass over the rows."""
        for path in paths:
            self.check_column(path)
        found = {path: kept for path in paths if (kept := self._kept(path)) is not None}
        missing = {path: found.setdefault(path, []) for path in paths if path not in found}
        for records in self._record_batches(list(missing)) if missing else ():
            for path, values in missing.items():
                if path in self._tops:
                    values += [record.get(path) for record in records]
                else:
                    values += [fetch(record, path) for record in records]
        return [found[path] for path in paths]

    def _kept(self, path: str) -> list[Any] | None:
        """The values of a top-level column of many rows of JSON, which are taken apart once; None of any other."""
        if self.storage != "json" or self.n < FROM or path not in self._tops:
            return None
        return self._kept_columns(path)

    @cached_property
    def _kept_columns(self) -> Callable[[str], list[Any] | None]:
        return kept_columns(self.folder / "columns", self.column_names, lambda: self._record_batches([]))

    def numbers(self, path: str) -> NDArray[np.float64]:
        """(n,) the values at `path` as float64; numerals count as numbers, NaN where there is none."""
        return np.array([as_number(value) for value in self.values(path)], dtype=np.float64)

    def rows_without_number(self, path: str) -> NDArray[np.int64]:
        """The numbers (from 0) of the rows whose value at `path` is no finite number."""
        return np.flatnonzero(~np.isfinite(self.numbers(path))).astype(np.int64)

    def ids(self, rows: Iterable[int] | NDArray[Any] | None = None) -> list[Any]:
        """The values of the id column for those rows (all by default), or their numbers from 0 where there is none."""
        wanted = np.arange(self.n) if rows is None else self._checked(rows)
        if self.roles.id is None:
            return [int(row) for row in wanted]
        every = self.values(self.roles.id)
        if None in every:
            raise UserError(
                f"{self.name}: row {every.index(None) + 1:,} has no value in the id column {self.roles.id!r}. "
                "Choose another id column, or none to use row numbers."
            )
        return [every[row] for row in wanted]

    @property
    def bad_path(self) -> Path:
        """The list of what became no row, a JSON object a line."""
        return self.folder / BAD

    def bad_lines(self) -> Iterator[BadLine]:
        """What became no row, and why."""
        with self.bad_path.open(encoding="utf-8") as file:
            for line in file:
                yield BadLine(**json.loads(line))

    @cached_property
    def table(self) -> Any:
        """The rows as a memory-mapped pyarrow Table, as they are stored."""
        import pyarrow as pa

        return pa.ipc.open_file(pa.memory_map(str(self.folder / ROWS))).read_all()

    @property
    def schema(self) -> Any:
        """The Arrow schema that the rows came with, dictionaries and metadata included; of a table only."""
        import pyarrow as pa

        kept = self.folder / SCHEMA
        return pa.ipc.read_schema(pa.py_buffer(kept.read_bytes())) if kept.exists() else self.table.schema

    def batches(self, rows: NDArray[np.int64]) -> Iterator[Any]:
        """Those rows of a table, in that order, as record batches under the stored schema."""
        import pyarrow as pa

        for start in range(0, len(rows), 1000):
            wanted = self._checked(rows[start : start + 1000])
            taken = list(self._taken(wanted))
            places = np.concatenate([places for places, _ in taken])
            yield pa.Table.from_batches([batch for _, batch in taken]).take(np.argsort(places))

    @cached_property
    def _batches(self) -> list[Any]:
        return list(self.table.to_batches())

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        """The row that each batch starts with, and n at the end."""
        return np.concatenate([[0], np.cumsum([batch.num_rows for batch in self._batches])]).astype(np.int64)

    @cached_property
    def _tops(self) -> frozenset[str]:
        return frozenset(self.column_names)

    def _lines(self, wanted: NDArray[np.int64]) -> Iterator[bytes]:
        homes = np.searchsorted(self._starts, wanted, side="right") - 1
        columns = {home: self._batches[home].column(0) for home in set(homes.tolist())}
        for home, index in zip(homes.tolist(), (wanted - self._starts[homes]).tolist(), strict=True):
            line: bytes = columns[home][index].as_py()
            yield line

    def _taken(self, wanted: NDArray[np.int64]) -> Iterator[tuple[list[int], Any]]:
        """Per batch that holds wanted rows: their places in `wanted`, and those rows."""
        homes = np.searchsorted(self._starts, wanted, side="right") - 1
        for home in np.unique(homes).tolist():
            places = np.flatnonzero(homes == home)
            yield places.tolist(), self._batches[home].take(wanted[places] - self._starts[home])

    def _record_batches(self, paths: Sequence[str]) -> Iterator[list[Mapping[str, Any]]]:
        if self.storage == "json":
            for batch in self._batches:
                yield [_decoded(line) for line in batch.column(0).to_pylist()]
            return
        # Only the columns that are asked for: another may be pictures.
        needed = [name for name in self.table.schema.names if any(_begins(path, name) for path in paths)]
        for batch in self._batches:
            yield batch.select(needed).to_pylist()

    def _reaches(self, path: str) -> bool:
        """Whether a path beyond those that are listed (a later item of a list) is there in some row."""
        if "[" not in path and "." not in path:
            return False
        return any(fetch(record, path) is not None for batch in self._record_batches([path]) for record in batch)

    def _names(self) -> str:
        paths = [column.path for column in self.columns]
        return ", ".join(paths[:40]) + (", ..." if len(paths) > 40 else "")

    def _checked(self, indices: Iterable[int] | NDArray[Any]) -> NDArray[np.int64]:
        wanted = np.asarray(indices if isinstance(indices, np.ndarray) else list(indices), dtype=np.int64)
        if wanted.size and (wanted.min() < 0 or wanted.max() >= self.n):
            wrong = int(wanted[(wanted < 0) | (wanted >= self.n)][0])
            raise UserError(f"{self.name} has no row {wrong}: its rows are numbered from 0 to {self.n - 1:,}.")
        return wanted


def _decoded(line: bytes) -> Record:
    record = as_record(json.loads(line.decode("utf-8", "surrogatepass")))
    assert record is not None  # the reader keeps only rows that are records
    return record


def _begins(path: str, name: str) -> bool:
    return path == name or path.startswith((f"{name}.", f"{name}["))
