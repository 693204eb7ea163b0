"""Scores of answers by a causal language model, over the tokens of the answer alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..digest import digest
from ..progress import Progress, silent
from ..store import Store
from .examples import Example
from .language_model import LanguageModel

VERSION = 1
_TOKENS = {"cpu": 2048, "cuda": 32768, "mps": 8192}  # of a batch, with its padding
_STRETCH = 512  # rows between two entries in the store: what a cancel can cost

Score = Literal["log_perplexity", "ifd"]
SCORES: dict[Score, str] = {
    "log_perplexity": "Mean of minus the log-probability of the answer's tokens given what was said before, in nats. "
    "High: the model finds the answer hard, or it is noise.",
    "ifd": "Perplexity of the answer given what was said before, over its perplexity alone (Li et al. 2024). High: the "
    "prompt helps little; above 1 it does harm, and such rows are usually dropped.",
}


@dataclass(frozen=True)
class AnswerScores:
    """Scores of each row, NaN where there is none, and why.

    given: mean loss of the answer's tokens given what stands before. alone: without it. counted: tokens that are
    scored. truncated: the answer was cut where the model's context ends. no_room: what stands before fills the context
    alone. empty: there is no answer. All (n,).
    """

    given: NDArray[np.float64]
    alone: NDArray[np.float64]
    counted: NDArray[np.int64]
    truncated: NDArray[np.bool_]
    no_room: NDArray[np.bool_]
    empty: NDArray[np.bool_]

    def of(self, score: Score) -> NDArray[np.float64]:
        """That score of every row, (n,), NaN where there is none."""
        return self.given if score == "log_perplexity" else np.asarray(np.exp(self.given - self.alone))

    def notes(self) -> list[str]:
        """What was cut or could not be scored, in sentences."""
        words = {
            "answers were cut where the model's context ends, and are scored so far": self.truncated,
            "rows have no score: what stands before the answer fills the model's context": self.no_room,
            "rows have no score: there is no answer": self.empty,
        }
        return [f"{int(rows.sum()):,} of {len(rows):,} {what}." for what, rows in words.items() if rows.any()]


def score_answers(
    examples: Sequence[Example],
    model: LanguageModel,
    *,
    alone: bool = True,
    store: Store | None = None,
    progress: Progress = silent,
) -> AnswerScores:
    """The scores of all answers by `model`; with a store, what a cancel leaves is gone on from.

    The answer is scored as it stands, without an end token. Where the tokenizer has neither a begin nor an end token
    to stand before an answer alone, its first token counts in neither loss. A text longer than the context is cut at
    its end, in both losses alike.

    Args:
        alone: whether the answers are scored without what stands before, too, as `ifd` needs.
    """
    n = len(examples)
    before = [model.prompt_tokens(each) for each in examples]
    answers = [model.answer_tokens(each) for each in examples]
    room = np.array([model.context - len(tokens) for tokens in before])
    wanted = np.array([len(tokens) for tokens in answers])
    empty, no_room = wanted == 0, (wanted > 0) & (room < 1)
    answers = [tokens[: max(0, space)] for tokens, space in zip(answers, room, strict=True)]
    start = [] if model.start is None else [model.start]
    given, single = np.full(n, np.nan), np.full(n, np.nan)
    counted = np.array([max(0, len(tokens) - (not start)) for tokens in answers])
    rows = np.flatnonzero(counted > 0)
    order = rows[np.argsort([-(len(before[row]) + len(answers[row])) for row in rows], kind="stable")]
    total, done = max(1, len(order)), 0
    for first in range(0, len(order), _STRETCH):
        some = order[first : first + _STRETCH].tolist()
        pairs = [(before[row], answers[row]) for row in some]
        found = _kept(store, model, "given", pairs, skip=not start)
        given[some] = found
        if alone:
            single[some] = _kept(store, model, "alone", [(start, answers[row]) for row in some], skip=not start)
        done += len(some)
        progress(done / total, f"Scored {done:,} of {total:,} answers")
    cut = (wanted > np.maximum(room, 0)) & ~no_room & ~empty
    return AnswerScores(given, single, counted, cut, no_room, empty)


Pairs = list[tuple[list[int], list[int]]]


def _kept(store: Store | None, model: LanguageModel, what: str, pairs: Pairs, *, skip: bool) -> NDArray[np.float64]:
    """Mean loss of each answer, from the store where it is known."""
    if store is None:
        return _mean_losses(model, pairs, skip)
    key = digest(
        "answer losses", VERSION, model.key, str(model.dtype), what, skip, [[list(a), list(b)] for a, b in pairs]
    )
    if (known := store.load(key)) is not None:
        return np.array(known[1]["losses"])
    found = _mean_losses(model, pairs, skip)
    store.save(key, {}, losses=found)
    return found


def _mean_losses(model: LanguageModel, pairs: Pairs, skip: bool) -> NDArray[np.float64]:
    found = np.empty(len(pairs))
    for batch in _batches([len(a) + len(b) for a, b in pairs], _TOKENS[model.device.partition(":")[0]]):
        for row, losses in zip(batch, model.losses([pairs[row] for row in batch]), strict=True):
            # Without a start token the first token has a loss only where something stands before: it never counts.
            found[row] = losses[1:].mean() if skip and pairs[row][0] else losses.mean()
    return found


def _batches(lengths: list[int], tokens: int) -> list[range]:
    """Stretches of rows in falling order of length, each of about that many tokens with its padding."""
    found, start = [], 0
    while start < len(lengths):
        stop = min(len(lengths), start + max(1, tokens // max(1, lengths[start])))
        found.append(range(start, stop))
        start = stop
    return found
