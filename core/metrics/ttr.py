"""Type-token ratio: the share of tokens that are different words."""

from dataclasses import replace
from typing import Annotated

import numpy as np

from ..draws import interval_of_draws
from ..params import Help, Range
from ..progress import Progress, silent
from ..text_sample import EXACT_UP_TO, Exact, random_rows
from ..tokens import Tokens, tokens_of
from . import Axiom, Measured, metric


@metric(
    title="TTR",
    formula=r"\frac{\text{different tokens}}{\text{tokens}}",
    source="standard (Templin 1957); on samples of equal size, since the raw ratio falls with every token [ours]",
    matches="lexicalrichness, given the same tokens. It drops digits and reads a run of Chinese as one word; Gamut "
    "does neither.",
    says="Which share of a sample of words are different words.",
    rewards="A rich vocabulary.",
    overlooks="Meaning: a paraphrase in new words scores as high as a new subject.",
    size="On samples: none. On the whole text (tokens = none): falls with every token.",
    length="On samples: hardly moves. On the whole text (tokens = none, or fewer words than a sample): falls as texts "
    "grow longer.",
    by_length=lambda words, tokens, **_: tokens is None or words < tokens,
    cost="tokens",
    range="0 to 1",
    least=1,
    unit="share",
    obeys={Axiom.ORDER},
)
def ttr(
    texts: list[str],
    progress: Progress = silent,
    *,
    tokens: Annotated[int | None, Range(1, 10_000_000), Help("Tokens in a sample; none is the whole text.")] = 1000,
    samples: Annotated[int, Range(1, 10_000), Help("Samples whose mean is taken.")] = 100,
    seed: Annotated[int, Range(0, 2**31), Help("Seed of the samples.")] = 0,
    exact: Exact = False,
) -> Measured:
    """Mean type-token ratio of seeded samples without replacement; of the whole text where it is no longer than that.

    The whole text is read whole; samples are drawn from random rows where there are over 400 million characters.

    >>> ttr(texts=["the cat saw the dog"], tokens=None).value
    0.8
    """
    # The ratio of a whole text falls with every token: none but the whole tells it.
    read = random_rows(texts, EXACT_UP_TO, exact=exact or tokens is None, seed=seed)
    words = tokens_of(read.texts, progress)
    found = _ratio(words, tokens, samples, seed)
    interval = read.interval(
        found.value, lambda rows: _ratio(words.of_rows(rows), tokens, samples, seed).value, found.interval
    )
    return replace(found, estimated=read.estimated, details={**found.details, **read.details}, **interval)


def _ratio(text: Tokens, tokens: int | None, samples: int, seed: int) -> Measured:
    if tokens is None or tokens >= len(text):
        return Measured(text.kinds / len(text), details={"tokens": len(text), "kinds": text.kinds})
    rng = np.random.default_rng(seed)
    draws = (rng.choice(len(text), tokens, replace=False, shuffle=False) for _ in range(samples))
    ratios = np.array([len(np.unique(text.sorted_by_count(places))) for places in draws]) / tokens
    return Measured(
        float(ratios.mean()),
        details={"tokens": len(text), "kinds": text.kinds, "sd": float(ratios.std())},
        **interval_of_draws(ratios, f"samples of {tokens:,}"),
    )
