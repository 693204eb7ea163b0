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
from ..token_draws import Drawable, drawable
from . import Axiom, Measured, metric

SIZES = range(35, 51)
_DRAWS = 100
_AT_ONCE = 4  # repeats whose draws are looked up together: they stay in the processor's cache
_CROWDED = 500  # tokens; among so few, fifty places would be drawn again many times
_MOST = 1e6  # where all samples hold different tokens only, D has no bound


@metric(
    title="vocd-D",
    formula=r"\mathrm{TTR}(N)=\frac DN\Big(\sqrt{1+2\tfrac ND}-1\Big),\quad N=35..50",
    source="Malvern et al. 2004; McCarthy & Jarvis 2010; 100 random samples for each N, least squares",
    says="How rich the vocabulary is, freed from the length of the text.",
    rewards="Many different words in any fifty.",
    overlooks="Meaning, and everything rarer than one word in fifty.",
    size="Nearly none.",
    length="Hardly moves: its words are drawn from all texts together.",
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
    words = drawable(read.texts, progress)
    found = _mean_of_draws(words, repeats, seed)
    interval = read.interval(
        found.value, lambda rows: _mean_of_draws(words.of_rows(rows), repeats, seed).value, found.interval
    )
    return replace(found, estimated=read.estimated, details={**found.details, **read.details}, **interval)


def _mean_of_draws(text: Drawable, repeats: int, seed: int) -> Measured:
    if len(text) < SIZES[-1]:
        raise UserError(f"vocd-D draws {SIZES[-1]} tokens at a time, and the texts have {len(text)}. Use more text.")
    rng = np.random.default_rng(seed)
    ratios = np.concatenate([_ratios(text, min(_AT_ONCE, repeats - done), rng) for done in range(0, repeats, _AT_ONCE)])
    fitted = np.array([fit(row) for row in ratios])
    return Measured(
        float(fitted.mean()),
        details={"sd": float(fitted.std()), "tokens": len(text)},
        **interval_of_draws(fitted, "repeats of all draws"),
    )


def _ratios(text: Drawable, repeats: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Mean type-token ratio of the draws of each size, (repeats, sizes)."""
    sizes = np.repeat(SIZES, repeats * _DRAWS)
    bits = len(sizes).bit_length()  # a place and its sample are one number
    ordered = _places(rng, len(text), sizes) if len(text) > _CROWDED else _few_places(rng, len(text), sizes)
    # sorted again by where tokens are: what is near in memory is looked at together
    ordered = np.sort(text.by_rows(ordered >> bits) << bits | ordered & (1 << bits) - 1)
    pairs = np.sort((ordered & (1 << bits) - 1) << 48 | text.numbered(ordered >> bits))
    kinds = np.bincount(pairs[np.diff(pairs, prepend=-1) != 0] >> 48, minlength=len(sizes))
    found: NDArray[np.float64] = kinds.reshape(len(SIZES), repeats, _DRAWS).mean(axis=2).T / SIZES
    return found


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


def _places(rng: np.random.Generator, n: int, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each sample so many different places below n, every set equally likely; place and sample, by place."""
    bits = len(sizes).bit_length()
    sample = np.repeat(np.arange(len(sizes)), sizes)
    ordered = np.sort(rng.integers(n, size=len(sample)) << bits | sample)
    while len(twice := np.flatnonzero(ordered[1:] == ordered[:-1])):  # those places are drawn again
        anew = np.sort(rng.integers(n, size=len(twice)) << bits | ordered[twice] & (1 << bits) - 1)
        ordered = np.delete(ordered, twice)
        ordered = np.insert(ordered, np.searchsorted(ordered, anew), anew)
    return ordered


def _few_places(rng: np.random.Generator, n: int, sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same where most draws with replacement would meet a place twice."""
    bits = len(sizes).bit_length()
    found = [rng.random(n).argpartition(size - 1)[:size] << bits | sample for sample, size in enumerate(sizes)]
    return np.sort(np.concatenate(found))
