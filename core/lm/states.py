"""Texts as a language model holds them: the mean of the states of a text's tokens, after some of its blocks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..digest import digest
from ..progress import Progress, part, silent
from ..store import Store
from .batching import batches
from .language_model import LanguageModel

VERSION = 1
_STRETCH = 512  # texts between two entries in the store: what a cancel can cost


def mean_states(
    texts: Sequence[str],
    model: LanguageModel,
    layer: int,
    *,
    store: Store | None = None,
    progress: Progress = silent,
) -> NDArray[np.float32]:
    """The mean state of the tokens of each text after `layer` blocks, (n, d); NaN of a text without any token.

    The token that stands before a text, where the tokenizer has one, is seen and not counted [ours]: in many models
    its state is a hundred times as long as any other, and the mean would tell the length of the text. A text beyond
    the model's context is cut at its end: `cut_texts` tells which, and the last message how many.

    Args:
        layer: 0 is what goes into the first block.

    Raises:
        UserError: a layer that the model does not have.
    """
    start = [] if model.start is None else [model.start]
    rows = _tokens(texts, model, part(progress, 0, 0.05))
    room = model.context - len(start)
    cut = sum(len(row) > room for row in rows)
    rows = [[*start, *row[:room]] if row else [] for row in rows]
    order = sorted((row for row in range(len(rows)) if rows[row]), key=lambda row: -len(rows[row]))
    found = np.full((len(rows), int(model.config.get_text_config().hidden_size)), np.nan, dtype=np.float32)
    for first in range(0, len(order), _STRETCH):
        some = order[first : first + _STRETCH]
        share = part(progress, 0.05 + 0.95 * first / len(order), 0.05 + 0.95 * (first + len(some)) / len(order))
        said = f"Read {first:,} of {len(order):,} texts"
        found[some] = _kept([rows[row] for row in some], model, layer, len(start), store, share, said)
    if order:
        told = f"; {cut:,} of them were cut where the model's context ends" if cut else ""
        progress(1, f"Read {len(order):,} texts{told}")
    return found


def cut_texts(texts: Sequence[str], model: LanguageModel, *, progress: Progress = silent) -> NDArray[np.bool_]:
    """Which texts are longer than `mean_states` reads, (n,)."""
    room = model.context - (model.start is not None)
    return np.array([len(row) > room for row in _tokens(texts, model, progress)], dtype=np.bool_)


def _tokens(texts: Sequence[str], model: LanguageModel, progress: Progress) -> list[list[int]]:
    found = []
    for row, text in enumerate(texts):
        if row % _STRETCH == 0:
            progress(row / len(texts), f"Split {row:,} of {len(texts):,} texts into tokens")
        found.append(model.text_tokens(text))
    return found


def _kept(
    rows: list[list[int]],
    model: LanguageModel,
    layer: int,
    skip: int,
    store: Store | None,
    progress: Progress,
    said: str,
) -> NDArray[np.float32]:
    """The mean states of rows in falling order of length, from the store where they are known."""
    lengths = [len(row) for row in rows]
    tokens = np.array([token for row in rows for token in row], dtype=np.int64)
    key = digest("mean states", VERSION, model.key, str(model.dtype), layer, skip, lengths, tokens)
    if store is not None and (known := store.load(key)) is not None:
        return np.array(known[1]["states"])
    parts = []
    for some in batches(lengths, model.tokens_at_once):
        progress(some.start / len(rows), said)
        parts.append(model.states(rows[some], layer, skip=skip))
    found = np.concatenate(parts)
    if store is not None:
        store.save(key, {}, states=found)
    return found
