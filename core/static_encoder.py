"""Static models: the vector of a text is the mean of the vectors of its tokens. Hundreds of times as fast as others.

Whatever sentence-transformers reads as a StaticEmbedding, with or without a Normalize behind it: those that
`core.distilling` makes, and those of model2vec.
"""

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .digest import digest
from .models import Model
from .progress import Progress, silent
from .quiet import quiet

_AT_ONCE = 1024  # texts that are made tokens of between two reports of progress


def is_static(folder: Path) -> bool:
    """Whether the model in that folder is a static one, by its list of modules; nothing is loaded."""
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        first, *rest = [str(module["type"]).rpartition(".")[2] for module in modules]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return first == "StaticEmbedding" and set(rest) <= {"Normalize"}


class StaticEncoder:
    """A static model, on the processor: what it computes is less than what it reads from memory."""

    device = "cpu"
    batch_tokens = 1 << 18

    def __init__(
        self,
        model: Model,
        tokenizer: Any,
        vectors: NDArray[np.float32],
        *,
        unit: bool,
        prompt: str = "",
        max_tokens: int | None = None,
    ) -> None:
        """Args: tokenizer: of `tokenizers`; vectors: (tokens, d); unit: whether vectors of texts have length 1."""
        import torch

        self.name, self.source, self.key, self.max_tokens = model.title, model.source, model.key, max_tokens
        if max_tokens is not None:
            self.name = f"{model.title}, first {max_tokens:,} tokens"
            self.key = digest("truncated", model.key, max_tokens)
        self._tokenizer, self._prompt, self._unit = tokenizer, prompt, unit
        self._tokenizer.no_truncation()  # a text is read whole: it costs next to nothing
        self._tokenizer.no_padding()
        self._vectors = torch.from_numpy(vectors)
        self._lock = threading.Lock()
        self.dim = int(vectors.shape[1])

    def token_counts(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.int64]:
        """Tokens of each text, the model's prompt included, (n,)."""
        counts = np.empty(len(texts), dtype=np.int64)
        for start in range(0, len(texts), _AT_ONCE):
            some = slice(start, min(start + _AT_ONCE, len(texts)))
            counts[some] = [len(ids) for ids in self._ids(texts[some])]
            progress(some.stop / len(texts), f"Counted the tokens of {some.stop:,} of {len(texts):,} texts")
        return counts

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float32]:
        """The vectors of the texts in their order, (n, d); zeros for a text without a token."""
        import torch

        found = np.empty((len(texts), self.dim), dtype=np.float32)
        for start in range(0, len(texts), _AT_ONCE):
            some = slice(start, min(start + _AT_ONCE, len(texts)))
            ids = [of_text[: self.max_tokens] for of_text in self._ids(texts[some])]
            ends = np.cumsum([len(of_text) for of_text in ids])
            every = np.fromiter((number for of_text in ids for number in of_text), dtype=np.int64, count=ends[-1])
            starts = torch.from_numpy(np.concatenate([[0], ends[:-1]]))
            with torch.inference_mode():
                means = torch.nn.functional.embedding_bag(torch.from_numpy(every), self._vectors, starts, mode="mean")
                found[some] = (torch.nn.functional.normalize(means) if self._unit else means).numpy()
            progress(some.stop / len(texts), f"Encoded {some.stop:,} of {len(texts):,} texts")
        return found

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        with self._lock:  # sessions are threads
            read = [self._prompt + text for text in texts] if self._prompt else list(texts)
            return [found.ids for found in self._tokenizer.encode_batch_fast(read, add_special_tokens=False)]


def load_static(model: Model, max_tokens: int | None = None) -> StaticEncoder:
    """The static model in that folder, as sentence-transformers reads it."""
    with quiet():
        from sentence_transformers import SentenceTransformer

        loaded: Any = SentenceTransformer(str(model.folder), device="cpu", local_files_only=True)
    prompt = loaded.prompts[loaded.default_prompt_name] if loaded.default_prompt_name else ""
    vectors = loaded[0].embedding.weight.detach().float().numpy()
    return StaticEncoder(
        model, loaded[0].tokenizer, vectors, unit=len(loaded) > 1, prompt=prompt, max_tokens=max_tokens
    )
