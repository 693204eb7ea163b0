"""Fine-tuning: a model trained on the answers of rows, and kept, so that the same is never trained twice."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..digest import digest
from ..errors import UserError
from ..models import LANGUAGE_MODEL, Model, locate
from ..progress import Progress, part, silent
from ..quiet import quiet
from ..store import Store
from .batching import batches
from .examples import Example
from .how_to_train import Training
from .language_model import LanguageModel
from .lora import ADAPTER, need_peft, put_on, save_adapter, with_adapter
from .optimising import Optimiser, tenths
from .room import check_training, free_on, let_go, within_memory
from .training_rows import Pair, TrainingRows, answer_loss, counted, training_rows
from .weights import best_dtype, read_weights

VERSION = 2
_ALIKE = 50  # batches at most whose rows are sorted by length together
_APART = 8  # and no more than this part of all: else each seed would have the same rows in its steps
_HALF = 2  # of what is free, the part that a step may take
_LOGIT = 16  # bytes of a logit and all that is made of it, about
_STATE = 40  # numbers of each dimension and block that are held for a token to go back, about
_LATER = 12  # bytes of a weight's gradient and moments, which are taken in the first step
_TOLD = "training.json"


def fine_tune(
    examples: Sequence[Example],
    base: LanguageModel,
    store: Store,
    *,
    how: Training | None = None,
    progress: Progress = silent,
) -> LanguageModel:
    """`base` trained on the answers of those rows, as a model of its own; `base` stays as it is.

    The loss is that of the answers' tokens and of the end token behind, over all rows of a step together; what was
    said before has no part in it. Rows are taken in an order that the seed fixes, of many those of about one length
    together; dropout is off. Kept in the store, with LoRA the adapter alone, and trained once for the same rows, base
    and `how`. On a processor the same seed gives the same weights on one machine.

    `notes` of the model say what was cut or left out.

    Raises:
        UserError: no row that can be trained on, too little memory, LoRA without the package peft, or losses that
            are no numbers.
    """
    how = how or Training()
    if how.lora:
        need_peft()
    rate, key = how.rate_for(base.proxy), tuning_key(examples, base, how)
    if not store.has("models", key):
        rows = training_rows(examples, base, progress=part(progress, 0, 0.05))
        if not rows.pairs:
            why = " ".join(rows.notes()) or "There are no rows."
            raise UserError(f"There is nothing to train {base.name} on. {why} Choose rows with answers that fit.")
        with store.draft("models", key) as folder:
            losses = _train(base, rows, how, rate, folder, part(progress, 0.05, 1))
            let_go(base.device)  # the copy that was trained: the model is read anew from the folder
            told = {"rows": len(rows.pairs), "of": rows.of, "notes": rows.notes(), "how": how.as_json()}
            (folder / _TOLD).write_text(json.dumps({**told, "rate": rate, "losses": losses}))
    return _open(base, store.folder("models", key), bool(how.lora))


def tuning_key(examples: Sequence[Example], base: LanguageModel, how: Training) -> str:
    """The key under which the store keeps what `fine_tune` makes of them."""
    said = [[[*map(list, each.before)], each.answer] for each in examples]
    return digest("fine-tuned", VERSION, base.key, how.as_json(), how.rate_for(base.proxy), said)


def _open(base: LanguageModel, folder: Path, lora: bool) -> LanguageModel:
    """What `fine_tune` kept."""
    told = json.loads((folder / _TOLD).read_text())
    key = locate(str(folder), kind=ADAPTER if lora else LANGUAGE_MODEL).key
    name = f"{base.name}, trained on {told['rows']:,} row{'s' if told['rows'] != 1 else ''}"
    if lora:
        model = Model(base.folder, name, str(folder), digest("adapter", base.key, key))
        found = LanguageModel(model, base.device, (*base.adapters, folder))
    else:
        found = LanguageModel(Model(folder, name, str(folder), key), base.device)
    found.proxy, found.notes = base.proxy, tuple(told["notes"])
    return found


def _train(
    base: LanguageModel, rows: TrainingRows, how: Training, rate: float, folder: Path, progress: Progress
) -> list[float]:
    """Train a copy of `base` and save it into `folder`; the mean loss of a token in each tenth of the steps.

    Weights that move are float32, and are computed with in bfloat16 where the device does.
    """
    import torch

    progress(0, f"Loading {base.name} to train it")
    width = base.dtype.itemsize
    frozen, trained = (base.weights, 0) if how.lora else (0, base.weights)
    check_training(base.name, base.device, frozen=frozen, trained=trained, width=width)
    model = read_weights(base.folder, base.dtype if how.lora else torch.float32)
    model = put_on(model, base.adapters, merged=True)
    model.requires_grad_(True)  # `peft` leaves what it merges frozen
    whole = with_adapter(model, how.lora, how.seed) if how.lora else model
    model = (whole.get_base_model() if how.lora else whole).to(base.device).eval()
    moved = [each for each in model.parameters() if each.requires_grad]
    room = _room(base, sum(each.numel() for each in moved))
    steps = _steps([sum(map(len, pair)) for pair in rows.pairs], how)
    optimiser, losses = Optimiser(moved, rate, len(steps)), list[float]()
    for number, step in enumerate(steps):
        pairs = [rows.pairs[row] for row in step]
        last = f", loss {losses[-1]:.2f}" if losses else ""
        message = f"Training {base.name}: step {number + 1:,} of {len(steps):,}{last}"
        with within_memory(f"Training {base.name}", base.device):
            losses.append(_gather(model, pairs, base.device, room, part(progress, number / len(steps), 1), message))
        if not np.isfinite(losses[-1]):
            raise UserError(
                f"Training {base.name} came to a loss that is no number, at step {number + 1:,} of {len(steps):,}. "
                "Use a lower rate of learning."
            )
        with within_memory(f"Training {base.name}", base.device):
            optimiser.step()
    progress(1, f"Trained {base.name} on {len(rows.pairs):,} rows")
    if how.lora:
        save_adapter(whole, folder)
    else:
        with quiet():
            model.to(base.dtype).save_pretrained(folder)
            base.tokenizer.save_pretrained(folder)
    return tenths(losses)


def _gather(model: Any, pairs: list[Pair], device: str, room: int, progress: Progress, message: str) -> float:
    """Add the gradient of the mean loss of the answers' tokens, part by part; return that mean."""
    import torch

    total = sum(map(counted, pairs))
    lengths = [sum(map(len, pair)) for pair in pairs]
    found = 0.0
    for some in batches(lengths, room):
        progress(0, message)  # before the work: a cancel is heard between parts of a long step too
        half = best_dtype(device) == torch.bfloat16
        with torch.autocast(device.partition(":")[0], dtype=torch.bfloat16, enabled=half):
            loss = answer_loss(model, pairs[some], device, room) / total
        loss.backward()
        found += float(loss.detach())
    return found


