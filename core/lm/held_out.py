"""What training on some rows does to the answers of others: the losses of rows that no model was trained on."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..digest import digest
from ..errors import UserError
from ..progress import Progress, part, silent
from ..store import Store
from .examples import Example
from .held_out_losses import BASE, HeldOut
from .how_to_train import Training
from .language_model import LanguageModel
from .scoring import score_answers
from .training import fine_tune, tuning_key

VERSION = 2
_ALIKE = "the seeds trained alike, as where a step holds all rows, so they say nothing of chance."


def held_out_losses(
    arms: Mapping[str, Sequence[Sequence[int]]],
    examples: Sequence[Example],
    held_out: Sequence[int],
    base: LanguageModel,
    store: Store,
    *,
    how: Training | None = None,
    seeds: Sequence[int] = (0,),
    progress: Progress = silent,
) -> HeldOut:
    """`base` trained on the rows of each arm with each seed, and the losses of the answers that were held out.

    What is compared has the same base, seeds and way of training; only the rows differ. Losses are kept in the store,
    each arm and seed of its own; the models are not, but for those that were there before.

    Args:
        arms: name -> numbers of rows to train on, one list for each seed, or a single list for all seeds.
        held_out: numbers of the rows whose answers are scored; in no arm.
        how: its seed is not used.

    Raises:
        UserError: no seed, a name "base", lists that are not one for each seed, a row that is held out and trained
            on, nothing held out that can be scored, or as `fine_tune`.
    """
    how = how or Training()
    chosen = _checked(arms, held_out, seeds)
    asked = [examples[row] for row in held_out]
    runs = [(name, number) for name in chosen for number in range(len(seeds))]
    progress(0, f"Scoring {len(asked):,} held-out rows by {base.name}")
    before, said = _scored(asked, base, store, part(progress, 0, 1 / (1 + len(runs))))
    if not np.isfinite(before).any():
        raise UserError(f"None of the held-out rows can be scored by {base.name}. {' '.join(said)}")
    losses = {BASE: before[None, :], **{name: np.empty((len(seeds), len(asked))) for name in chosen}}
    notes = [f"Held out: {note}" for note in said]
    for done, (name, number) in enumerate(runs, 1):
        share = part(progress, done / (1 + len(runs)), (done + 1) / (1 + len(runs)))
        rows = [examples[row] for row in chosen[name][number]]
        own = replace(how, seed=seeds[number])
        losses[name][number], more = _after(rows, asked, base, store, own, _named(share, name, number, len(seeds)))
        notes += [f"{name}, seed {seeds[number]}: {note}" for note in more]
    progress(1, f"Scored {len(asked):,} held-out rows after {len(runs):,} trainings")
    found = HeldOut(tuple(held_out), tuple(seeds), losses)
    notes += [f"{name}: {_ALIKE}" for name in chosen if found.mean(name).alike]
    return replace(found, notes=tuple(notes))


def _after(
    rows: list[Example], asked: list[Example], base: LanguageModel, store: Store, how: Training, progress: Progress
) -> tuple[NDArray[np.float64], list[str]]:
    """The losses of `asked` after training on `rows`, and what was left out of the training; from the store."""
    said = [[[[*map(list, each.before)], each.answer] for each in some] for some in (rows, asked)]
    rate = how.rate_for(base.proxy)
    key = digest("held-out losses", VERSION, base.key, str(base.dtype), how.as_json(), rate, *said)
    if (known := store.load(key)) is not None:
        return np.array(known[1]["losses"]), list(known[0]["notes"])
    model = tuning_key(rows, base, how)
    kept = store.has("models", model)
    tuned = fine_tune(rows, base, store, how=how, progress=part(progress, 0, 0.9))
    try:
        found, _ = _scored(asked, tuned, store, part(progress, 0.9, 1))
        notes = list(tuned.notes)
    finally:
        tuned.close()
    store.save(key, {"notes": notes}, losses=found)
    if not kept:  # each is as large as the base, and nobody asks for it again
        shutil.rmtree(store.folder("models", model), ignore_errors=True)
    return found, notes


def _scored(
    asked: list[Example], model: LanguageModel, store: Store, progress: Progress
) -> tuple[NDArray[np.float64], list[str]]:
    found = score_answers(asked, model, scores=["log_perplexity"], store=store, progress=progress)
    return found.given, found.notes()


def _named(progress: Progress, name: str, number: int, seeds: int) -> Progress:
    """`progress` whose messages say for which arm and seed."""

    def report(share: float, message: str) -> None:
        progress(share, f"{name}, seed {number + 1} of {seeds}. {message}")

    return report


def _checked(
    arms: Mapping[str, Sequence[Sequence[int]]], held_out: Sequence[int], seeds: Sequence[int]
) -> dict[str, list[list[int]]]:
    """The rows of each arm, a list for each seed."""
    if not seeds or len(set(seeds)) < len(seeds):
        raise UserError("Training needs at least one seed, and each seed once.")
    if BASE in arms:
        raise UserError(f"No arm can be named {BASE!r}: that is the model before it is trained.")
    away = set(map(int, held_out))
    found = {}
    for name, lists in arms.items():
        if len(lists) not in (1, len(seeds)):
            raise UserError(f"{name} has {len(lists)} lists of rows for {len(seeds)} seeds. Give one, or one for each.")
        if both := sorted(away & {int(row) for rows in lists for row in rows}):
            raise UserError(
                f"Row {both[0] + 1:,} is held out and trained on in {name}: its loss would say nothing. Take it out of "
                "one of the two."
            )
        each = [list(map(int, rows)) for rows in lists]
        found[name] = each if len(each) == len(seeds) else each * len(seeds)
    return found
