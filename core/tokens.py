"""Texts as tokens: the one tokenizer of all lexical metrics, and tokens as numbers that numpy can count.

A token is a word of any script with its marks and inner apostrophes (don't), an identifier (parse_rows2), a number
(3.14), a single CJK ideograph, or an operator (==, ->, +), all lower-cased. Punctuation is no token, nor is the hyphen
inside a word. Texts are cut many at a time, as arrays of bytes; a regular expression takes eight times as long. Where
numba is at hand, or there is text enough to be worth its start, `cutting` does the same much faster, on all cores.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count, pairwise
from threading import Event, Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import characters as char
from .errors import UserError
from .progress import Progress, silent
from .text_lengths import about_how_long

if TYPE_CHECKING:
    from pyarrow import LargeBinaryArray

CHUNK = 1 << 20  # characters that are cut at a time: their arrays stay in the processor's cache
COMPILED_FROM = 80_000_000  # characters: fewer are cut before numba is imported and has compiled, or read, its part
NO_WORDS = "The texts hold no words, numbers or operators to count."
_LINE = b"\n"  # stands between texts: no token reaches over it
_kept: "list[tuple[tuple[str, ...], Tokens]]" = []  # compared text by text: these are mostly the very same
_lock = Lock()  # sessions are threads
_compiled = Event()  # set once the compiled part has been used: nobody waits for a warm-up that is under way


@dataclass(frozen=True, eq=False)
class Tokens:
    """Tokens of n texts in order, as numbers: equal tokens have equal numbers, counted from 0 as they first appear."""

    ids: NDArray[np.int32]  # (tokens,)
    ends: NDArray[np.int64]  # (n,) where each text ends in `ids`
    kinds: int  # number of different tokens

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How often each kind occurs, (kinds,)."""
        found = np.zeros(self.kinds, dtype=np.int64)
        for start in range(0, len(self), CHUNK):  # bincount makes eight bytes of every token
            found += np.bincount(self.ids[start : start + CHUNK], minlength=self.kinds)
        return found

    def of_rows(self, rows: NDArray[np.int64]) -> "Tokens":
        """The tokens of some of the texts, numbered anew."""
        starts = np.concatenate([[0], self.ends[:-1]])
        parts = [self.ids[starts[row] : self.ends[row]] for row in rows]
        kinds, ids = np.unique(np.concatenate([np.empty(0, np.int32), *parts]), return_inverse=True)
        ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
        return Tokens(ids.astype(np.int32), ends, len(kinds))

    def sorted_by_count(self, places: NDArray[np.int64]) -> NDArray[np.int32]:
        """The kinds at those places among all tokens, numbered and sorted by how often each kind occurs.

        Draws of places are thus draws of tokens, and the order of the texts has no part in them.
        """
        return self._sorted_ids[places]

    @cached_property
    def _sorted_ids(self) -> NDArray[np.int32]:
        return np.repeat(np.arange(self.kinds, dtype=np.int32), np.sort(self.counts)[::-1])


def tokens_of(texts: Sequence[str], progress: Progress = silent) -> Tokens:
    """The tokens of all texts; kept, so that metrics of the same texts share them.

    Raises:
        UserError: there is no token in any text.
    """
    progress(0.0, "Cutting texts into words")
    key = tuple(texts)
    found = known_tokens(key)
    if found is None:  # outside the lock: cutting may take long, and may be cancelled
        found, _ = _cut(key, progress)
    with _lock:
        _kept[:] = [(key, found), *((other, tokens) for other, tokens in _kept if tokens is not found)][:2]
    if not len(found):
        raise UserError(NO_WORDS)
    return found


def known_tokens(texts: Sequence[str]) -> Tokens | None:
    """The tokens of all texts where they are kept; None where the texts would have to be cut."""
    key = tuple(texts)
    with _lock:
        known = list(_kept)
    return next((tokens for same, tokens in known if same == key), None)


def numbered(texts: Iterable[Iterable[str]]) -> Tokens:
    """Tokens from texts that are already cut into words."""
    number: defaultdict[str, int] = defaultdict(count().__next__)
    ids: list[int] = []
    ends: list[int] = []
    for words in texts:
        ids.extend(map(number.__getitem__, words))
        ends.append(len(ids))
    return Tokens(np.array(ids, dtype=np.int32), np.array(ends, dtype=np.int64), len(number))


def words_of(text: str) -> list[str]:
    """The tokens of one text, in order.

    >>> words_of("Don't print(x_1 == 3.14) in well-known 图书馆!")  # doctest: +NORMALIZE_WHITESPACE
    ["don't", 'print', 'x_1', '==', '3.14', 'in', 'well', 'known', '图', '书', '馆']
    """
    found, kinds = _cut([text])
    words = [word.decode() for word in kinds.to_pylist()]
    return [words[number] for number in found.ids.tolist()]


def _cut(texts: Sequence[str], progress: Progress = silent) -> "tuple[Tokens, LargeBinaryArray]":
    """The tokens of the texts, and the word that each kind is, in UTF-8."""
    if numba_at_hand() or sum(map(len, texts)) >= COMPILED_FROM:
        return _cut_compiled(texts, progress)
    return _cut_as_arrays(texts, progress)


def numba_at_hand() -> bool:
    """Whether this process has what is compiled of the work on tokens, so that using it costs nothing."""
    return _compiled.is_set()


