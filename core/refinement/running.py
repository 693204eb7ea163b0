"""Rounds that run by themselves: a model is trained here on what was drawn, scores it, and the weights move."""

import hashlib
import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

import numpy as np

from ..dataset import Dataset
from ..errors import UserError
from ..lm import PROXY, Example, LanguageModel, examples_of, fine_tune, open_model
from ..lm.lora import need_peft
from ..lm.reward import REWARD_MODEL
from ..models import LANGUAGE_MODEL, locate
from ..progress import Progress, part, silent
from ..store import Store
from ..study import Study
from .gaps import Gaps, by_ifd, by_learning, by_perplexity, by_reward
from .loop import Loop
from .rounds import branch, check_study, go_on
from .state import Refinement, Scored
from .weights import LARGEST_GAP

HERE = "a model trained here"
_BY = {"perplexity": by_perplexity, "ifd": by_ifd, "reward": by_reward}


def run_rounds(
    study: Study,
    refinement: Refinement,
    loop: Loop,
    *,
    most: int | None = None,
    save: Callable[[Refinement], None] | None = None,
    progress: Progress = silent,
) -> Refinement:
    """Train, score and draw, round after round, until the budget is spent.

    Args:
        most: rounds to draw at most; by default all that are left.
        save: is given the refinement after every round, so that a cancel keeps it.

    Raises:
        UserError: as `score_round` and `go_on`.
    """
    left = refinement.plan.rounds - len(refinement.rounds)
    wanted = left if most is None else min(left, most)
    for done in range(wanted):
        share = part(progress, done / wanted, (done + 1) / wanted)
        refinement = go_on(study, refinement, score_round(study, refinement, loop, progress=share))
        if save is not None:
            save(refinement)
    return refinement


def score_round(study: Study, refinement: Refinement, loop: Loop, *, progress: Progress = silent) -> Scored:
    """Train the loop's model from its start on all rows drawn so far, and score them by it (METHODS 4.2).

    With the scorer learnability, the held-out rows are scored instead.

    Raises:
        UserError: another study, vectors alone, a round that has its feedback, no row with a prompt where one is
            needed, nothing held out where that is needed, no row that can be scored.
    """
    dataset = check_loop(study, refinement, loop)
    store = study.store or Store()
    rows = np.array(refinement.held_out if loop.scorer == "learnability" else refinement.chosen, dtype=np.int64)
    chosen, scored = examples_of(dataset, refinement.chosen), examples_of(dataset, rows)
    check_models(loop)
    training, scoring = part(progress, 0.3, 0.7), part(progress, 0.7, 1)
    with ExitStack() as opened:  # whatever comes, no model stays in memory
        base = opened.enter_context(closing(open_base(study, loop, progress=part(progress, 0, 0.3))))
        if loop.scorer == "learnability":
            earlier = [*refinement.chosen][: -len(refinement.last.rows)]
            before = base
            if earlier:
                some, share = examples_of(dataset, earlier), part(training, 0, 0.5)
                before = opened.enter_context(closing(fine_tune(some, base, store, how=loop.training, progress=share)))
            model = fine_tune(chosen, base, store, how=loop.training, progress=part(training, 0.5, 1))
            opened.enter_context(closing(model))
            found = by_learning(scored, before, model, store, scoring)
            found = replace(found, models={"before": before.key})
        else:
            model = opened.enter_context(closing(fine_tune(chosen, base, store, how=loop.training, progress=training)))
            base.close()
            found = _BY[loop.scorer](scored, model, loop, store, scoring)
        return _scored(rows.tolist(), found, loop, base, model, len(chosen))


