"""Distinct-n: the share of n-grams that are different ones."""

from typing import Annotated

import numpy as np

from ..errors import UserError
from ..params import Help, Range
from ..progress import Progress, silent
from ..tokens import Tokens, tokens_of
from . import Axiom, Measured, metric

_LARGEST = 2**63 - 1


@metric(
    title="Distinct-n",
    formula=r"\frac{\text{different }n\text{-grams}}{n\text{-grams}}",
    source="Li et al. 2016, arXiv 1510.03055; n-grams inside a text only, counted over all texts",
    matches="The definition, within each text. The program of Shaib et al. sums the orders up to n and counts across "
    "the borders of texts.",
    says="Which share of all runs of n words are different runs.",
    rewards="Wording that is not repeated.",
    overlooks="Meaning: a paraphrase in new words scores as high as a new subject.",
    size="Falls with every text: compare at equal n and equal lengths only.",
    length="Falls as texts grow longer: more of their runs of words repeat.",
    by_length=True,
    cost="tokens, one sort; one more for every two or three n above 3",
    range="0 to 1",
    least=1,
    unit="share",
    obeys={Axiom.ORDER, Axiom.COPY},
)
def distinct_n(
    texts: list[str],
    progress: Progress = silent,
    *,
    n: Annotated[int, Range(1, 20), Help("Tokens in a row.")] = 2,
) -> Measured:
    """Different n-grams over all n-grams; always of all texts, since the share falls with every one of them.

    >>> distinct_n(texts=["a rose is a rose", "is a rose"]).value  # three of six
    0.5

    Raises:
        UserError: no text has n tokens.
    """
    return distinct_share(tokens_of(texts, progress), n)


def distinct_share(text: Tokens, n: int) -> Measured:
    """The share of different n-grams of tokens that do not cross from one text to the next."""
    starts = np.ones(len(text), dtype=bool)  # whether an n-gram begins here and ends in the same text
    for back in range(1, n):
        places = text.ends - back
        starts[places[places >= 0]] = False
    total = int(np.count_nonzero(starts))
    if not total:
        raise UserError(f"No text has {n} tokens in a row. Use a smaller n.")
    grams, kinds = text.ids.astype(np.int64), text.kinds
    for more in range(1, n):
        if kinds > _LARGEST // text.kinds:  # the next numbers would not fit
            found, grams = np.unique(grams, return_inverse=True)
            kinds = len(found)
        grams = grams[:-1] * text.kinds + text.ids[more:]
        kinds *= text.kinds
    chosen = np.sort(grams[starts[: len(grams)]])
    different = 1 + int(np.count_nonzero(chosen[1:] != chosen[:-1]))
    return Measured(different / total, details={"different": different, "all": total})
