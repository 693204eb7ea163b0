"""What training on the chosen rows comes to: losses of held-out rows by domain, beside random rows and the bins."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..digest import digest
from ..errors import UserError
from ..kept import working
from ..lm import PROXY, HeldOut, Training, examples_of, held_out_losses, open_model
from ..lm.lora import need_peft
from ..models import LANGUAGE_MODEL, locate
from ..progress import Progress, part, silent
from ..results import Packed
from ..store import Store
from ..study import Study
from .found import Daar
from .plan import EMBEDDINGS, Plan
from .run import random_rows

_VERSION = 2  # 2: rows are shuffled into steps, and turns end as the template does
CHOSEN = "chosen"


def outcome(
    study: Study,
    found: Daar,
    *,
    model: str | None = None,
    training: Training | None = None,
    seeds: int = 3,
    device: str | None = None,
    progress: Progress = silent,
) -> HeldOut:
    """The model of the plan trained on each set of rows with each seed, and the losses of the rows that were held out.

    Its arms: `chosen`, `random` (other rows for each seed), the bins of the same size, and `base`, which is untrained.
    Kept in the store of the study.

    Args:
        model: what is trained, where it is another than the plan's.

    Raises:
        UserError: a plan that held no rows out, embeddings in place of a model, no seed, and as `held_out_losses`.
    """
    how = training or Training()
    weights = check_outcome(study, found.plan, model=model, training=how, seeds=seeds)
    if not len(found.held_out):
        raise UserError("No rows were held out. Choose again with a share of rows that are, such as 10%.")
    name, dataset = model or found.plan.model, study.dataset
    assert dataset is not None
    about = [name, weights, how.as_json(), seeds, found.as_json(study), dataset.key, dataset.roles.as_json()]

    def run() -> HeldOut:
        store = study.store or Store()
        examples = examples_of(dataset, study.positions)
        base = open_model(name, examples, store, seed=found.plan.seed, device=device, progress=part(progress, 0, 0.1))
        try:
            return held_out_losses(
                {arm: [each.tolist() for each in sets] for arm, sets in arms(found, seeds).items()},
                examples,
                found.held_out.tolist(),
                base,
                store,
                how=how,
                seeds=range(seeds),
                progress=part(progress, 0.1, 1),
            )
        finally:
            base.close()

    return study._once(digest("daar outcome", _VERSION, about), run, _pack, _unpack)


def check_outcome(
    study: Study, plan: Plan, *, model: str | None = None, training: Training | None = None, seeds: int = 3
) -> str | None:
    """Refuse, before any work, training that cannot be; what names the weights that are trained, None for the proxy.

    Raises:
        UserError: as `outcome`.
    """
    name = model or plan.model
    if name == EMBEDDINGS:
        raise UserError("Embeddings cannot be trained. Name a language model.")
    if not plan.held_out:
        raise UserError("No rows were held out. Choose again with a share of rows that are, such as 10%.")
    if seeds < 1:
        raise UserError("Train with at least one seed.")
    if study.dataset is None:
        raise UserError(f"{study.name} has vectors alone, and no answers to train on.")
    if training is not None and training.lora and working():
        need_peft()
    return None if name == PROXY else locate(name, kind=LANGUAGE_MODEL, download=working()).key


def arms(found: Daar, seeds: int) -> dict[str, list[NDArray[np.int64]]]:
    """The rows of each arm, all of one size: one set for all seeds, and of random a set for each."""
    drawn = [random_rows(found.pool, len(found.chosen), found.plan.seed, each) for each in range(seeds)]
    return {CHOSEN: [found.chosen], "random": drawn, **{name: [rows] for name, rows in found.bins.items()}}


def domains_of_held_out(found: Daar) -> list[str]:
    """The domain of each held-out row, for `HeldOut.by_group`."""
    return [found.names[number] for number in found.domain[found.held_out].tolist()]


def outcome_sentences(found: Daar, losses: HeldOut) -> list[str]:
    """Held-out loss of each arm beside random, over all rows."""
    lines = []
    for arm in losses.arms:
        mean = losses.mean(arm)
        words = f"{arm}: {mean.value:.4f} nats a token over {mean.rows:,} held-out rows"
        if mean.low is not None and mean.high is not None:
            words += f" (seeds: {mean.low:.4f} to {mean.high:.4f})"
        if arm not in ("base", "random"):
            less = losses.difference(arm, "random")
            words += f", {less.value:+.4f} from random"
            if less.low is not None and less.high is not None:
                within = less.low <= 0 <= less.high
                words += f" ({less.low:+.4f} to {less.high:+.4f}{', cannot be told apart' if within else ''})"
            elif len(losses.seeds) > 1 and less.rows:
                words += " (the seeds trained alike, and nothing can be told from that)"
        lines.append(f"{words}.")
    rows, seeds = len(found.chosen), len(losses.seeds)
    told = (
        f"Intervals of 95 % are over {seeds:,} seeds of training, and say nothing of other rows or other models."
        if seeds > 1
        else "With one seed there are no intervals, and nothing can be told apart."
    )
    return [*lines, f"Each was trained on {rows:,} rows. {told}"]


def best_arm(losses: HeldOut) -> str | None:
    """The arm with the lowest loss, where it is told apart from random over the seeds; None where none is."""
    best = min((arm for arm in losses.arms if arm != "base"), key=lambda arm: losses.mean(arm).value)
    if best == "random":
        return None
    less = losses.difference(best, "random")
    return best if less.high is not None and less.high < 0 else None


def _pack(found: HeldOut) -> Packed:
    meta: dict[str, Any] = found.as_json()
    return meta, {}


def _unpack(meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> HeldOut:  # noqa: ARG001 - the losses stand in the JSON; a store hands in arrays too
    return HeldOut.from_json(meta)
