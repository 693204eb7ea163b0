"""One pass over all pairs of rows, from which every measure takes its share.

The similarities of a block of rows to all columns are computed once and, while they are in the processor's cache, read
by every share in turn. On a CUDA device the same shares read the block there.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats, Indices, multiply, row_blocks
from ..parallel import by_rows
from ..progress import Progress, silent

Totals = NDArray[np.float64]

_CHUNK_BYTES = 1536 << 10  # of similarities that one core works on at a time: they stay in its cache
_STRETCH = 4096  # numbers that are summed in float32: so few that nothing is lost
_LEAST_ROWS = 64  # of a block: a product of fewer rows waits for memory
ON_DEVICE_FROM = 2e9  # multiply-adds of a pass below which a device is not worth the transfer


class Share(ABC):
    """What one measure takes from the similarities of each row to all columns.

    A row's similarity to itself, where it is among the columns, is exactly 1.
    """

    spoils = False  # whether it changes what it is given
    keeps = False  # whether it is given all similarities at once, to keep

    @abstractmethod
    def begin(self, rows: int, columns: int) -> None:
        """Called once before the pass over rows x columns pairs."""

    def keep(self, similar: Floats) -> None:  # noqa: B027 - only a share that keeps has something to do here
        """Called before rows are taken where it `keeps`: the array that the rows it then takes are parts of."""

    @abstractmethod
    def take(self, rows: slice, similar: Floats, own: Indices | None) -> None:
        """Take what is wanted from (some rows, columns) similarities; `own` is each row's own column.

        Called from several threads, each with rows of its own.
        """

    @abstractmethod
    def take_on_device(self, rows: slice, similar: Any, own: Any) -> None:
        """The same for a torch tensor on its device; only ever called from one thread."""


def weighted(values: Floats, weights: Floats) -> Totals:
    """values @ weights, (rows,), in float64 but for stretches so short that float32 loses nothing."""
    total: Totals = np.zeros(len(values))
    if values.dtype == np.float64:
        return np.vecdot(values, weights, out=total)
    for start in range(0, values.shape[1], _STRETCH):
        total += np.vecdot(values[:, start : start + _STRETCH], weights[start : start + _STRETCH])
    return total


def over_pairs(
    left: Floats,
    right: Floats,
    shares: Sequence[Share],
    *,
    own: Indices | None = None,
    minus: Floats | None = None,
    progress: Progress = silent,
) -> None:
    """Let every share see left @ right.T, (rows, columns), block by block.

    Args:
        left: (rows, d), right: (columns, d), of one dtype.
        own: (rows,) the column that a row itself is, where it is one.
        minus: (columns,) taken from the similarities to each column.
    """
    readers, spoilers = [s for s in shares if not s.spoils], [s for s in shares if s.spoils]
    for share in shares:
        share.begin(len(left), len(right))
    run = _on_cpu
    if len(left) * right.size >= ON_DEVICE_FROM and (device := _device()) != "cpu":
        run = partial(_on_device, device)
    run(
        left,
        right,
        [*readers, *spoilers],
        own,
        minus,
        lambda done: progress(done / len(left), f"Comparing pairs: {done:,} of {len(left):,} rows"),
    )


def _on_cpu(
    left: Floats,
    right: Floats,
    shares: Sequence[Share],
    own: Indices | None,
    minus: Floats | None,
    report: Any,
) -> None:
    keepers = [share for share in shares if share.keeps]
    out: Floats | None = None
    for rows in [slice(0, len(left))] if keepers else _blocks(len(left), len(right) * left.itemsize):
        if out is None:
            out = np.empty((rows.stop - rows.start, len(right)), dtype=left.dtype)
        block = out[: rows.stop - rows.start]
        multiply(left[rows], right.T, out=block)
        for share in keepers:
            share.keep(block)
        by_rows(partial(_share_out, block, rows.start, shares, own, minus, bool(keepers)), len(block))
        report(rows.stop)


def _share_out(
    block: Floats,
    start: int,
    shares: Sequence[Share],
    own: Indices | None,
    minus: Floats | None,
    kept: bool,
    some: slice,
) -> None:
    for within in row_blocks(some.stop - some.start, block.shape[1] * block.itemsize, _CHUNK_BYTES):
        chunk = block[some.start + within.start : some.start + within.stop]
        first = start + some.start + within.start
        rows = slice(first, first + len(chunk))
        mine = None if own is None else own[rows]
        if minus is not None:
            chunk -= minus
        elif mine is not None:
            chunk[np.arange(len(chunk)), mine] = 1
        for number, share in enumerate(shares):
            last = number == len(shares) - 1 and not kept
            share.take(rows, chunk.copy() if share.spoils and not last else chunk, mine)


def _on_device(
    device: str,
    left: Floats,
    right: Floats,
    shares: Sequence[Share],
    own: Indices | None,
    minus: Floats | None,
    report: Any,
) -> None:
    import torch

    with torch.inference_mode():
        there = torch.tensor(np.asarray(right), device=device)
        less = None if minus is None else torch.tensor(minus, device=device)
        for rows in _blocks(len(left), len(right) * left.itemsize):
            block = torch.tensor(np.asarray(left[rows]), device=device) @ there.T
            mine = None if own is None else torch.tensor(own[rows], device=device)
            if less is not None:
                block -= less
            elif mine is not None:
                block[torch.arange(len(block), device=device), mine] = 1
            for share in shares:
                share.take_on_device(rows, block, mine)
            report(rows.stop)


def _blocks(rows: int, bytes_per_row: int) -> Any:
    return row_blocks(rows, bytes_per_row, least=_LEAST_ROWS)


def _device() -> str:
    """The device that passes run on: CUDA where there is one, else the CPU (MPS has no float64)."""
    from ..devices import choose_device

    wanted = os.environ.get("GAMUT_DEVICE") or None
    device = choose_device(wanted)
    return device if device.startswith("cuda") else "cpu"
