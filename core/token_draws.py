"""Draws of tokens: numbers of the tokens at any places among all, where the order of the rows has no part.

Texts stand in the order of their `text_keys`, so that draws of places with one seed are draws of the same tokens
however the rows are sorted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import UserError
from .progress import Progress, silent
from .text_keys import text_keys
from .tokens import CHUNK, COMPILED_FROM, NO_WORDS, Tokens, chunks_of, known_tokens, numba_at_hand, tokens_of

Numbered = Callable[[NDArray[np.int64]], NDArray[np.int64]]  # the tokens at ascending places, in the order of rows


@dataclass(frozen=True, eq=False)
class Drawable:
    """Tokens of n texts that are drawn from."""

    lengths: NDArray[np.int64]  # (n,) tokens of each text
    keys: NDArray[np.uint64]  # (n,)
    numbered: Numbered

    def __len__(self) -> int:
        return int(self.lengths.sum())

    def by_rows(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """From ascending places, texts in the order of their keys, those of the same tokens by rows."""
        order = np.argsort(self.keys)  # of equal texts either is first: they hold the same tokens
        return _moved(places, self.lengths[order], _starts(self.lengths)[order])

    def of_rows(self, rows: NDArray[np.int64]) -> "Drawable":
        """The tokens of some of the texts, in ascending order."""
        lengths, starts = self.lengths[rows], _starts(self.lengths)[rows]
        return Drawable(lengths, self.keys[rows], lambda places: self.numbered(_moved(places, lengths, starts)))


def _starts(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.cumsum(lengths) - lengths


def _moved(places: NDArray[np.int64], lengths: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ascending places among texts one after the other, moved to where those texts really begin."""
    ends = np.cumsum(lengths)
    return places + np.repeat(starts - ends + lengths, np.diff(np.searchsorted(places, ends), prepend=0))


def drawable(texts: Sequence[str], progress: Progress = silent) -> Drawable:
    """The texts to draw tokens from; only what is drawn is looked up where they are not cut yet and that is faster.

    Raises:
        UserError: there is no token in any text.
    """
    progress(0.0, "Cutting texts into words")
    tokens = known_tokens(texts)
    if not numba_at_hand():
        return of_tokens(tokens or tokens_of(texts, progress), text_keys(texts))
    from .token_places import keys_of, places_of

    def report(done: int) -> None:
        progress(done / len(texts), f"Found the words of {done:,} of {len(texts):,} texts")

    chunks = [chunk for _, chunk in chunks_of(texts)]
    if tokens is None and len(chunks) * CHUNK < COMPILED_FROM:  # of more text it would be much to keep
        places = places_of(chunks, report)
        if not places.lengths.any():
            raise UserError(NO_WORDS)
        return Drawable(places.lengths, places.keys, places.numbered)
    return of_tokens(tokens or tokens_of(texts, progress), keys_of(chunks, report))


def of_tokens(tokens: Tokens, keys: NDArray[np.uint64]) -> Drawable:
    """Tokens of texts that are cut, with the keys of the texts."""
    return Drawable(np.diff(tokens.ends, prepend=0), keys, lambda places: tokens.ids[places].astype(np.int64))
