"""Whether compared sets have texts of such different lengths that metrics which move with it mislead."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import UserError
from .metrics import METRICS
from .params import resolve
from .tokens import tokens_of

if TYPE_CHECKING:
    from .compared import Comparison

# Stretches of 400 public texts that are so many times longer have an MTLD lower by 11 %, a compression ratio by 1.7 %,
# a distinct-2 by 1.5 %; the standard errors of the last two are some 0.5 %.
APART = 1.25
_ENOUGH = 2000  # texts of which the words are counted


def median_words(texts: Sequence[str] | None) -> float | None:
    """The median number of words of a text, of many texts that of seeded ones; None where there are no texts.

    >>> median_words(["one", "one two three", "one two"]), median_words(["!"]), median_words(None)
    (2.0, 0.0, None)
    """
    if texts is None:
        return None
    if len(texts) > _ENOUGH:
        rows = np.random.default_rng(0).choice(len(texts), _ENOUGH, replace=False)
        texts = [texts[row] for row in np.sort(rows)]
    try:
        return float(np.median(np.diff(tokens_of(texts).ends, prepend=0)))
    except UserError:  # there is no word in any of them
        return 0.0


def caution(
    metric: str,
    params: Mapping[str, Any],
    size: int,
    names: tuple[str, str],
    words: tuple[float | None, float | None],
) -> str:
    """What is to be minded of that metric of two sets for the length of their texts, "" where there is nothing.

    Args:
        size: rows of each that are compared.
        words: the median words of a text in each.
    """
    if None in words:
        return ""
    (short, _), (long, name) = sorted(zip(words, names, strict=True))
    assert short is not None
    assert long is not None
    if long <= short * APART or not METRICS[metric].moves_with_length(short * size, params):
        return ""
    return f"texts {long / short:.3g} times as long in {name}" if short else f"longer texts in {name}"


def length_warnings(comparison: "Comparison") -> list[str]:
    """One warning that names the metrics which move with the length of texts, where it differs; or none."""
    moved = list(dict.fromkeys(each.metric for each in comparison.verdicts if comparison.caution(each)))
    if not moved:
        return []
    known = [(words, name) for words, name in zip(comparison.words, comparison.names, strict=True) if words is not None]
    (few, short), (many, long) = min(known), max(known)
    titles = [METRICS[name].title for name in moved]
    still = [
        METRICS[name].title
        for name in METRICS
        if METRICS[name].length
        and not METRICS[name].moves_with_length(few * comparison.size, _params(comparison, name))
    ]
    return [
        f"{_listed(titles)} {'move' if len(titles) > 1 else 'moves'} with the length of texts, and texts differ in "
        f"length by more than {APART} times here (median words of a text: {few:,g} in {short}, {many:,g} in "
        f"{long}): part of any difference is due to that. {_listed(still)} hardly move with it."
    ]


def _params(comparison: "Comparison", name: str) -> Mapping[str, Any]:
    return comparison.params.get(name) or resolve(METRICS[name].params, {}, name)


def _listed(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
