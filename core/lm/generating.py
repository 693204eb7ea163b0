"""Answers that a causal language model gives itself, word by word the likeliest."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from ..errors import UserError
from ..progress import Progress, silent
from .chat import RefusedTurnsError
from .examples import Example
from .language_model import LanguageModel

_ROWS = {"cpu": 16, "cuda": 128, "mps": 32}  # at once


def generate(
    examples: Sequence[Example], model: LanguageModel, *, most: int = 128, progress: Progress = silent
) -> list[list[int] | None]:
    """The tokens of an answer to each example, at most `most`, without the end token; greedy, so without any chance.

    An answer ends at the end of the model's context. None where what was said before leaves no room in it, where
    nothing was said before, or where the model's chat template refuses the turns.

    Raises:
        UserError: `most` below 1.
    """
    if most < 1:
        raise UserError(f"The most tokens of an answer are {most}, and must be at least 1.")
    before = [_prompt(each, model) for each in examples]
    rows = [row for row, tokens in enumerate(before) if tokens and len(tokens) < model.context]
    found: list[list[int] | None] = [None] * len(examples)
    done = 0
    for some, room in _batches({row: len(before[row]) for row in rows}, model, most):
        progress(done / len(rows), f"Generated {done:,} of {len(rows):,} answers")
        for row, tokens in zip(some, model.continued([before[row] for row in some], room), strict=True):
            found[row] = tokens
        done += len(some)
    if rows:
        progress(1, f"Generated {done:,} of {len(rows):,} answers")
    return found


def _prompt(example: Example, model: LanguageModel) -> list[int]:
    """The tokens of what was said before; none where nothing was, or the template refuses it."""
    try:
        return model.prompt_tokens(example) if example.before else []
    except RefusedTurnsError:
        return []


def _batches(lengths: dict[int, int], model: LanguageModel, most: int) -> Iterator[tuple[list[int], int]]:
    """Rows of about one length, and how many tokens may follow: as many for each, whatever stands beside it."""
    size = _ROWS[model.device.partition(":")[0]]

    def room(row: int) -> int:
        return min(most, model.context - lengths[row])

    for same, rows in groupby(sorted(lengths, key=lambda row: -lengths[row]), key=room):
        alike = list(rows)
        for start in range(0, len(alike), size):
            yield alike[start : start + size], same
