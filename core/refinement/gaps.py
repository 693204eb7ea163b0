"""The gaps of a round by a model that was trained on its rows: one function for each scorer (METHODS 4.2)."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..lm import Example, LanguageModel, generate_kept, load_reward_model, rewards, score_answers
from ..progress import Progress, part
from ..store import Store
from .loop import Loop

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Gaps:
    """The gap of every example, (n,), NaN where there is none.

    means: what the gaps were made of, as means over the rows that have one. notes: what was cut or left out. models:
    the keys of further models that took part.
    """

    values: Floats
    means: dict[str, float]
    notes: tuple[str, ...] = ()
    models: dict[str, str] = field(default_factory=dict)


def by_perplexity(
    examples: Sequence[Example], model: LanguageModel, loop: Loop, store: Store, progress: Progress
) -> Gaps:
    """Log-perplexity of the answer less that of the answer which the model gives.

    Where the model ends at once, that is its answer, and the end token is what is scored (ours).
    """
    share = part(progress, 0, 0.95)
    found = score_answers(
        examples, model, scores=["generation_gap"], most=loop.most_tokens, store=store, progress=share
    )
    generated, notes = found.generated.copy(), found.notes()
    rows = np.flatnonzero(np.isfinite(found.given) & np.isnan(generated) & ~found.bare)
    if len(rows) and (end := model.end) is not None:
        for done, row in enumerate(rows.tolist()):
            progress(0.95 + 0.05 * done / len(rows), f"Scored {done:,} of {len(rows):,} answers that end at once")
            generated[row] = model.losses([(model.prompt_tokens(examples[row]), [end])])[0][0]
        notes = [note for note in notes if "the model answers nothing" not in note]
        notes.append(f"{len(rows):,} of {len(examples):,} rows: the model answers nothing; its end token is scored.")
    gaps = found.given - generated
    return Gaps(gaps, _means(gaps, answer=found.given, generated=generated), tuple(notes))


def by_ifd(examples: Sequence[Example], model: LanguageModel, loop: Loop, store: Store, progress: Progress) -> Gaps:  # noqa: ARG001 - called as the other scorers are
    """IFD of the answer; 0 where it is 1 or more."""
    found = score_answers(examples, model, scores=["ifd"], store=store, progress=progress)
    ifd = found.of("ifd")
    harmed = int((ifd >= 1).sum())
    notes = [*found.notes(), f"{harmed:,} of {len(ifd):,} rows have an IFD of 1 or more and count 0."]
    gaps = np.where(ifd >= 1, 0.0, ifd)
    return Gaps(gaps, _means(gaps, answer=found.given, alone=found.alone), tuple(notes if harmed else found.notes()))


def by_reward(examples: Sequence[Example], model: LanguageModel, loop: Loop, store: Store, progress: Progress) -> Gaps:
    """A reward model's score of the answer less that of the answer which the model gives; closes the model."""
    rows = [row for row, each in enumerate(examples) if 0 < _length(each, model) < model.context]
    led = [examples[row] for row in rows]
    own = generate_kept(led, model, most=loop.most_tokens, store=store, progress=part(progress, 0, 0.6))
    answers = [model.tokenizer.decode(tokens, skip_special_tokens=True) for tokens in own]
    model.close()  # before another is loaded
    with closing(load_reward_model(loop.reward or "", device=loop.device)) as judge:
        gold, given = (
            rewards(led, texts, judge, store, progress=share)
            for texts, share in (
                ([each.answer for each in led], part(progress, 0.6, 0.8)),
                (answers, part(progress, 0.8, 1)),
            )
        )
    gaps, answer, generated = (np.full(len(examples), np.nan) for _ in range(3))
    gaps[rows], answer[rows], generated[rows] = gold - given, gold, given
    left = int(np.isnan(gaps).sum())
    why = "there is no prompt that the model takes, or no room for it with an answer"
    notes = (f"{left:,} of {len(gaps):,} rows have no gap: {why}.",)
    means = _means(gaps, answer=answer, generated=generated)
    return Gaps(gaps, means, notes if left else (), {"reward": judge.key})


def by_learning(
    examples: Sequence[Example], before: LanguageModel, after: LanguageModel, store: Store, progress: Progress
) -> Gaps:
    """Loss of the answers by the model of before the round's training, less that after it."""
    losses = [
        score_answers(examples, model, scores=["log_perplexity"], store=store, progress=share)
        for model, share in ((before, part(progress, 0, 0.5)), (after, part(progress, 0.5, 1)))
    ]
    gaps = losses[0].given - losses[1].given
    means = _means(gaps, before=losses[0].given, after=losses[1].given)
    return Gaps(gaps, means, tuple(losses[1].notes()))


def _length(example: Example, model: LanguageModel) -> int:
    """Tokens before the answer; 0 where there are none, or the chat template refuses the turns."""
    try:
        return len(model.prompt_tokens(example)) if example.before else 0
    except UserError:
        return 0


def _means(gaps: Floats, **parts: Floats) -> dict[str, float]:
    """Means over the rows that have a gap."""
    there = np.isfinite(gaps)
    return {name: float(values[there].mean()) for name, values in parts.items() if there.any()}
