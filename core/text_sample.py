"""What a metric reads where there is too much text to read: seeded random rows, or runs of rows, and saying so.

Estimates are for metrics whose value does not move with the number of rows. Those that fall with every row read all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np

from .blocks import Indices
from .errors import UserError
from .params import Help
from .text_lengths import about_how_long

EXACT_UP_TO = 400_000_000  # characters, some 70 million words of English: half a minute of cutting on one core
GROUPS = 20  # of what was read, by whose spread an estimate's interval goes
RUNS = 100  # of neighbouring rows, for metrics that read the rows in their order

Exact = Annotated[bool, Help("Read every row, also where there is too much text to do so in a minute or two.")]


@dataclass(frozen=True)
class Sample:
    """The texts that a metric reads of those that it was given."""

    texts: Sequence[str]
    estimated: bool
    details: Mapping[str, Any]  # how many rows of how many were read, where not all
    groups: tuple[Indices, ...] = field(default=(), repr=False)  # where not all: these rows, dealt out at random
    share: float = 1.0  # of the rows that were read
    rows: Indices | None = field(default=None, repr=False)  # where not all: which of all texts these are
    length: int = 1  # of a run: those rows of which row // length is the same are one

    def interval(
        self, value: float, of: Callable[[Indices], float], drawn: tuple[float, float] | None = None
    ) -> dict[str, Any]:
        """`interval` and `interval_kind` of an estimate: how far it may be from the value of all rows; else nothing.

        Each group is measured by itself: runs that were drawn at random vary among groups as they do among samples.
        `drawn` is the interval of a value that comes of random draws: both are off by as much.
        """
        if not self.estimated:
            return {}
        try:
            values = np.array([of(rows) for rows in self.groups])
            halves = [of(np.sort(np.concatenate(self.groups[half::2]))) for half in (0, 1)] if len(values) > 1 else []
        except UserError as refusal:
            return {"interval_kind": f"no interval: a part of what was read has no value ({refusal})"}
        if len(values) < 2:
            return {"interval_kind": "no interval: too little was read to tell how it varies"}
        from scipy.special import stdtrit

        unread, parts = 1 - self.share, len(values)
        reach = float(stdtrit(parts - 1, 0.995)) * float(values.std(ddof=1)) * np.sqrt(unread / parts)
        # A value that is off by as much as there is less text is off by as much again on half of it.
        shift = unread * (value - float(np.mean(halves)))
        kind = f"99 %: how far the estimate may be from the value of all rows, by the spread of {parts} parts"
        reach += 0.0 if drawn is None else (drawn[1] - drawn[0]) / 2
        ends = min(value, value + shift) - reach, max(value, value + shift) + reach
        return {"interval": ends, "interval_kind": kind}


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
    if exact or 2 * int(about_how_long(texts).sum()) <= limit:  # were they twice as long, they would all be read
        return Sample(texts, False, {})
    characters = sum(map(len, texts))
    if characters <= limit:
        return Sample(texts, False, {})
    wanted = max(1, len(texts) * limit // characters)
    length = max(1, wanted // runs) if runs else 1
    blocks = -(-len(texts) // length)
    dealt = np.random.default_rng(seed).permutation(blocks)[: max(1, wanted // length)]
    chosen = np.sort(dealt)
    rows = (chosen[:, None] * length + np.arange(length)).ravel()
    rows = rows[rows < len(texts)]
    group = np.empty(blocks, dtype=np.int64)
    group[dealt] = np.arange(len(dealt)) % GROUPS
    of = group[rows // length]
    groups = tuple(np.flatnonzero(of == number).astype(np.int64) for number in range(min(GROUPS, len(dealt))))
    read = [texts[row] for row in rows.tolist()]
    details = {"rows_read": len(read), "rows": len(texts)}
    return Sample(read, True, details, groups, len(read) / len(texts), rows.astype(np.int64), length)
