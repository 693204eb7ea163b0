"""Scores of answers by a causal language model, over the tokens of the answer alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..digest import digest
from ..progress import Progress, part, silent
from ..store import Store
from .answer_scores import AnswerScores, Score
from .batching import batches
from .chat import RefusedTurnsError
from .examples import Example
from .generating import generate
from .language_model import LanguageModel

VERSION = 1
_GENERATED = 3  # the same of generated answers
_STRETCH = 512  # rows between two entries in the store: what a cancel can cost


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

    Raises:
        UserError: the model's chat template refuses the turns of every row.
    """
    n = len(examples)
    before, answers, refused = _tokens(examples, model, part(progress, 0, 0.05))
    room = np.array([model.context - len(tokens) for tokens in before])
    wanted = np.array([len(tokens) for tokens in answers])
    empty, no_room = (wanted == 0) & ~refused, (wanted > 0) & (room < 1)
    bare = np.array([not each.before for each in examples])
    answers = [tokens[: max(0, space)] for tokens, space in zip(answers, room, strict=True)]
    start = [] if model.start is None else [model.start]
    given, alone, generated = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    counted = np.array([max(0, len(tokens) - (not start)) for tokens in answers])
    rows = np.flatnonzero(counted > 0)
    order = rows[np.argsort([-(len(before[row]) + len(answers[row])) for row in rows], kind="stable")]
    progress = part(progress, 0.05, 1)
    for first in range(0, len(order), _STRETCH):
        some = order[first : first + _STRETCH].tolist()
        done = first + len(some)
        share = part(progress, first / len(order), done / len(order))
        asking = _Asking(store, model, not start, f"Scored {first:,} of {len(order):,} answers")
        given[some] = asking.losses("given", [(before[row], answers[row]) for row in some], part(share, 0, 0.25))
        if "ifd" in scores and (led := [row for row in some if not bare[row]]):
            alone[led] = asking.losses("alone", [(start, answers[row]) for row in led], part(share, 0.25, 0.5))
        if "generation_gap" in scores:
            own = _generated(store, model, [examples[row] for row in some], most, part(share, 0.5, 0.9))
            long = [(row, tokens) for row, tokens in zip(some, own, strict=True) if len(tokens) > (not start)]
            pairs = [(before[row], tokens) for row, tokens in long]
            generated[[row for row, _ in long]] = asking.losses("generated", pairs, part(share, 0.9, 1))
        progress(done / len(order), f"Scored {done:,} of {len(order):,} answers")
    cut = (wanted > np.maximum(room, 0)) & ~no_room & ~empty
    return AnswerScores(given, alone, generated, counted, cut, no_room, empty, bare, tuple(scores), refused)


def _tokens(
    examples: Sequence[Example], model: LanguageModel, progress: Progress
) -> tuple[list[list[int]], list[list[int]], NDArray[np.bool_]]:
    """The tokens before every answer, and those of it; none of either where the chat template refuses the turns."""
    before, answers, errors = [], [], dict[int, RefusedTurnsError]()
    for row, each in enumerate(examples):
        if row % _STRETCH == 0:
            progress(row / len(examples), f"Split {row:,} of {len(examples):,} rows into tokens")
        try:
            said = model.prompt_tokens(each), model.answer_tokens(each)
        except RefusedTurnsError as error:
            errors[row], said = error, ([], [])
        before.append(said[0])
        answers.append(said[1])
    if errors and len(errors) == len(examples):
        raise errors[0]
    return before, answers, np.array([row in errors for row in range(len(examples))], dtype=np.bool_)


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


def generate_kept(
    examples: Sequence[Example], model: LanguageModel, *, most: int, store: Store | None, progress: Progress = silent
) -> list[list[int]]:
    """As `generate`, kept in the store in stretches, so that a cancel costs one of them; empty where there is none."""
    found: list[list[int]] = []
    for first in range(0, len(examples), _STRETCH):
        some = list(examples[first : first + _STRETCH])
        share = part(progress, first / len(examples), (first + len(some)) / len(examples))
        found += _generated(store, model, some, most, share)
    return found


Pairs = list[tuple[list[int], list[int]]]


@dataclass(frozen=True)
class _Asking:
    """Asking a model for mean losses, from the store where they are known.

    skip: the tokenizer has no token to stand before an answer alone. said: how far all of the work is, in words.
    """

    store: Store | None
    model: LanguageModel
    skip: bool
    said: str

    def losses(self, what: str, pairs: Pairs, progress: Progress) -> NDArray[np.float64]:
        """Mean loss of each answer given what stands before it."""
        if self.store is None or not pairs:
            return self._computed(pairs, progress)
        tokens = np.concatenate([np.array([*a, *b], dtype=np.int64) for a, b in pairs])
        lengths = np.array([[len(a), len(b)] for a, b in pairs])
        model = self.model
        key = digest("answer losses", VERSION, model.key, str(model.dtype), what, self.skip, lengths, tokens)
        if (known := self.store.load(key)) is not None:
            return np.array(known[1]["losses"])
        found = self._computed(pairs, progress)
        self.store.save(key, {}, losses=found)
        return found

    def _computed(self, pairs: Pairs, progress: Progress) -> NDArray[np.float64]:
        found = np.empty(len(pairs))
        order = sorted(range(len(pairs)), key=lambda row: -sum(map(len, pairs[row])))
        lengths = [sum(map(len, pairs[row])) for row in order]
        for some in batches(lengths, self.model.tokens_at_once):
            progress(some.start / len(pairs), self.said)  # before the batch: a cancel loses nothing that is done
            batch = order[some]
            for row, losses in zip(batch, self.model.losses([pairs[row] for row in batch]), strict=True):
                # Without a start token the first token has a loss only where something stands before: it never counts.
                found[row] = losses[1:].mean() if self.skip and pairs[row][0] else losses.mean()
        return found
