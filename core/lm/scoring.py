"""Scores of answers by a causal language model, over the tokens of the answer alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..digest import digest
from ..progress import Progress, part, silent
from ..store import Store
from .examples import Example
from .generating import generate
from .language_model import LanguageModel

VERSION = 1
_GENERATED = 2  # the same of generated answers
_TOKENS = {"cpu": 2048, "cuda": 32768, "mps": 8192}  # of a batch, with its padding
_STRETCH = 512  # rows between two entries in the store: what a cancel can cost

Score = Literal["log_perplexity", "ifd", "generation_gap"]
SCORES: dict[Score, str] = {
    "log_perplexity": "Mean of minus the log-probability of the answer's tokens given what was said before, in nats. "
    "High: the model finds the answer hard, or it is noise.",
    "ifd": "Perplexity of the answer given what was said before, over its perplexity alone (Li et al. 2024). High: the "
    "prompt helps little; above 1 it does harm, and such rows are usually dropped.",
    "generation_gap": "Log-perplexity of the answer less that of the answer which the model gives itself. High: the "
    "answer is not what the model would say.",
}


@dataclass(frozen=True)
class AnswerScores:
    """Scores of each row, NaN where there is none, and why.

    given: mean loss of the answer's tokens given what stands before. alone: without it. generated: that of the model's
    own answer. counted: tokens that are scored. truncated: the answer was cut where the model's context ends.
    no_room: what stands before fills the context alone. empty: there is no answer. All (n,).
    """

    given: NDArray[np.float64]
    alone: NDArray[np.float64]
    generated: NDArray[np.float64]
    counted: NDArray[np.int64]
    truncated: NDArray[np.bool_]
    no_room: NDArray[np.bool_]
    empty: NDArray[np.bool_]

    def of(self, score: Score) -> NDArray[np.float64]:
        """That score of every row, (n,), NaN where there is none."""
        match score:
            case "ifd":
                return np.asarray(np.exp(self.given - self.alone))
            case "generation_gap":
                return np.asarray(self.given - self.generated)
            case _:
                return self.given

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
    scores: Collection[Score] = ("log_perplexity", "ifd"),
    most: int = 128,
    store: Store | None = None,
    progress: Progress = silent,
) -> AnswerScores:
    """The scores of all answers by `model`; with a store, what a cancel leaves is gone on from.

    The answer is scored as it stands, without an end token. Where the tokenizer has neither a begin nor an end token
    to stand before an answer alone, its first token counts in no loss. A text longer than the context is cut at its
    end, in all losses alike.

    Args:
        scores: which are wanted: the answers are scored alone for `ifd`, and the model answers itself, greedily and
            with at most `most` tokens, for `generation_gap`.
    """
    n = len(examples)
    before = [model.prompt_tokens(each) for each in examples]
    answers = [model.answer_tokens(each) for each in examples]
    room = np.array([model.context - len(tokens) for tokens in before])
    wanted = np.array([len(tokens) for tokens in answers])
    empty, no_room = wanted == 0, (wanted > 0) & (room < 1)
    answers = [tokens[: max(0, space)] for tokens, space in zip(answers, room, strict=True)]
    start = [] if model.start is None else [model.start]
    given, alone, generated = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    counted = np.array([max(0, len(tokens) - (not start)) for tokens in answers])
    rows = np.flatnonzero(counted > 0)
    order = rows[np.argsort([-(len(before[row]) + len(answers[row])) for row in rows], kind="stable")]
    for first in range(0, len(order), _STRETCH):
        some = order[first : first + _STRETCH].tolist()
        share = part(progress, first / len(order), min(1.0, (first + _STRETCH) / len(order)))
        given[some] = _kept(store, model, "given", [(before[row], answers[row]) for row in some], skip=not start)
        if "ifd" in scores:
            alone[some] = _kept(store, model, "alone", [(start, answers[row]) for row in some], skip=not start)
        if "generation_gap" in scores:
            own = _generated(store, model, [examples[row] for row in some], most, share)
            long = [(row, tokens) for row, tokens in zip(some, own, strict=True) if len(tokens) > (not start)]
            pairs = [(before[row], tokens) for row, tokens in long]
            generated[[row for row, _ in long]] = _kept(store, model, "generated", pairs, skip=not start)
        done = first + len(some)
        progress(done / len(order), f"Scored {done:,} of {len(order):,} answers")
    cut = (wanted > np.maximum(room, 0)) & ~no_room & ~empty
    return AnswerScores(given, alone, generated, counted, cut, no_room, empty)


def _generated(
    store: Store | None, model: LanguageModel, examples: list[Example], most: int, progress: Progress
) -> list[list[int]]:
    """The model's own answers in tokens, empty where there is none, from the store where they are known."""
    key = digest("generated", _GENERATED, model.key, str(model.dtype), most, [[*map(list, e.before)] for e in examples])
    if store is not None and (known := store.load(key)) is not None:
        return [each.tolist() for each in np.split(known[1]["tokens"], known[1]["ends"][:-1])]
    found = [each or [] for each in generate(examples, model, most=most, progress=progress)]
    if store is not None:
        tokens = np.array([token for each in found for token in each], dtype=np.int64)
        store.save(key, {}, tokens=tokens, ends=np.cumsum([len(each) for each in found]))
    return found


Pairs = list[tuple[list[int], list[int]]]


def _kept(store: Store | None, model: LanguageModel, what: str, pairs: Pairs, *, skip: bool) -> NDArray[np.float64]:
    """Mean loss of each answer, from the store where it is known."""
    if store is None or not pairs:
        return _mean_losses(model, pairs, skip)
    tokens = np.concatenate([np.array([*a, *b], dtype=np.int64) for a, b in pairs])
    lengths = np.array([[len(a), len(b)] for a, b in pairs])
    key = digest("answer losses", VERSION, model.key, str(model.dtype), what, skip, lengths, tokens)
    if (known := store.load(key)) is not None:
        return np.array(known[1]["losses"])
    found = _mean_losses(model, pairs, skip)
    store.save(key, {}, losses=found)
    return found


def _mean_losses(model: LanguageModel, pairs: Pairs, skip: bool) -> NDArray[np.float64]:
    found = np.empty(len(pairs))
    order = sorted(range(len(pairs)), key=lambda row: -sum(map(len, pairs[row])))
    lengths = [sum(map(len, pairs[row])) for row in order]
    for some in _batches(lengths, _TOKENS[model.device.partition(":")[0]]):
        batch = order[some]
        for row, losses in zip(batch, model.losses([pairs[row] for row in batch]), strict=True):
            # Without a start token the first token has a loss only where something stands before: it never counts.
            found[row] = losses[1:].mean() if skip and pairs[row][0] else losses.mean()
    return found


def _batches(lengths: list[int], tokens: int) -> list[slice]:
    """Stretches of rows in falling order of length, each of about that many tokens with its padding."""
    found, start = [], 0
    while start < len(lengths):
        stop = min(len(lengths), start + max(1, tokens // max(1, lengths[start])))
        found.append(slice(start, stop))
        start = stop
    return found
