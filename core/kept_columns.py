"""Columns and texts of many rows, kept as memory-mapped Arrow beside a dataset: taken apart once, then read at once.

A million lines of JSON take some fifteen seconds to take apart, and under a second to read here. Everything lies in the
dataset's own folder, is made from its rows alone, and is what taking the rows apart anew would give.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from .digest import digest
from .drafts import draft_of, folder_draft_of

FROM = 20_000  # rows: fewer are taken apart as soon as read
_INDEX = "index.json"
_BATCH = 50_000
_MOST = 200  # columns that are kept: each is a file that is open while all are written


class KeptTexts(list[str]):
    """Texts that lie on disk, with what was worked out from all of them beside them; nobody changes them."""

    def __init__(self, texts: Iterable[str], place: Path) -> None:
        super().__init__(texts)
        self._place = place

    def named(self, *what: Any) -> str:
        """`digest(*what, texts)`, worked out once."""
        memo = self._place.with_suffix(f".{digest(*what)}.key")
        if memo.exists():
            return memo.read_text(encoding="ascii")
        found = digest(*what, list(self))
        with suppress(OSError), draft_of(memo) as draft:  # a full disk, or the dataset was removed meanwhile
            draft.write_text(found, encoding="ascii")
        return found

    def each(self, name: str, change: Callable[[str], str]) -> list[str]:
        """What `change` makes of every text, worked out once; `name` stands for `change` as it is now."""
        return kept_texts(self._place.with_suffix(f".{name}.arrow"), lambda: list(map(change, self)))


def names(texts: Sequence[str], *what: Any) -> str:
    """`digest(*what, texts)`."""
    return texts.named(*what) if isinstance(texts, KeptTexts) else digest(*what, list(texts))


def kept_texts(place: Path, make: Callable[[], list[str]]) -> list[str]:
    """The texts in that file; made, and written, where there is none. They hold no lone surrogates.

    Where they cannot be written (a full disk, a dataset that was removed meanwhile) they are what was made.
    """
    if place.exists():
        return KeptTexts(_read(place), place)
    found = make()
    try:
        place.parent.mkdir(exist_ok=True)
        _write_texts(place, found)
    except OSError:
        return found
    return KeptTexts(found, place)


def kept_columns(
    folder: Path, tops: Sequence[str], batches: Callable[[], Iterable[Sequence[Mapping[str, Any]]]]
) -> Callable[[str], list[Any] | None]:
    """What gives the values of a column in every row, None for one that is not kept.

    Kept are columns of one plain type, with gaps or without: texts, whole numbers of 64 bits, numbers or truth values;
    of very many the first. Where they cannot be written none is.

    Args:
        folder: where they lie, or will: it is filled from the rows at the first asking.
        tops: the top-level columns.
        batches: all rows, taken apart.
    """
    # A dataset that was removed meanwhile is not to come back as this folder alone.
    if not (folder / _INDEX).exists() and folder.parent.is_dir():
        with suppress(OSError), folder_draft_of(folder) as draft:  # a full disk, or another session was first
            _write(draft, tops[:_MOST], batches())
    index: dict[str, str] = {}
    if (folder / _INDEX).exists():
        index = json.loads((folder / _INDEX).read_text(encoding="ascii"))
    return lambda path: _read(folder / index[path]) if path in index else None


def _write_texts(place: Path, found: Sequence[str]) -> None:
    import pyarrow as pa

    schema = pa.schema([("text", pa.large_string())])
    with draft_of(place) as draft, pa.OSFile(str(draft), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for start in range(0, len(found), _BATCH):
            some = pa.array(found[start : start + _BATCH], pa.large_string())
            writer.write_batch(pa.record_batch([some], schema=schema))


def _read(path: Path) -> list[Any]:
    import pyarrow as pa

    values: list[Any] = pa.ipc.open_file(pa.memory_map(str(path))).read_all().column(0).to_pylist()
    return values


def _write(folder: Path, tops: Sequence[str], batches: Iterable[Sequence[Mapping[str, Any]]]) -> None:
    files = {top: _ColumnFile(folder / f"{number}.arrow") for number, top in enumerate(tops)}
    with ExitStack() as stack:
        for file in files.values():
            stack.callback(file.close)
        for records in batches:
            for top, file in files.items():
                file.add([record.get(top) for record in records])
    whole = {top: file.path.name for top, file in files.items() if file.whole}
    for file in files.values():
        if not file.whole:
            file.path.unlink(missing_ok=True)
    (folder / _INDEX).write_text(json.dumps(whole), encoding="ascii")  # as a name may hold a lone surrogate


class _ColumnFile:
    """One column on its way to disk, given up with the first value that is not of the type of those before."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._type: type | None = None
        self._writer: Any = None
        self._gaps = 0  # rows before the first that has a value
        self._given_up = False

    @property
    def whole(self) -> bool:
        return self._writer is not None and not self._given_up

    def add(self, values: list[Any]) -> None:
        import pyarrow as pa

        if self._given_up:
            return
        kinds = set(map(type, values)) - {type(None)}
        if self._type is None and not kinds:
            self._gaps += len(values)
            return
        if self._type is None and len(kinds) == 1:
            self._begin(*kinds)
            values = [None] * self._gaps + values
        if self._type is None or kinds - {self._type}:
            self._given_up = True
            return
        try:
            column = pa.array(values, self._schema.field(0).type)
        except (OverflowError, UnicodeEncodeError, pa.ArrowInvalid):  # beyond 64 bits; a lone surrogate
            self._given_up = True
            return
        self._writer.write_batch(pa.record_batch([column], schema=self._schema))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _begin(self, kind: type) -> None:
        import pyarrow as pa

        types = {str: pa.large_string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
        if kind not in types:
            return
        self._type = kind
        self._schema = pa.schema([("value", types[kind])])
        self._writer = pa.ipc.new_file(str(self.path), self._schema)
