"""Names for content: the same values always have the same digest, different ones never.

Every value is written with a tag for its type and its length, so that no two values share an encoding. Nothing is
named by its `repr` or pickled; a type that is not known here is an error, not a guess.
"""

import hashlib
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

_CHUNK = 1 << 24


def digest(*values: Any) -> str:
    """32 hexadecimal digits that name `values`: None, bool, int, float, str, bytes, arrays, lists, sets, dicts."""
    state = hashlib.blake2b(digest_size=16)
    for value in values:
        _write(state, value)
    return state.hexdigest()


def digest_file(path: Path) -> str:
    """SHA-256 of a file's bytes, as other tools print it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(state: Any, value: Any) -> None:
    match value:
        case None:
            _put(state, b"N", b"")
        case bool() | np.bool_():
            _put(state, b"B", b"1" if value else b"0")
        case int() | np.integer():
            _put(state, b"I", str(int(value)).encode())
        case float() | np.floating():
            _put(state, b"F", struct.pack("<d", float(value)))
        case str():
            _put(state, b"S", value.encode("utf-8", "surrogatepass"))
        case bytes():
            _put(state, b"Y", value)
        case np.ndarray():
            _write_array(state, value)
        case Mapping():
            _put(state, b"M", str(len(value)).encode())
            for name in sorted(value):
                _write(state, name)
                _write(state, value[name])
        case list() | tuple():
            _put(state, b"L", str(len(value)).encode())
            for item in value:
                _write(state, item)
        case set() | frozenset():
            _put(state, b"E", str(len(value)).encode())
            for item in sorted(value):
                _write(state, item)
        case _:
            raise TypeError(f"digest: cannot name a {type(value).__name__}.")


def _put(state: Any, tag: bytes, content: bytes) -> None:
    state.update(tag + struct.pack("<Q", len(content)))
    state.update(content)


def _write_array(state: Any, array: np.ndarray) -> None:
    if array.dtype.hasobject:
        raise TypeError("digest: cannot name an array of objects.")
    _put(state, b"A", f"{array.dtype.newbyteorder('<').str}{array.shape}".encode())
    array = np.atleast_1d(array)
    rows = max(1, _CHUNK // max(1, array[:1].nbytes))
    for start in range(0, len(array), rows):
        block = array[start : start + rows]
        state.update(np.ascontiguousarray(block, dtype=array.dtype.newbyteorder("<")).tobytes())
