"""How many tokens a row is to whoever trains on it: of its whole text, by a tokenizer of the person's choice."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .digest import digest, digest_file
from .errors import UserError
from .kept import kept, may_work, working
from .models import locate
from .progress import Progress, silent
from .template import default_template, texts

if TYPE_CHECKING:
    from .study_data import StudyData

_AT_ONCE = 2000
_FILES = ("*token*", "vocab*", "merges*", "*.model", "config.json")


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
    folder = _folder(name, of_encoder=tokenizer is None)

    def run() -> NDArray[np.int64]:
        assert study.dataset is not None
        every = texts(study.dataset, default_template(study.dataset))
        return _counts(_load(name, folder), [every[row] for row in study.positions], progress)

    key = digest("tokens", 2, _digest_of(folder), study.dataset.key, study.positions)
    return study._once(key, run, lambda counts: ({}, {"counts": counts}), lambda _, arrays: arrays["counts"])


def known_counts(study: "StudyData", tokenizer: str | None = None) -> NDArray[np.int64] | None:
    """The same where the tokens were counted before, at no cost; else, or where they cannot be counted, None."""
    try:
        return kept(token_counts, study, tokenizer)
    except UserError:
        return None


def _counts(tokenizer: Any, rows: Sequence[str], progress: Progress) -> NDArray[np.int64]:
    found = np.empty(len(rows), dtype=np.int64)
    for start in range(0, len(rows), _AT_ONCE):
        some = list(rows[start : start + _AT_ONCE])
        encoded = tokenizer(some, add_special_tokens=False, truncation=False, return_attention_mask=False)
        found[start : start + len(some)] = [len(ids) for ids in encoded["input_ids"]]
        progress((start + len(some)) / len(rows), f"Counted the tokens of {start + len(some):,} of {len(rows):,} rows")
    return found


def _folder(name: str, *, of_encoder: bool) -> Path:
    """Where the files of a tokenizer lie: a folder, or what the hub's cache holds; an encoder has its own.

    Raises:
        UserError: it is nowhere to be had.
    """
    if of_encoder:
        return locate(name, download=working()).folder
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        cached = try_to_load_from_cache(name, "tokenizer.json")
        if not isinstance(cached, str):
            may_work()
            _load(name, folder)  # which fetches it
            cached = try_to_load_from_cache(name, "tokenizer.json")
    except HFValidationError:
        cached = None
    if not isinstance(cached, str):
        raise _not_fast(name) if working() else UserError(f"The tokenizer {name} is not on this machine.")
    return Path(cached).parent


def _digest_of(folder: Path) -> str:
    """Of what a tokenizer is made from."""
    files = sorted({path for pattern in _FILES for path in folder.glob(pattern) if path.is_file()})
    return digest([[path.name, digest_file(path)] for path in files])


def _load(name: str, folder: Path) -> Any:
    """A fast tokenizer from its folder, or where there is none by name."""
    from transformers import AutoTokenizer

    try:
        found = AutoTokenizer.from_pretrained(str(folder) if folder.is_dir() else name)
    except (OSError, ValueError, ImportError, KeyError) as error:
        what = "has no tokenizer that can be read" if folder.is_dir() else "is not to be had"
        raise UserError(
            f"The tokenizer {name} {what} ({str(error).splitlines()[0][:200]}). Name a folder with a tokenizer.json, "
            "or a model on the hub where there is a network."
        ) from error
    if not found.is_fast:
        raise _not_fast(name)
    return found


def _not_fast(name: str) -> UserError:
    return UserError(f"The tokenizer {name} has no tokenizer.json. Save it once as a fast tokenizer, or name another.")