def warm_up() -> None:
    """Load what is compiled, or compile it where that was never done; it is used from now on."""
    from .stretches import count_stretches

    count_stretches(np.zeros(1, np.int32), 0.5, np.zeros(1, np.int32), 1, 0, 0)
    _cut_compiled(["Words"])


def _cut_compiled(texts: Sequence[str], progress: Progress = silent) -> "tuple[Tokens, LargeBinaryArray]":
    from .cutting import cut_all

    def report(done: int) -> None:
        progress(done / len(texts), f"Cut {done:,} of {len(texts):,} texts into words")

    ids, ends, vocabulary = cut_all([chunk for _, chunk in chunks_of(texts)], report)
    _compiled.set()
    found = Tokens(ids, ends, vocabulary.kinds)
    found.__dict__["counts"] = vocabulary.counts  # words were counted as they were met
    return found, vocabulary.words()


def _cut_as_arrays(texts: Sequence[str], progress: Progress = silent) -> "tuple[Tokens, LargeBinaryArray]":
    import pyarrow as pa

    numbers: list[NDArray[np.int32]] = []
    ends: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
    kinds: list[LargeBinaryArray] = []
    tokens = 0
    for done, chunk in chunks_of(texts):
        progress(done / len(texts), f"Cut {done:,} of {len(texts):,} texts into words")
        words, stops = _words(chunk)
        ends.append(tokens + stops)
        tokens += len(words)
        coded = words.dictionary_encode()  # numbers of its own for every chunk, as they first appear
        numbers.append(coded.indices.to_numpy())
        kinds.append(coded.dictionary)
    every = pa.concat_arrays([pa.array([], pa.large_binary()), *kinds]).dictionary_encode()
    common = np.split(every.indices.to_numpy(), np.cumsum([len(words) for words in kinds]))
    ids = [np.zeros(0, dtype=np.int32), *(same[number] for same, number in zip(common, numbers, strict=False))]
    found = Tokens(np.concatenate(ids), np.concatenate(ends), len(every.dictionary))
    return found, every.dictionary


def chunks_of(texts: Sequence[str]) -> Iterator[tuple[int, Sequence[str]]]:
    """The texts in pieces of about CHUNK characters, each with the number of texts before it."""
    sizes = np.cumsum(about_how_long(texts) + 1) // CHUNK
    starts = [0, *(np.flatnonzero(np.diff(sizes)) + 1).tolist(), len(texts)] if len(texts) else []
    for start, stop in pairwise(starts):
        yield start, texts[start:stop]


def _words(texts: Sequence[str]) -> "tuple[LargeBinaryArray, NDArray[np.int64]]":
    """The tokens of the texts in a row, in UTF-8, and where each text ends among them."""
    import pyarrow as pa

    parts = [text.lower().replace("\u2019", "'").encode("utf-8", "surrogatepass") for text in texts]
    content = _LINE + _LINE.join(parts) + _LINE
    inside, begins = _borders(content)
    ends = np.cumsum(np.fromiter((len(part) + 1 for part in parts), dtype=np.int64, count=len(parts)))
    stops = np.searchsorted(np.flatnonzero(begins), ends)
    kept = np.frombuffer(content, dtype=np.uint8)[inside]
    starts = np.append(np.flatnonzero(begins[inside]), len(kept))
    buffers = [None, pa.py_buffer(starts), pa.py_buffer(kept)]
    return pa.Array.from_buffers(pa.large_binary(), len(starts) - 1, buffers), stops


def _borders(content: bytes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which bytes are in a token, and which are the first of one; `content` begins and ends with a line."""
    classes = char.classes_of(content)
    inside = classes < char.OTHER
    special = np.flatnonzero(classes > char.OTHER)
    which, before, after = classes[special], classes[special - 1], classes[special + 1]
    joins = (which == char.MARK) | ((which == char.APOSTROPHE) & ((after == char.LETTER) | (after == char.IDEOGRAPH)))
    joins |= (which == char.POINT) & (before == char.DIGIT) & (after == char.DIGIT)
    first, run = _runs(special[joins])
    inside[special[joins][(before[joins][first] < char.OTHER)[run]]] = True  # what follows a letter is of its word
    begins = inside.copy()
    begins[1:] &= ~inside[:-1]

    signs = which >= char.HYPHEN
    place, sign = special[signs], which[signs]
    first, run = _runs(place)
    if len(first):
        # A lone ! or : is punctuation, and so is a hyphen between letters.
        operator = np.logical_or.reduceat(sign != char.BANG, first)
        hyphen = (sign[first] == char.HYPHEN) & (np.diff(first, append=len(place)) == 1)
        operator &= ~(hyphen & _in_names(before[signs][first]) & _in_names(after[signs][first]))
        begins[place[first[operator]]] = True
        inside[place[operator[run]]] = True

    ideographs = special[(which == char.IDEOGRAPH) | (which == char.UNASSIGNED)]
    inside[ideographs] = True
    begins[ideographs[char.leads(np.frombuffer(content, dtype=np.uint8)[ideographs])]] = True
    return inside, begins


def _runs(places: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where each run of neighbouring places begins in `places`, and the run that each of them is in."""
    begins = np.diff(places, prepend=-2) != 1
    return np.flatnonzero(begins), np.cumsum(begins) - 1


def _in_names(classes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.isin(classes, (char.LETTER, char.UNDERSCORE, char.IDEOGRAPH))
