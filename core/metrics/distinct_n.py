"""Distinct-n: the share of n-grams that are different ones."""

from typing import Annotated

import numpy as np

from ..errors import UserError
from ..params import Help, Range
from ..tokens import Tokens, tokens_of
from . import Axiom, Measured, metric


@metric(
    title="Distinct-n",
    formula=r"\frac{\text{different }n\text{-grams}}{n\text{-grams}}",
    source="Li et al. 2016, arXiv 1510.03055; n-grams inside a text only, counted over all texts",
    says="Which share of all runs of n words are different runs.",
    rewards="Wording that is not repeated.",
    overlooks="Meaning: a paraphrase in new words scores as high as a new subject.",
    size="Falls with every text: compare at equal n and equal lengths only.",
    cost="tokens, n sorts",
    least=1,
    unit="share, 0 to 1",
    obeys={Axiom.ORDER, Axiom.COPY},
)
def distinct_n(
    texts: list[str],
    *,
    n: Annotated[int, Range(1, 20), Help("Tokens in a row.")] = 2,
) -> Measured:
    """Different n-grams over all n-grams.

    >>> distinct_n(texts=["a rose is a rose", "is a rose"]).value  # three of six
    0.5

    Raises:
        UserError: no text has n tokens.
    """
    return distinct_share(tokens_of(texts), n)


def distinct_share(text: Tokens, n: int) -> Measured:
    """The share of different n-grams of tokens that do not cross from one text to the next."""
    left = np.repeat(text.ends, np.diff(text.ends, prepend=0)) - np.arange(len(text))  # tokens to the end of the text
    total = int((left >= n).sum())
    if not total:
        raise UserError(f"No text has {n} tokens in a row. Use a smaller n.")
    grams, kinds = text.ids, text.kinds
    for more in range(1, n):
        starts = left[: len(grams) - 1] > more
        pairs = grams[:-1] * text.kinds + text.ids[more:]
        found, pairs[starts] = np.unique(pairs[starts], return_inverse=True)
        grams, kinds = pairs, len(found)
    return Measured(kinds / total, details={"different": kinds, "all": total})
