"""Examples as tokens that are trained on: which count, what is cut, and what is left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..progress import Progress, silent
from .batching import padded
from .chat import RefusedTurnsError, first_refused
from .examples import Example
from .head import token_losses
from .language_model import LanguageModel

_ROOM = 2048
_ROWS = 512  # made tokens of between two looks at whether to stop

Pair = tuple[list[int], list[int]]


@dataclass(frozen=True)
class TrainingRows:
    """What stands before each answer and the answer with its end token, in tokens; and how many rows are not here.

    cut: answers that end where the context does, without an end token. empty: no answer. no_room: what stands before
    fills the context. unled: one token, and none to stand before it. refused: places of those whose turns the chat
    template refuses.
    """

    pairs: tuple[Pair, ...]
    cut: int
    empty: int
    no_room: int
    unled: int
    refused: tuple[int, ...] = ()

    @property
    def of(self) -> int:
        return len(self.pairs) + self.empty + self.no_room + self.unled + len(self.refused)

    def notes(self) -> tuple[str, ...]:
        """What was cut or left out, in sentences."""
        words = {
            "answers were cut where the model's context ends, and are trained on so far": self.cut,
            "rows were not trained on: there is no answer": self.empty,
            "rows were not trained on: what stands before the answer fills the model's context": self.no_room,
            "rows were not trained on: the answer is one token, and the tokenizer has none to stand before it": (
                self.unled
            ),
        }
        if self.refused:
            words[f"rows were not trained on: {first_refused(self.refused, self.of)}"] = len(self.refused)
        return tuple(f"{count:,} of {self.of:,} {what}." for what, count in words.items() if count)


def training_rows(examples: Sequence[Example], model: LanguageModel, *, progress: Progress = silent) -> TrainingRows:
    """The examples as `model` is trained on them: in the form in which it scores them, and the end token behind."""
    end = [] if model.end is None else [model.end]
    pairs, refused = list[Pair](), list[int]()
    cut = empty = no_room = unled = 0
    for row, each in enumerate(examples):
        if row % _ROWS == 0:
            progress(row / len(examples), f"Split {row:,} of {len(examples):,} rows into tokens")
        try:
            before, answer = model.prompt_tokens(each), model.answer_tokens(each)
        except RefusedTurnsError:
            refused.append(row)
            continue
        room = model.context - len(before)
        if not answer:
            empty += 1
            continue
        if room < 1:
            no_room += 1
            continue
        cut += len(answer) > room
        answer = [*answer, *end][:room]
        if counted((before, answer)):
            pairs.append((before, answer))
        else:
            unled += 1
    return TrainingRows(tuple(pairs), cut, empty, no_room, unled, tuple(refused))


def counted(pair: Pair) -> int:
    """How many tokens of the answer have a loss: not its first, where nothing stands before it."""
    before, answer = pair
    return len(answer) - (not before)


def answer_loss(model: Any, pairs: Sequence[Pair], device: str, room: int = _ROOM) -> Any:
    """The sum of the losses of all answer tokens, in nats, a tensor to go back from; nothing else has a part in it.

    Args:
        room: so many tokens' logits are held at once.
    """
    import torch

    tokens, _ = padded([[*before, *answer] for before, answer in pairs])
    mask = torch.zeros_like(tokens)
    labels = torch.full_like(tokens, -100)
    for row, (before, answer) in enumerate(pairs):
        stop = len(before) + len(answer)
        mask[row, :stop] = 1
        labels[row, len(before) : stop] = tokens[row, len(before) : stop]
    first = max(0, min(len(before) for before, _ in pairs) - 1)  # whose next token is the first that counts
    tokens, mask, labels = tokens.to(device), mask.to(device), labels.to(device)
    return token_losses(model, tokens, mask, labels[:, first + 1 :], room).sum()
