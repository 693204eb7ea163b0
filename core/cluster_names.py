"""Names for clusters that a person can read: three telling terms, and the row in the middle."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from .blocks import row_blocks
from .geometry import Space
from .stop_words import STOP_SIGNS, STOP_WORDS

TERMS = 3
_TEXTS = 300  # of a cluster that are read; more change the terms hardly and the time much
_LETTERS = 500  # of a text that are read: its beginning says what it is about
_CANDIDATES = 15
_LIFT = 1.2  # a term names a cluster only if it is so much commoner there than in all clusters together

# Chinese and Japanese are written without blanks: their terms are pairs of signs. Korean has blanks.
_SIGNS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_SIGNS}]+|[^\W\d_{_SIGNS}][^\W{_SIGNS}]+")
_SIGN = re.compile(f"[{_SIGNS}]")
_BREAK = re.compile(f"[{STOP_SIGNS}]")


@dataclass(frozen=True)
class ClusterNames:
    """A name and a middle row for each cluster, in order of label."""

    names: tuple[str, ...]
    medoids: tuple[int, ...]


def name_clusters(texts: Sequence[str] | None, space: Space, labels: NDArray[np.int32]) -> ClusterNames:
    """Names, each once, and medoids for the clusters 0 .. max(labels) of n rows; label -1 is in none.

    A name is the cluster's three most telling terms and holds only letters, digits and underscores. They are found by
    c-TF-IDF (Grootendorst 2022), with the log of a term's share in the cluster over its mean share in all clusters for
    the inverse frequency [ours]: that keeps words that are common everywhere out. At most 300 texts of a cluster are
    read, evenly spaced, and the first 500 letters of each; a text counts a term once. Words are lower-cased; Chinese
    and Japanese are counted by pairs of signs, and pairs that go together are joined; function words of seven languages
    are left out. The medoid is the row nearest to the mean direction of its cluster, of equals the first. Without
    texts, or where no term tells a cluster from the others, its name is its number, from 1.
    """
    members = _members(labels)
    medoids = tuple(_medoid(space, rows) for rows in members)
    terms = _telling_terms([_counted(texts, rows) for rows in members]) if texts is not None else [[] for _ in members]
    taken: Counter[str] = Counter()
    names = []
    for number, found in enumerate(terms, 1):
        name = ", ".join(found) or f"Cluster {number}"
        taken[name] += 1
        names.append(name if taken[name] == 1 else f"{name} ({taken[name]})")
    return ClusterNames(tuple(names), medoids)


def tokens(text: str) -> Iterator[str]:
    """The terms of a text that may name something: words and identifiers, lower-cased, and pairs of Chinese signs."""
    for found in _TOKEN.findall(text[:_LETTERS].casefold()):
        if _SIGN.match(found):
            for run in _BREAK.split(found):
                pairs = (run[i : i + 2] for i in range(len(run) - 1))
                yield from (pair for pair in pairs if pair not in STOP_WORDS)
        elif found not in STOP_WORDS:
            yield found


def _members(labels: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    order = np.argsort(labels, kind="stable").astype(np.int64)
    clusters = int(labels.max(initial=-1)) + 1
    edges = np.searchsorted(labels[order], np.arange(clusters + 1))
    return [order[edges[i] : edges[i + 1]] for i in range(clusters)]


def _medoid(space: Space, rows: NDArray[np.int64]) -> int:
    bytes_per_row = space.dim * 8
    total = np.zeros(space.dim)
    for block in row_blocks(len(rows), bytes_per_row):
        total += space.unit64(rows[block]).sum(axis=0)
    nearness = [space.unit64(rows[block]) @ total for block in row_blocks(len(rows), bytes_per_row)]
    return int(rows[np.round(np.concatenate(nearness) / len(rows), 12).argmax()])


def _counted(texts: Sequence[str], rows: NDArray[np.int64]) -> Counter[str]:
    """In how many of the texts that are read each term occurs, as shares scaled to 1,000 texts."""
    read = rows[np.linspace(0, len(rows) - 1, min(len(rows), _TEXTS)).astype(np.int64)]
    counts = Counter(chain.from_iterable(set(tokens(texts[row])) for row in read))
    return Counter(
        {term: round(1000 * count / len(read)) for term, count in counts.items() if count > 1 or len(read) < 5}
    )


def _telling_terms(shares: list[Counter[str]]) -> list[list[str]]:
    """Terms by share in their cluster times the log of how many times commoner they are there than on average."""
    overall: Counter[str] = Counter()
    for share in shares:
        overall.update(share)
    found = []
    for share in shares:
        lifts = {term: count * len(shares) / overall[term] for term, count in share.items()}
        if len(shares) > 1:
            weights = {term: count * math.log(lifts[term]) for term, count in share.items() if lifts[term] >= _LIFT}
        else:  # there is nothing to tell it from
            weights = dict(share)
        ranked = sorted(weights, key=lambda term: (-weights[term], term))[:_CANDIDATES]
        found.append(_without_echoes(_joined(ranked, share))[:TERMS])
    return found


def _joined(ranked: list[str], share: Counter[str]) -> list[str]:
    """Pairs of signs that overlap and are about as common become the longer word that they are pieces of."""
    left = list(ranked)
    joined = []
    while left:
        word = left.pop(0)
        common = share[word]
        grown = bool(_SIGN.match(word))
        while grown and len(word) < 6:
            grown = False
            for pair in left:
                if (
                    _SIGN.match(pair)
                    and 0.7 <= share[pair] / common <= 1.4
                    and (word[-1] == pair[0] or pair[1] == word[0])
                ):
                    word = word + pair[1] if word[-1] == pair[0] else pair[0] + word
                    left.remove(pair)
                    grown = True
                    break
        joined.append(word)
    return joined


def _without_echoes(words: list[str]) -> list[str]:
    """Without a word that only repeats one before it: its plural, its beginning, a piece of it."""
    kept: list[str] = []
    for word in words:
        if not any(_echo(word, other) for other in kept):
            kept.append(word)
    return kept


def _echo(word: str, other: str) -> bool:
    if _SIGN.match(word):
        return word[0] == other[-1] or word[-1] == other[0] or word in other
    short, long = sorted((word, other), key=len)
    return long.startswith(short) and len(long) - len(short) <= 2
