"""Files of vectors: .npy, .npz and Parquet, recognised by content.

Pickled arrays are never opened: a pickle can run any program.
"""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .memory import require

_NUMPY, _ZIP, _PARQUET = b"\x93NUMPY", b"PK\x03\x04", b"PAR1"


def load_array(path: Path, part: str | None = None) -> NDArray[Any]:
    """The (n, d) numbers in a .npy, .npz or Parquet file, as they are; `part` names the array or column.

    Args:
        path: a .npy file is memory-mapped.
        part: needed only where a .npz or Parquet file holds several tables of numbers.

    Raises:
        UserError: another kind of file, no or several such tables, not two-dimensional, Python objects, cut short.
    """
    match _kind(path):
        case "npy":
            _check_header(path.open("rb"), path.name)
            try:
                mapped: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
                return mapped
            except ValueError as error:  # the header promises more than the file holds
                raise UserError(f"{path.name} is cut short: copy it again.") from error
        case "npz":
            return _from_npz(path, part)
        case _:
            return _from_parquet(path, part)


def locate(source: Path | str) -> tuple[Path, str | None]:
    """The file that `FILE` or `FILE:NAME` names, and the table in it.

    Raises:
        UserError: there is no such file.
    """
    path = Path(source)
    if path.is_file():
        return path, None
    file, colon, part = str(source).rpartition(":")
    if colon and part and Path(file).is_file():
        return Path(file), part
    raise UserError(f"There is no file {source}. Check the path.")


def names_vectors(source: str) -> bool:
    """Whether that names vectors and no dataset: by a file's ending, or as a table in a file (`FILE:NAME`)."""
    file, colon, part = source.rpartition(":")
    named = bool(colon and part) and not Path(source).exists() and Path(file).is_file()
    return named or Path(source).suffix.lower() in (".npy", ".npz")


def parts(path: Path) -> list[str]:
    """The names of the tables of numbers in a .npz or Parquet file; none for a .npy, which is one."""
    match _kind(path):
        case "npy":
            return []
        case "npz":
            return [name for name, shape in _npz_shapes(path).items() if len(shape) == 2]
        case _:
            return _list_columns(path)


def id_names(path: Path) -> list[str]:
    """The names of what else a .npz or Parquet file holds, among which ids may be; nothing for a .npy."""
    match _kind(path):
        case "npy":
            return []
        case "npz":
            return [name for name, shape in _npz_shapes(path).items() if len(shape) == 1]
        case _:
            import pyarrow.parquet as pq

            tables = set(_list_columns(path))
            return [name for name in pq.read_schema(path).names if name not in tables]


def load_ids(path: Path, part: str) -> list[Any]:
    """The ids that lie beside the vectors: the one-dimensional array or the column of that name.

    Raises:
        UserError: there is none of that name, or it is no list of numbers or texts.
    """
    if _kind(path) == "npz":
        shapes = _npz_shapes(path)
        if len(shapes.get(part, ())) != 1:
            raise UserError(f"{path.name} has no list of ids called {part!r}. It holds: {', '.join(shapes)}.")
        with np.load(path, allow_pickle=False) as arrays:
            ids: list[Any] = arrays[part].tolist()
            return ids
    if _kind(path) == "npy":
        raise UserError(f"{path.name} holds vectors alone and no ids. Match them by position, or save them as .npz.")
    import pyarrow.parquet as pq

    names = pq.read_schema(path).names
    if part not in names:
        raise UserError(f"{path.name} has no column {part!r}. Its columns: {', '.join(names)}.")
    values: list[Any] = pq.read_table(path, columns=[part])[part].to_pylist()
    return values


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(8)
    for kind, magic in (("npy", _NUMPY), ("npz", _ZIP), ("parquet", _PARQUET)):
        if start.startswith(magic):
            return kind
    raise UserError(
        f"{path.name} is none of .npy, .npz and Parquet, which are how vectors can be given "
        "(pickled arrays are not opened, since a pickle can run any program)."
    )


