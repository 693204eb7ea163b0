"""An embedding under way, in a folder that tells how far it is: what a cancel or a kill leaves is built upon.

The different texts are embedded in order of falling length, so a number says which of them are done. Nothing of it
depends on the clock but how much is done between two entries in the record: batches, and with them the last bits of
the vectors, are the same whether the work was interrupted or not.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .encoders import Encoder, batches_of, tokens_read
from .errors import UserError
from .progress import Progress, part
from .store import read_json, write_json

_STRETCH = 3.0  # seconds of work between two entries in the record: what a kill can cost
_COUNTING = 0.03  # share of the progress bar that counting tokens takes


class Unfinished:
    """An embedding under way: the unique texts in order of length, and how many of them are done."""

    def __init__(self, texts: Sequence[str], encoder: Encoder, partial: Path) -> None:
        self.encoder = encoder
        self.partial = partial
        first: dict[str, int] = {}
        self.original = np.array([first.setdefault(text, row) for row, text in enumerate(texts)], dtype=np.int64)
        self.rows = np.fromiter(first.values(), dtype=np.int64, count=len(first))  # of each unique text
        self.texts = list(first)
        self.n = len(texts)
        self.copies = self.n - len(first)

    def go_on(self, progress: Progress) -> None:
        """Embed what is not embedded yet; `vectors` then holds every row, and `truncated` how many were cut off."""
        limit = self.encoder.max_tokens
        counts = self._counts(part(progress, 0, _COUNTING))
        self.truncated = int((counts[np.searchsorted(self.rows, self.original)] > limit).sum()) if limit else 0
        costs = tokens_read(counts, limit)
        order = np.argsort(-costs, kind="stable")
        self.vectors = self._map()
        self._embed(order, costs[order], part(progress, _COUNTING, 1))
        copies = np.flatnonzero(self.original != np.arange(self.n))
        for start in range(0, len(copies), 1 << 14):
            rows = copies[start : start + (1 << 14)]
            self.vectors[rows] = self.vectors[self.original[rows]]
        self.vectors.flush()

    def move_to(self, done: Path) -> None:
        """Put the folder in its place, without what only the work needed."""
        for name in ("counts.npy", "record", "lock"):
            (self.partial / name).unlink()
        self.partial.replace(done)

    def _counts(self, progress: Progress) -> NDArray[np.int64]:
        """Tokens of each unique text; kept, so that a resumed run has the same order."""
        path = self.partial / "counts.npy"
        if path.exists():
            return np.asarray(np.load(path, allow_pickle=False), dtype=np.int64)
        counts = self.encoder.token_counts(self.texts, progress)
        draft = path.with_name("draft.npy")
        np.save(draft, counts, allow_pickle=False)
        draft.replace(path)
        return counts

    def _map(self) -> np.memmap[tuple[int, int], np.dtype[np.float32]]:
        path = self.partial / "vectors.npy"
        shape = (self.n, self.encoder.dim)
        if path.exists():
            return np.lib.format.open_memmap(path, mode="r+")
        draft = path.with_name("draft.npy")
        np.lib.format.open_memmap(draft, mode="w+", dtype=np.float32, shape=shape).flush()
        draft.replace(path)
        return np.lib.format.open_memmap(path, mode="r+")

    def _embed(self, order: NDArray[np.int64], costs: NDArray[np.int64], progress: Progress) -> None:
        """Write the vectors of the texts in that order, a stretch of about `_STRETCH` seconds at a time."""
        record = self.partial / "record"
        before = int(read_json(record)) if record.exists() else 0
        batches = [batch for batch in batches_of(costs, self.encoder.batch_tokens) if batch.stop > before]
        report = _Report(costs, before, self.copies, progress)
        while batches:
            count = report.batches_in(_STRETCH, self.encoder.batch_tokens)
            stretch = slice(batches[0].start, batches[: max(1, count)][-1].stop)
            chosen = order[stretch]
            found = self.encoder.encode([self.texts[i] for i in chosen], report.within(stretch))
            if not np.isfinite(found).all():
                row = self.rows[chosen[np.flatnonzero(~np.isfinite(found).all(axis=1))[0]]] + 1
                raise UserError(
                    f"The encoder {self.encoder.name} gave a vector that is not finite for row {row}. "
                    "Leave that row out, or choose another encoder."
                )
            self.vectors[self.rows[chosen]] = found
            self.vectors.flush()
            write_json(record, stretch.stop)
            batches = [batch for batch in batches if batch.start >= stretch.stop]


class _Report:
    """How far an embedding is, in words, with the time left reckoned by tokens: the long texts go first."""

    def __init__(self, costs: NDArray[np.int64], before: int, copies: int, progress: Progress) -> None:
        self.spent = np.concatenate([[0], np.cumsum(costs)])
        self.before = before
        self.kind = "different texts" if copies else "texts"
        self.progress = progress
        self.start = time.monotonic()
        self.rate = 0.0  # tokens a second

    def batches_in(self, seconds: float, tokens: int) -> int:
        """How many batches of that many tokens take that many seconds; a few while that is not known."""
        return int(self.rate * seconds / tokens) if self.rate else 8

    def within(self, stretch: slice) -> Progress:
        """The progress of encoding one stretch, whose share is a share of its tokens."""
        first, last = int(self.spent[stretch.start]), int(self.spent[stretch.stop])

        def report(share: float, _: str) -> None:
            self._tell(first + share * (last - first))

        return report

    def _tell(self, tokens: float) -> None:
        seconds = max(time.monotonic() - self.start, 1e-9)
        total = int(self.spent[-1])
        texts = int(np.searchsorted(self.spent, tokens, side="right")) - 1
        self.rate = (tokens - int(self.spent[self.before])) / seconds
        left = f", about {_duration((total - tokens) / self.rate)} left" if tokens < total and self.rate else ""
        self.progress(
            tokens / total,
            f"Embedded {texts:,} of {len(self.spent) - 1:,} {self.kind}, "
            f"{(texts - self.before) / seconds:,.0f}/s{left}",
        )


def _duration(seconds: float) -> str:
    """Seconds as a person says them: 40 s, 3 min, 1 h 20 min."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
