"""What a metric reads where there is too much text to read: seeded random rows, or runs of rows, and saying so.

Estimates are for metrics whose value does not move with the number of rows. Those that fall with every row read all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from .params import Help

EXACT_UP_TO = 400_000_000  # characters, some 70 million words of English: half a minute of cutting on one core
RUNS = 100  # of neighbouring rows, for metrics that read the rows in their order

Exact = Annotated[bool, Help("Read every row, also where there is too much text to do so in a minute or two.")]


@dataclass(frozen=True)
class Sample:
    """The texts that a metric reads of those that it was given."""

    texts: Sequence[str]
    estimated: bool
    details: Mapping[str, Any]  # how many rows of how many were read, where not all


def random_rows(texts: Sequence[str], limit: int, *, exact: bool, seed: int = 0) -> Sample:
    """All texts up to `limit` characters, or seeded random ones of about that length together, in their order.

    Every row is equally likely to be read, so that every token is.
    """
    return _blocks(texts, limit, None, exact, seed)


def random_runs(texts: Sequence[str], limit: int, *, exact: bool, seed: int = 0) -> Sample:
    """All texts up to `limit` characters, or seeded random runs of neighbouring ones, in their order.

    The texts are cut into stretches of equally many rows, of which random ones are read.
    """
    return _blocks(texts, limit, RUNS, exact, seed)


def _blocks(texts: Sequence[str], limit: int, runs: int | None, exact: bool, seed: int) -> Sample:
    """As many of the texts as `limit` allows, in that many runs of neighbours, or (None) one by one."""
    characters = sum(map(len, texts))
    if exact or characters <= limit:
        return Sample(texts, False, {})
    wanted = max(1, len(texts) * limit // characters)
    length = max(1, wanted // runs) if runs else 1
    blocks = -(-len(texts) // length)
    chosen = np.sort(np.random.default_rng(seed).permutation(blocks)[: max(1, wanted // length)])
    read = [text for block in chosen.tolist() for text in texts[block * length : (block + 1) * length]]
    return Sample(read, True, {"rows_read": len(read), "rows": len(texts)})