def _check_header(file: Any, name: str) -> tuple[int, ...]:
    """The shape that a .npy file's header tells; Python objects are refused."""
    with file:
        try:
            version = np.lib.format.read_magic(file)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = read(file)
        except ValueError as error:
            raise UserError(f"{name} is not a whole .npy file: save it again with numpy.save.") from error
    if dtype.hasobject:
        raise UserError(
            f"{name} holds Python objects, which can run any program when they are opened. "
            "Save it as numbers: numpy.save(path, array.astype('float32'))."
        )
    return tuple(shape)


def _npz_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".npy")]
            return {
                name.removesuffix(".npy"): _check_header(archive.open(name), f"{path.name}/{name}") for name in names
            }
    except (zipfile.BadZipFile, RuntimeError) as error:  # the second: it is encrypted
        raise UserError(f"{path.name} is a broken .npz file ({error}): copy or save it again.") from error


def _from_npz(path: Path, part: str | None) -> NDArray[Any]:
    shapes = _npz_shapes(path)
    chosen = _choose(part, [name for name, shape in shapes.items() if len(shape) == 2], list(shapes), path, "array")
    with zipfile.ZipFile(path) as archive:
        require(archive.getinfo(f"{chosen}.npy").file_size, f"Reading {path.name}")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            found: NDArray[Any] = arrays[chosen]
            return found
    except (ValueError, zipfile.BadZipFile) as error:
        raise UserError(f"{path.name} is a broken .npz file ({error}): copy or save it again.") from error


def _from_parquet(path: Path, part: str | None) -> NDArray[Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = _list_columns(path)
    chosen = _choose(part, columns, pq.read_schema(path).names, path, "column")
    name = f"Column {chosen} of {path.name}"
    column = pq.read_table(path, columns=[chosen])[chosen].combine_chunks()
    lengths = column.value_lengths().to_numpy(zero_copy_only=False) if len(column) else np.zeros(0)
    if column.null_count:
        row = int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0]) + 1
        raise UserError(f"{name} has no vector in {column.null_count:,} rows; the first is row {row}. Leave them out.")
    if len(lengths) and (lengths != lengths[0]).any():
        row = int(np.flatnonzero(lengths != lengths[0])[0]) + 1
        raise UserError(
            f"Row {row} of {name} holds {int(lengths[row - 1]):,} numbers and row 1 {int(lengths[0]):,}. "
            "All must be as long."
        )
    numbers = column.flatten()
    if numbers.null_count:
        place = int(np.flatnonzero(numbers.is_null().to_numpy(zero_copy_only=False))[0])
        raise UserError(f"Row {place // int(lengths[0]) + 1} of {name} lacks a number. Leave that row out.")
    values: NDArray[Any] = numbers.to_numpy(zero_copy_only=False)
    assert not isinstance(numbers, pa.ChunkedArray)
    return values.reshape(len(column), -1) if len(column) else values.reshape(0, 0)


def _list_columns(path: Path) -> list[str]:
    """The columns of a Parquet file that hold a list of numbers a row."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(f"{path.name} is a broken Parquet file: copy or save it again.") from error
    kinds = pa.types
    return [
        field.name
        for field in schema
        if (kinds.is_list(field.type) or kinds.is_large_list(field.type) or kinds.is_fixed_size_list(field.type))
        and (kinds.is_floating(field.type.value_type) or kinds.is_integer(field.type.value_type))
    ]


def _choose(part: str | None, tables: list[str], every: list[str], path: Path, what: str) -> str:
    if part is not None and part in every:
        if part in tables:
            return part
        raise UserError(f"The {what} {part!r} of {path.name} is not a table of numbers, one row an item.")
    if part is None and len(tables) == 1:
        return tables[0]
    if not tables:
        raise UserError(f"{path.name} holds no table of numbers, one row an item. It holds: {', '.join(every) or '-'}.")
    wrong = f"has no {what} {part!r}" if part is not None else f"holds several ({what}s {', '.join(tables)})"
    raise UserError(f"{path.name} {wrong}. Say which is meant: {', '.join(f'{path}:{name}' for name in tables)}.")
