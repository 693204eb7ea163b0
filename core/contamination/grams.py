"""n-grams of words that rows share with evaluation rows: found by 64-bit hashes, each hit confirmed on the words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .windows import Ints, Words, hashes_of, inside, one_after_the_other

_PAIRS = 4_000_000  # pairs of rows that are in memory at a time


@dataclass(frozen=True)
class Shared:
    """Of each row the evaluation row that it shares most with (-1: none), and how much of the two is shared."""

    place: Ints  # (n,)
    share: NDArray[np.float64]  # (n,) of the row's n-grams, those that occur in that evaluation row
    share_of_evaluation: NDArray[np.float64]  # (n,) the other way round


class GramIndex:
    """The n-grams of evaluation rows. A row of fewer than n words is one gram, which only its equal has."""

    def __init__(self, rows: Sequence[Words], n: int) -> None:
        self.n = n
        self._numbers: dict[str, int] = {}
        for words in rows:
            for word in words:
                self._numbers.setdefault(word, len(self._numbers) + 1)
        self._short: dict[tuple[str, ...], int] = {}
        for number, words in enumerate(rows):
            if 0 < len(words) < n:
                self._short.setdefault(tuple(words), number)
        self._ids, starts = one_after_the_other(rows, self._numbers)
        self._windows = np.maximum(np.diff(starts) - n + 1, 0)  # of each evaluation row
        places, homes = inside(starts, n)
        self._index(places, homes, len(rows))

    def _index(self, places: Ints, homes: Ints, rows: int) -> None:
        """Number the different grams, by hash, and list for each the rows that have it and how often."""
        hashes = hashes_of(self._ids, self.n)[places]
        order = np.argsort(hashes, kind="stable")
        hashes, places, homes = hashes[order], places[order], homes[order]
        another = np.ones(len(places), dtype=np.bool_)
        twins = np.flatnonzero(hashes[1:] == hashes[:-1])
        another[twins + 1] = ~self._equal(self._ids, places[twins], places[twins + 1])
        if (another[1:] & (hashes[1:] == hashes[:-1])).any():  # different grams of one hash: bring equal ones together
            words = self._ids[places[:, None] + np.arange(self.n)]
            order = np.lexsort((*words.T[::-1], hashes))
            hashes, places, homes, words = hashes[order], places[order], homes[order], words[order]
            another[1:] = (words[1:] != words[:-1]).any(axis=1)
        gram = np.cumsum(another) - 1
        self._hashes, self._first = hashes[another], places[another]
        pairs, self._often = np.unique(gram * max(rows, 1) + homes, return_counts=True)
        self._rows = pairs % max(rows, 1)
        self._starts = np.searchsorted(pairs // max(rows, 1), np.arange(len(self._first) + 1))

    def find(self, rows: Sequence[Words]) -> Shared:
        """What those rows share with the evaluation rows."""
        found = Shared(np.full(len(rows), -1, dtype=np.int64), np.zeros(len(rows)), np.zeros(len(rows)))
        for number, words in enumerate(rows):
            if 0 < len(words) < self.n and (place := self._short.get(tuple(words))) is not None:
                found.place[number], found.share[number], found.share_of_evaluation[number] = place, 1.0, 1.0
        ids, starts = one_after_the_other(rows, self._numbers)
        places, homes = inside(starts, self.n)
        unknown = np.concatenate([[0], np.cumsum(ids == 0)])
        known = unknown[places + self.n] == unknown[places]  # a word that no evaluation row has is in no shared gram
        places, homes = places[known], homes[known]
        keys, often = np.unique(self._hits(ids, places, homes), return_counts=True)
        grams = max(len(self._first), 1)
        self._count(keys // grams, keys % grams, often, np.maximum(np.diff(starts) - self.n + 1, 1), found)
        return found

    def _hits(self, ids: Ints, places: Ints, homes: Ints) -> Ints:
        """row * grams + gram, for every place at which one of the grams stands."""
        hashes = hashes_of(ids, self.n)[places]
        gram = np.searchsorted(self._hashes, hashes)
        found = []
        while len(places):
            there = gram < len(self._hashes)
            there[there] = self._hashes[gram[there]] == hashes[there]
            places, homes, gram, hashes = places[there], homes[there], gram[there], hashes[there]
            same = self._equal(ids, places, self._first[gram])
            found.append(homes[same] * len(self._first) + gram[same])
            gram = gram + 1  # the next one may have the same hash
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def _equal(self, ids: Ints, places: Ints, others: Ints) -> NDArray[np.bool_]:
        """Whether the n words from each place on are those of the evaluation rows from the other place on."""
        same = np.ones(len(places), dtype=np.bool_)
        for step in range(self.n):
            same &= ids[places + step] == self._ids[others + step]
        return same

    def _count(self, homes: Ints, grams: Ints, often: Ints, windows: Ints, found: Shared) -> None:
        """Keep of each row the evaluation row with which the greater of the two shares is greatest."""
        width = self._starts[grams + 1] - self._starts[grams]
        start = 0
        while start < len(homes):
            stop = int(np.searchsorted(np.cumsum(width[start:]), _PAIRS, side="right")) + start
            stop = int(np.searchsorted(homes, homes[max(stop - 1, start)], side="right"))  # the row to its end
            some, size = slice(start, stop), width[start:stop]
            within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
            pairs = np.repeat(self._starts[grams[some]], size) + within
            key = np.repeat(homes[some], size) * len(self._windows) + self._rows[pairs]
            both, place = np.unique(key, return_inverse=True)
            mine, other = both // len(self._windows), both % len(self._windows)
            share = np.bincount(place, np.repeat(often[some], size)) / windows[mine]
            of_other = np.bincount(place, self._often[pairs]) / self._windows[other]
            order = np.lexsort((other, -np.maximum(share, of_other), mine))
            best = order[np.unique(mine[order], return_index=True)[1]]
            found.place[mine[best]], found.share[mine[best]] = other[best], share[best]
            found.share_of_evaluation[mine[best]] = of_other[best]
            start = stop
