"""Turns through the chat template of a model, and the rows whose turns it refuses."""

from collections.abc import Sequence
from typing import Any

from ..errors import UserError
from ..models import first_line
from ..template import Turn


class RefusedTurnsError(UserError):
    """The chat template of a model refuses the turns of a row."""


def rendered(tokenizer: Any, spoken: Sequence[Turn], name: str, *, asked: bool) -> str:
    """The turns as the chat template writes them; `asked`: and the beginning of the answer to them.

    Raises:
        RefusedTurnsError: the template refuses them.
    """
    said = [{"role": "user" if role == "text" else role, "content": text} for role, text in spoken]
    try:
        return str(tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=asked))
    except Exception as error:  # jinja's own errors: the template of a model refuses what it does not know
        roles = ", ".join(role for role, _ in spoken)
        raise RefusedTurnsError(
            f"The chat template of {name} refuses the turns {roles} ({first_line(error)}). Choose another model."
        ) from error


def first_refused(refused: Sequence[int], rows: int) -> str:
    """Of which rows the template refuses the turns, and which is the first, counted from 1."""
    return f"the chat template refuses their turns (the first is row {refused[0] + 1:,} of these {rows:,})"