def check_loop(study: Study, refinement: Refinement, loop: Loop) -> Dataset:
    """The study's dataset, where its last round can be scored by that loop: told before anything is trained.

    Raises:
        UserError: it cannot be.
    """
    check_study(study, refinement)
    if study.dataset is None:
        raise UserError("Vectors alone have no answers to train a model on. Open the data too, or bring feedback.")
    if refinement.last.feedback is not None:
        raise UserError(f"Round {refinement.last.number} has its feedback already. Branch off to give it another.")
    if loop.scorer == "learnability":
        if not refinement.held_out:
            raise UserError(
                "The scorer 'learnability' tries models on rows that are held out, and none are. Begin again with a "
                "share to hold out, 10% say."
            )
    elif not any(examples_of(study.dataset, [row])[0].before for row in refinement.chosen):
        raise UserError(
            f"The scorer {loop.scorer!r} needs prompts, and no row drawn so far has one: each is a bare text. Give the "
            "columns of prompt and answer their roles, or choose the scorer 'learnability'."
        )
    return study.dataset


def check_models(loop: Loop) -> None:
    """Raise a UserError where a model of the loop is not to be had, or LoRA is not: before any work, and unloaded."""
    if loop.training.lora:
        need_peft()
    if loop.model != PROXY:
        locate(loop.model, kind=LANGUAGE_MODEL)
    if loop.reward:
        locate(loop.reward, kind=REWARD_MODEL)


def open_base(study: Study, loop: Loop, *, progress: Progress = silent) -> LanguageModel:
    """The model that the loop trains, as it is before; the proxy is made of all rows of the study."""
    every: list[Example] = [] if study.dataset is None else examples_of(study.dataset, study.positions)
    return open_model(loop.model, every, study.store or Store(), seed=loop.seed, device=loop.device, progress=progress)


def trains_otherwise(study: Study, refinement: Refinement, *, progress: Progress = silent) -> list[str]:
    """Train again, in a store of its own, for every round that was scored here; what comes out otherwise, in sentences.

    On a processor the same machine gives the same gaps to the last bit; another, or a graphics card, need not.
    """
    numbers = [each.number for each in refinement.rounds if each.feedback is not None and each.feedback.here]
    found = []
    with tempfile.TemporaryDirectory() as home:
        apart = replace(study, store=Store(home))
        for done, number in enumerate(numbers):
            kept = refinement.rounds[number - 1].feedback
            assert kept is not None
            if "loop" not in kept.how:
                raise UserError(f"Round {number} does not say how its model was trained: the state was changed.")
            loop = Loop.from_json(kept.how["loop"])
            share = part(progress, done / len(numbers), (done + 1) / len(numbers))
            again = score_round(apart, branch(refinement, number), loop, progress=share)
            if again.gaps.keys() != kept.gaps.keys():
                found.append(f"Round {number} scores other rows when it is trained again.")
                continue
            off = max(abs(again.gaps[row] - gap) for row, gap in kept.gaps.items())
            if off > 0:
                found.append(f"Round {number}, trained again, has gaps that differ by up to {off:.2g}.")
    return found


def _scored(
    rows: list[int], found: Gaps, loop: Loop, base: LanguageModel, model: LanguageModel, trained: int
) -> Scored:
    gaps = {
        row: float(gap)
        for row, gap in zip(rows, found.values.tolist(), strict=True)
        if np.isfinite(gap) and abs(gap) <= LARGEST_GAP
    }
    if not gaps:
        raise UserError(
            f"No row can be scored by {loop.scorer}. {' '.join(found.notes)} Train for more epochs, or choose "
            "another scorer."
        )
    how: dict[str, Any] = {
        "loop": loop.as_json(),
        "base": base.key,
        "trained": model.key,
        "models": found.models,
        "rows": trained,
        "unscored": len(rows) - len(gaps),
        "means": found.means,
        "notes": [*loop.notes, *base.notes, *model.notes, *found.notes],
    }
    content = json.dumps([list(gaps.items()), how], sort_keys=True, ensure_ascii=True)
    sha = hashlib.sha256(content.encode()).hexdigest()
    return Scored(HERE, sha, loop.scorer, gaps, f"{model.name} ({model.key[:12]})", how)
