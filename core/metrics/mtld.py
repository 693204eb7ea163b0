"""MTLD: how many tokens it takes, on average, until the vocabulary is used up."""

from collections.abc import Iterable
from typing import Annotated

from ..params import Help, Range
from ..tokens import Tokens, tokens_of
from . import metric


@metric(
    title="MTLD",
    formula=r"\frac12\Big(\frac{W}{F_\rightarrow}+\frac{W}{F_\leftarrow}\Big),\quad "
    r"F=\text{stretches until TTR}\le0.72",
    source="McCarthy & Jarvis 2010; the last, unfinished stretch counts in part",
    says="How many words in a row stay varied before words repeat too often.",
    rewards="Varied wording from word to word.",
    overlooks="Repetition between texts that are far apart in the file.",
    size="Nearly none; depends on the order of the rows.",
    cost="tokens",
    least=1,
    unit="tokens a stretch",
    obeys=frozenset(),
)
def mtld(
    texts: list[str],
    *,
    threshold: Annotated[float, Range(0.01, 0.99), Help("The ratio at which a stretch ends.")] = 0.72,
) -> float:
    """Mean length of stretches that keep the type-token ratio above the threshold, read forwards and backwards.

    Where no token repeats it is the number of tokens.

    >>> mtld(texts=["a a b b a a b b"]).value
    2.0
    """
    return mean_stretch(tokens_of(texts), threshold)


def mean_stretch(text: Tokens, threshold: float) -> float:
    """The mean of the forward and the backward pass, over all texts in a row."""
    if text.kinds == len(text):
        return float(len(text))
    ids = text.ids.tolist()
    return (len(ids) / _stretches(ids, threshold) + len(ids) / _stretches(reversed(ids), threshold)) / 2


def _stretches(ids: Iterable[int], threshold: float) -> float:
    seen: set[int] = set()
    tokens = 0
    stretches = 0.0
    for kind in ids:
        tokens += 1
        seen.add(kind)
        if len(seen) / tokens <= threshold:
            stretches += 1
            tokens = 0
            seen.clear()
    return stretches + ((1 - len(seen) / tokens) / (1 - threshold) if tokens else 0.0)
