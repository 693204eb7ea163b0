"""How many tokens a row is to whoever trains on it: of its whole text, by a tokenizer of the person's choice."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .digest import digest
from .errors import UserError
from .models import locate
from .progress import Progress, silent
from .template import default_template, texts

if TYPE_CHECKING:
    from .study_data import StudyData

_AT_ONCE = 2000


def token_counts(study: "StudyData", tokenizer: str | None = None, *, progress: Progress = silent) -> NDArray[np.int64]:
    """Tokens of each row of the study, (n,): of its whole text, not of what was embedded, without special tokens.

    Args:
        tokenizer: a folder, or a name on the hub; that of the study's encoder by default.

    Raises:
        UserError: vectors without texts; a tokenizer that cannot be had.
    """
    if study.dataset is None:
        raise UserError(f"{study.name} has vectors alone: without texts there are no tokens to count.")
    name = tokenizer or study.embeddings.encoder_name
    if not name:
        raise UserError(f"{study.name} has vectors of its own: name the tokenizer whose tokens are to be counted.")
    chosen = _load(name, of_encoder=tokenizer is None)

    def run() -> NDArray[np.int64]:
        assert study.dataset is not None
        every = texts(study.dataset, default_template(study.dataset))
        return _counts(chosen, [every[row] for row in study.positions], progress)

    key = digest("tokens", 1, chosen.backend_tokenizer.to_str(), study.dataset.key, study.positions)
    return study._once(key, run, lambda counts: ({}, {"counts": counts}), lambda _, arrays: arrays["counts"])


def _counts(tokenizer: Any, rows: Sequence[str], progress: Progress) -> NDArray[np.int64]:
    found = np.empty(len(rows), dtype=np.int64)
    for start in range(0, len(rows), _AT_ONCE):
        some = list(rows[start : start + _AT_ONCE])
        encoded = tokenizer(some, add_special_tokens=False, truncation=False, return_attention_mask=False)
        found[start : start + len(some)] = [len(ids) for ids in encoded["input_ids"]]
        progress((start + len(some)) / len(rows), f"Counted the tokens of {start + len(some):,} of {len(rows):,} rows")
    return found


def _load(name: str, *, of_encoder: bool) -> Any:
    """A fast tokenizer by folder or name; of an encoder its own."""
    from transformers import AutoTokenizer

    folder = str(locate(name).folder) if of_encoder else name
    try:
        found = AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError, ImportError, KeyError) as error:
        what = "has no tokenizer that can be read" if Path(folder).is_dir() else "is not to be had"
        raise UserError(
            f"The tokenizer {name} {what} ({str(error).splitlines()[0][:200]}). Name a folder with a tokenizer.json, "
            "or a model on the hub where there is a network."
        ) from error
    if not found.is_fast:
        raise UserError(
            f"The tokenizer {name} has no tokenizer.json. Save it once as a fast tokenizer, or name another."
        )
    return found
