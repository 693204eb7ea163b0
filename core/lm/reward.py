"""Reward models: classifiers of one output that tell how good an answer is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..devices import choose_device
from ..digest import digest
from ..errors import UserError
from ..models import Kind, Model, first_line, locate
from ..progress import Progress, silent
from ..quiet import quiet
from ..store import Store
from .batching import batches, padded
from .chat import RefusedTurnsError, rendered
from .examples import Example
from .language_model import BETWEEN, NO_LIMIT
from .room import check_loading, let_go, within_memory
from .weights import best_dtype

VERSION = 1
REWARD_MODEL = Kind("reward model", ("config.json",), "", "score by perplexity, which needs no reward model")
_STRETCH = 512
_TOKENS = {"cpu": 2048, "cuda": 32768, "mps": 8192}  # of a batch, with its padding


@dataclass(frozen=True)
class Row:
    """The tokens of a row, and for each the text of a pair that it belongs to, 0 or 1."""

    tokens: list[int]
    parts: list[int]


class RewardModel:
    """A model that gives a text one number, with its tokenizer; `close` frees the memory."""

    def __init__(self, model: Model, device: str) -> None:
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        self.name, self.source, self.key, self.device = model.title, model.source, model.key, device
        self.dtype = best_dtype(device)
        check_loading(model, device, self.dtype.itemsize)
        folder = str(model.folder)
        with quiet():
            self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            found, told = AutoModelForSequenceClassification.from_pretrained(
                folder, dtype=self.dtype, local_files_only=True, output_loading_info=True
            )
        if found.config.num_labels != 1:
            raise UserError(
                f"{model.title} has {found.config.num_labels} outputs, and a reward model has one. Choose a model that "
                "was trained to give rewards."
            )
        if told["missing_keys"]:
            raise UserError(
                f"{model.title} has no weights for its output ({min(told['missing_keys'])}), and its rewards would be "
                "random. Choose a model that was trained to give rewards."
            )
        self._model: Any = found.to(device).eval()
        limits = [getattr(found.config, "max_position_embeddings", None), self.tokenizer.model_max_length]
        known = [int(each) for each in limits if each is not None and 0 < each < NO_LIMIT]
        self.context = min(known, default=2048)
        self._parted = int(getattr(found.config, "type_vocab_size", 0) or 0) > 1
        self.pad: int | None = getattr(found.config, "pad_token_id", None)

    def row(self, example: Example, answer: str) -> Row:
        """What was said before and that answer: through the chat template, where there is one; as a pair, where the
        tokenizer sets pairs apart; else one below the other.
        """
        if getattr(self.tokenizer, "chat_template", None):
            words = rendered(self.tokenizer, [*example.before, ("assistant", answer)], self.name, asked=False)
            return self._row(words, add_special_tokens=False)
        before = BETWEEN.join(text for _, text in example.before)
        if before and self.tokenizer.sep_token_id is not None:
            return self._row(before, answer)
        return self._row(before + BETWEEN + answer if before else answer)

    def rewards(self, batch: Sequence[Row]) -> NDArray[np.float64]:
        """The reward of each row, (n,)."""
        import torch

        tokens, mask = padded([row.tokens for row in batch], fill=self.pad or 0)
        inputs = {"input_ids": tokens, "attention_mask": mask}
        if self._parted:
            inputs["token_type_ids"] = padded([row.parts for row in batch])[0]
        with torch.inference_mode(), quiet(), within_memory(self.name, self.device):
            found = self._model(**{name: each.to(self.device) for name, each in inputs.items()}).logits
        return np.asarray(found[:, 0].double().cpu().numpy())

    def close(self) -> None:
        """Free the model's memory; it cannot be used any more."""
        self._model = None
        let_go(self.device)

    def _row(self, *texts: str, **how: Any) -> Row:
        found = self.tokenizer(*texts, truncation=False, return_token_type_ids=True, verbose=False, **how)
        return Row(list(found["input_ids"]), list(found["token_type_ids"]))


def load_reward_model(name: str, device: str | None = None) -> RewardModel:
    """The reward model of that name: a folder, or a hub name such as `org/model`, read by
    `AutoModelForSequenceClassification`.

    Raises:
        UserError: no such model here and none to be had, too little memory for it, or one that gives no rewards.
    """
    from safetensors import SafetensorError

    model = locate(name, kind=REWARD_MODEL)
    try:
        return RewardModel(model, choose_device(device))
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise UserError(
            f"The model {name!r} in {model.folder} cannot be loaded as a reward model ({first_line(error)}). Check "
            "that its files are complete, or choose another model."
        ) from error


def rewards(
    examples: Sequence[Example],
    answers: Sequence[str],
    model: RewardModel,
    store: Store | None = None,
    progress: Progress = silent,
) -> NDArray[np.float64]:
    """The reward of each of those answers to what was said before it, (n,); with a store, kept in stretches.

    NaN where the two together are longer than the model's context: the reward of a cut answer would be another's; and
    where the model's chat template refuses the turns.

    Raises:
        UserError: it refuses those of every row.
    """
    rows, refused = [], list[RefusedTurnsError]()
    for row, (example, answer) in enumerate(zip(examples, answers, strict=True)):
        if row % _STRETCH == 0:
            progress(0.05 * row / len(examples), f"Split {row:,} of {len(examples):,} answers into tokens")
        try:
            rows.append(model.row(example, answer))
        except RefusedTurnsError as error:
            refused.append(error)
            rows.append(Row([], []))
    if refused and len(refused) == len(rows):
        raise refused[0]
    order = [row for row in range(len(rows)) if 0 < len(rows[row].tokens) <= model.context]
    order.sort(key=lambda row: -len(rows[row].tokens))
    found = np.full(len(rows), np.nan)
    for first in range(0, len(order), _STRETCH):
        some = order[first : first + _STRETCH]

        def say(share: float, first: int = first, count: int = len(some)) -> None:
            done = (first + share * count) / len(order)
            progress(0.05 + 0.95 * done, f"Rewarded {first:,} of {len(order):,} answers")

        found[some] = _kept([rows[row] for row in some], model, store, say)
    if order:
        progress(1, f"Rewarded {len(order):,} answers")
    return found


def _kept(
    rows: list[Row], model: RewardModel, store: Store | None, say: Callable[[float], None]
) -> NDArray[np.float64]:
    """The rewards of rows in falling order of length, from the store where they are known."""
    lengths = [len(row.tokens) for row in rows]
    tokens = np.array([[token for row in rows for token in row.tokens], [part for row in rows for part in row.parts]])
    key = digest("rewards", VERSION, model.key, str(model.dtype), lengths, tokens)
    if store is not None and (known := store.load(key)) is not None:
        return np.array(known[1]["rewards"])
    # without a padding token the model cannot tell where a row ends: one at a time
    room = 1 if model.pad is None else _TOKENS[model.device.partition(":")[0]]
    parts = []
    for some in batches(lengths, room):
        say(some.start / len(rows))
        parts.append(model.rewards(rows[some]))
    found = np.concatenate(parts)
    if store is not None:
        store.save(key, {}, rewards=found)
    return found
