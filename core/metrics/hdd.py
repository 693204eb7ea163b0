"""HD-D: the type-token ratio that a sample of 42 tokens can be expected to have."""

from typing import Annotated

import numpy as np

from ..errors import UserError
from ..params import Help, Range
from ..progress import Progress, silent
from ..text_sample import EXACT_UP_TO, Exact, random_rows
from ..tokens import Tokens, tokens_of
from . import Axiom, Measured, metric


@metric(
    title="HD-D",
    formula=r"\frac1m\sum_t\Big(1-\binom{W-f_t}{m}\Big/\binom Wm\Big)",
    source="McCarthy & Jarvis 2007: what vocd-D estimates, computed exactly",
    matches="lexicalrichness, given the same tokens; OpenDataArena strips punctuation and lower-cases before it.",
    says="Which share of 42 words drawn from all texts are different words, on average.",
    rewards="Many different words in any forty.",
    overlooks="Meaning, and everything rarer than one word in forty.",
    size="Nearly none.",
    length="Hardly moves: its words are drawn from all texts together.",
    cost="tokens",
    range="0 to 1",
    least=1,
    unit="share",
    obeys={Axiom.ORDER},
)
def hdd(
    texts: list[str],
    progress: Progress = silent,
    *,
    draws: Annotated[int, Range(1, 10_000), Help("Tokens in the sample.")] = 42,
    exact: Exact = False,
) -> Measured:
    """Expected type-token ratio of `draws` tokens drawn without replacement.

    Estimated from random rows where there are over 400 million characters.

    >>> round(hdd(texts=["a b a b"], draws=2).value, 6)  # a second token differs from the first in 2 of 3 draws
    0.833333

    Raises:
        UserError: the texts have fewer tokens than that.
    """
    read = random_rows(texts, EXACT_UP_TO, exact=exact)
    found = tokens_of(read.texts, progress)
    details = {"tokens": len(found), **read.details}
    value = expected_ratio(found, draws)
    interval = read.interval(value, lambda rows: expected_ratio(found.of_rows(rows), draws))
    return Measured(value, details=details, estimated=read.estimated, **interval)


def expected_ratio(text: Tokens, draws: int) -> float:
    """The type-token ratio of a sample of that many tokens, averaged over all samples there are."""
    total = len(text)
    if total < draws:
        raise UserError(f"HD-D draws {draws} tokens, and the texts have {total}. Use more text or fewer draws.")
    counts, times = np.unique(text.counts, return_counts=True)
    missed = np.ones(len(counts))  # the chance that none of the draws is of that kind
    for drawn in range(draws):
        missed *= np.maximum(total - counts - drawn, 0) / (total - drawn)
    return float((times * (1 - missed)).sum() / draws)
