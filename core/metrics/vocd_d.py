"""vocd-D: the parameter of the curve by which the type-token ratio falls in ever larger samples."""

from dataclasses import replace
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..draws import interval_of_draws
from ..errors import UserError
from ..params import Help, Range
from ..progress import Progress, silent
from ..text_sample import EXACT_UP_TO, Exact, random_rows
from ..tokens import Tokens, tokens_of
from . import Axiom, Measured, metric

SIZES = range(35, 51)
_DRAWS = 100
_MOST = 1e6  # where all samples hold different tokens only, D has no bound


@metric(
    title="vocd-D",
    formula=r"\mathrm{TTR}(N)=\frac DN\Big(\sqrt{1+2\tfrac ND}-1\Big),\quad N=35..50",
    source="Malvern et al. 2004; McCarthy & Jarvis 2010; 100 random samples for each N, least squares",
    says="How rich the vocabulary is, freed from the length of the text.",
    rewards="Many different words in any fifty.",
    overlooks="Meaning, and everything rarer than one word in fifty.",
    size="Nearly none.",
    cost="tokens",
    range="0.001 to 1000000; some 10 to 100 for prose",
    least=1,
    unit="D",
    obeys={Axiom.ORDER},
    matches="The definition, drawn from all words together. lexicalrichness draws and fits in the same way, without a "
    "seed: the two agree within the noise of the draws, given the same tokens.",
)
def vocd_d(
    texts: list[str],
    progress: Progress = silent,
    *,
    repeats: Annotated[int, Range(1, 1000), Help("Times that all samples are drawn; D is their mean.")] = 3,
    seed: Annotated[int, Range(0, 2**31), Help("Seed of the samples.")] = 0,
    exact: Exact = False,
) -> Measured:
    """Mean D over the repeats, their standard deviation in `details["sd"]`; a million where no token ever repeats.

    Every token is equally likely to be drawn; from random rows only where there are over 400 million characters.

    >>> round(vocd_d(texts=["a rose is a rose is a rose"] * 8).value, 3)  # N tokens always hold the same three kinds
    0.116

    Raises:
        UserError: the texts have fewer than 50 tokens.
    """
    read = random_rows(texts, EXACT_UP_TO, exact=exact, seed=seed)
    words = tokens_of(read.texts, progress)
    found = _mean_of_draws(words, repeats, seed)
    interval = read.interval(
        found.value, lambda rows: _mean_of_draws(words.of_rows(rows), repeats, seed).value, found.interval
    )
    return replace(found, estimated=read.estimated, details={**found.details, **read.details}, **interval)


def _mean_of_draws(text: Tokens, repeats: int, seed: int) -> Measured:
    if len(text) < SIZES[-1]:
        raise UserError(f"vocd-D draws {SIZES[-1]} tokens at a time, and the texts have {len(text)}. Use more text.")
    rng = np.random.default_rng(seed)
    ratios = np.empty((repeats, len(SIZES)))
    for column, size in enumerate(SIZES):
        drawn = np.sort(text.sorted_by_count(_positions(rng, len(text), repeats * _DRAWS, size)), axis=1)
        kinds = 1 + (drawn[:, 1:] != drawn[:, :-1]).sum(axis=1)
        ratios[:, column] = kinds.reshape(repeats, _DRAWS).mean(axis=1) / size
    fitted = np.array([fit(row) for row in ratios])
    return Measured(
        float(fitted.mean()),
        details={"sd": float(fitted.std()), "tokens": len(text)},
        **interval_of_draws(fitted, "repeats of all draws"),
    )


def fit(ratios: NDArray[np.float64]) -> float:
    """The D whose curve is nearest to the type-token ratios at 35..50 tokens, by least squares."""
    from scipy.optimize import minimize_scalar

    sizes = np.array(SIZES, dtype=np.float64)

    def misfit(log_d: float) -> float:
        d = np.exp(log_d)
        # 2 / (sqrt(1 + 2 N / D) + 1) is the curve without the loss of digits at large D
        return float(((2 / (np.sqrt(1 + 2 * sizes / d) + 1) - ratios) ** 2).sum())

    bounds = (np.log(1e-3), np.log(_MOST))
    return float(np.exp(minimize_scalar(misfit, bounds=bounds, method="bounded", options={"xatol": 1e-10}).x))


def _positions(rng: np.random.Generator, n: int, samples: int, size: int) -> NDArray[np.int64]:
    """`samples` draws of `size` different positions below n, every set equally likely."""
    if n < size * size:  # most draws with replacement would meet a position twice
        return rng.random((samples, n)).argpartition(size - 1, axis=1)[:, :size]
    found = rng.integers(n, size=(samples, size))
    while True:
        ordered = np.sort(found, axis=1)
        again = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not len(again):
            return found
        found[again] = rng.integers(n, size=(len(again), size))
