"""Passing over many rows in blocks that fit into memory, and the matrix product that does the work."""

import platform
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Indices = NDArray[np.int64]

BLOCK_BYTES = 64 << 20
_SMALL = 2e8  # multiply-adds below which starting torch is not worth it
_STRIP = 512  # rows of a matrix that are multiplied by those up to them


def row_blocks(n: int, bytes_per_row: int, limit: int | None = None, *, least: int = 1) -> Iterator[slice]:
    """Slices that cover n rows, each of at most `limit` bytes (BLOCK_BYTES by default) and of at least `least` rows."""
    size = max(least, min(n, (BLOCK_BYTES if limit is None else limit) // max(1, bytes_per_row)))
    for start in range(0, n, size):
        yield slice(start, min(n, start + size))


def multiply(left: Floats, right: Floats, out: Floats | None = None) -> Floats:
    """left @ right by the fastest way this machine has, into `out` where given; both of one dtype."""
    if left.shape[0] * right.size < _SMALL:
        return np.matmul(left, right, out=out)
    if out is None:
        out = np.empty((left.shape[0], right.shape[1]), dtype=left.dtype)
    if (
        left.ctypes.data == right.ctypes.data
        and left.shape == right.shape[::-1]
        and left.strides == right.strides[::-1]
    ):
        _multiply_by_itself(left, out)
    else:
        _multiply(left, right, out)
    return out


def _multiply(left: Floats, right: Floats, out: Floats) -> None:
    if numpy_is_faster():
        np.matmul(left, right, out=out)
        return
    import torch

    with torch.inference_mode():
        torch.mm(_tensor(left), _tensor(right), out=torch.from_numpy(out))


def _multiply_by_itself(rows: Floats, out: Floats) -> None:
    """rows @ rows.T, symmetric to the last bit: one half is worked out, and mirrored while it is in the cache."""
    above = np.triu(np.ones((_STRIP, _STRIP), dtype=bool), 1)
    for some in row_blocks(len(rows), 1, _STRIP):
        _multiply(rows[some], rows[: some.stop].T, out[some, : some.stop])
        out[: some.start, some] = out[some, : some.start].T
        square = out[some, some]
        np.copyto(square, square.T.copy(), where=above[: len(square), : len(square)])


@cache
def numpy_is_faster() -> bool:
    """Whether numpy's OpenBLAS beats torch's MKL: on processors of AMD by more than half, on those of Intel not."""
    name = platform.processor()
    if (told := Path("/proc/cpuinfo")).exists():
        name = told.read_text(encoding="utf-8", errors="replace")
    blas: Any = np.show_config(mode="dicts")
    return "AuthenticAMD" in name and "openblas" in str(blas["Build Dependencies"]["blas"]["name"])


def products(rows: Floats, point: Floats) -> Floats:
    """rows @ point on this thread alone: for a few thousand rows waking other threads costs more than the work."""
    found: Floats = np.einsum("ij,j->i", rows, point)
    return found


def _tensor(array: Floats) -> Any:
    import torch

    return torch.from_numpy(array if array.flags.writeable else np.asarray(_Writable(array)))


class _Writable:
    """A read-only array shown to torch as writable, which it asks for and, multiplying, does not use."""

    def __init__(self, array: Floats) -> None:
        self.array = array
        address, _ = array.__array_interface__["data"]
        self.__array_interface__ = {**array.__array_interface__, "data": (address, False)}
