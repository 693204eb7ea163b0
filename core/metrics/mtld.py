"""MTLD: how many tokens it takes, on average, until the vocabulary is used up."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..params import Help, Range
from ..progress import Progress, part, silent
from ..text_sample import EXACT_UP_TO, Exact, random_runs
from ..tokens import CHUNK, Tokens, numba_at_hand, tokens_of
from . import Measured, metric


@metric(
    title="MTLD",
    formula=r"\frac12\Big(\frac{W}{F_\rightarrow}+\frac{W}{F_\leftarrow}\Big),\quad "
    r"F=\text{stretches until TTR}\le0.72",
    source="McCarthy & Jarvis 2010; the last, unfinished stretch counts in part",
    matches="lexicalrichness, given the same tokens; OpenDataArena strips punctuation and lower-cases before it.",
    says="How many words in a row stay varied before words repeat too often.",
    rewards="Varied wording from word to word.",
    overlooks="Repetition between texts that are far apart in the file.",
    size="Nearly none; depends on the order of the rows.",
    length="Falls as texts grow longer, by much: a text repeats its own words.",
    by_length=True,
    cost="tokens",
    range="any number from 1; the number of tokens where none repeats",
    least=1,
    unit="tokens a stretch",
    obeys=frozenset(),
)
def mtld(
    texts: list[str],
    progress: Progress = silent,
    *,
    threshold: Annotated[float, Range(0.01, 0.99), Help("The ratio at which a stretch ends.")] = 0.72,
    exact: Exact = False,
) -> Measured:
    """Mean length of stretches that keep the type-token ratio above the threshold, read forwards and backwards.

    Where no token repeats it is the number of tokens. Estimated from a hundred or so random runs of neighbouring rows,
    one after the other, where there are over 400 million characters.

    >>> mtld(texts=["a a b b a a b b"]).value
    2.0
    """
    read = random_runs(texts, EXACT_UP_TO, exact=exact)
    found = tokens_of(read.texts, part(progress, 0.0, 0.3))
    value = mean_stretch(found, threshold, part(progress, 0.3, 1.0))
    interval = read.interval(value, lambda rows: mean_stretch(found.of_rows(rows), threshold))
    return Measured(value, details={"tokens": len(found), **read.details}, estimated=read.estimated, **interval)


def mean_stretch(text: Tokens, threshold: float, progress: Progress = silent) -> float:
    """The mean of the forward and the backward pass, over all texts in a row."""
    if text.kinds == len(text):
        return float(len(text))
    forward = _stretches(text.ids, text.kinds, threshold, part(progress, 0.0, 0.5))
    backward = _stretches(text.ids[::-1], text.kinds, threshold, part(progress, 0.5, 1.0))
    return (len(text) / forward + len(text) / backward) / 2


def _stretches(ids: NDArray[np.int32], every: int, threshold: float, progress: Progress) -> float:
    read = _read_compiled if numba_at_hand() else _read
    last = np.zeros(every, dtype=np.int32)  # the stretch in which each kind was last met
    stretch, kinds, tokens = 1, 0, 0
    for start in range(0, len(ids), CHUNK):
        progress(start / len(ids), f"Read {start:,} of {len(ids):,} words")
        stretch, kinds, tokens = read(ids[start : start + CHUNK], threshold, last, stretch, kinds, tokens)
    return stretch - 1 + ((1 - kinds / tokens) / (1 - threshold) if tokens else 0.0)


def _read(
    ids: NDArray[np.int32], threshold: float, last: NDArray[np.int32], stretch: int, kinds: int, tokens: int
) -> tuple[int, int, int]:
    """What `count_stretches` does, where numba would cost more than it saves."""
    met = set(np.flatnonzero(last == stretch).tolist()) if kinds else set()
    for kind in ids.tolist():
        tokens += 1
        met.add(kind)
        if len(met) / tokens <= threshold:
            stretch += 1
            tokens = 0
            met.clear()
    last[list(met)] = stretch
    return stretch, len(met), tokens


def _read_compiled(
    ids: NDArray[np.int32], threshold: float, last: NDArray[np.int32], stretch: int, kinds: int, tokens: int
) -> tuple[int, int, int]:
    from ..stretches import count_stretches

    return count_stretches(np.ascontiguousarray(ids), threshold, last, stretch, kinds, tokens)