def _room(base: LanguageModel, moved: int) -> int:
    """Tokens of a step that are computed together; on a processor the same on every day, for the sums' sake."""
    if not base.device.startswith("cuda"):
        return base.tokens_at_once
    config = base.config.get_text_config()
    held = _STATE * config.hidden_size * config.num_hidden_layers * base.dtype.itemsize
    free = (free_on(base.device) - _LATER * moved) // _HALF
    return max(1, min(base.tokens_at_once, int(free // (_LOGIT * base.vocabulary + held))))


def _steps(lengths: list[int], how: Training) -> list[list[int]]:
    """The rows of each step: every row once an epoch, of many steps those of about one length together.

    The rows of a step are in an order of their own, whatever the seed: a step that holds all is the same for every one.
    """
    rng = np.random.default_rng(how.seed)
    an_epoch = -(-len(lengths) // how.batch)
    wanted = max(1, round(how.epochs * an_epoch))
    alike = how.batch * min(_ALIKE, max(1, an_epoch // _APART))
    found: list[list[int]] = []

    def longest_first(rows: list[int]) -> list[int]:
        return sorted(rows, key=lambda row: (-lengths[row], row))

    while len(found) < wanted:
        order = rng.permutation(len(lengths))
        epoch = []
        for start in range(0, len(order), alike):
            some = sorted(order[start : start + alike].tolist(), key=lambda row: -lengths[row])
            epoch += [longest_first(some[at : at + how.batch]) for at in range(0, len(some), how.batch)]
        found += [epoch[at] for at in rng.permutation(len(epoch))]
    return found[:wanted]
