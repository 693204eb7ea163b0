"""Rows of tokens side by side: which go together, and how they are filled up to one length."""

from collections.abc import Sequence
from typing import Any


def batches(lengths: Sequence[int], tokens: int) -> list[slice]:
    """Stretches of rows in falling order of length, each of about that many tokens with its padding."""
    found, start = [], 0
    while start < len(lengths):
        stop = min(len(lengths), start + max(1, tokens // max(1, lengths[start])))
        found.append(slice(start, stop))
        start = stop
    return found


def padded(rows: Sequence[Sequence[int]], *, fill: int = 0, left: bool = False) -> tuple[Any, Any]:
    """The tokens and which of them count, tensors (rows, longest) of int64; `left`: filled up before the tokens."""
    import torch

    longest = max(map(len, rows))
    tokens = torch.full((len(rows), longest), fill, dtype=torch.long)
    mask = torch.zeros((len(rows), longest), dtype=torch.long)
    for number, row in enumerate(rows):
        where = slice(longest - len(row), longest) if left else slice(0, len(row))
        tokens[number, where] = torch.tensor(list(row), dtype=torch.long)
        mask[number, where] = 1
    return tokens, mask
