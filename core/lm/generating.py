"""Answers that a causal language model gives itself, word by word the likeliest."""

from collections.abc import Sequence

from ..progress import Progress, silent
from .examples import Example
from .language_model import LanguageModel

_ROWS = {"cpu": 16, "cuda": 128, "mps": 32}  # at once


def generate(
    examples: Sequence[Example], model: LanguageModel, *, most: int = 128, progress: Progress = silent
) -> list[list[int] | None]:
    """The tokens of an answer to each example, at most `most`, without the end token; greedy, so without any chance.

    None where what was said before leaves no room in the model's context, or where nothing was said before.
    """
    before = [model.prompt_tokens(each) if each.before else [] for each in examples]
    rows = [row for row, tokens in enumerate(before) if tokens and len(tokens) < model.context]
    order = sorted(rows, key=lambda row: -len(before[row]))
    found: list[list[int] | None] = [None] * len(examples)
    size = _ROWS[model.device.partition(":")[0]]
    for start in range(0, len(order), size):
        some = order[start : start + size]
        for row, tokens in zip(some, model.continued([before[row] for row in some], most), strict=True):
            found[row] = tokens
        done = min(start + size, len(order))
        progress(done / len(order), f"Generated {done:,} of {len(order):,} answers")
    return found
