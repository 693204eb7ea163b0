"""Encoders turn texts into vectors: the bundled default, or any sentence-transformers model by name or folder.

An encoder's key names its weights and settings, so that vectors of different encoders are never taken for each other.
"""

import contextlib
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .devices import choose_device
from .digest import digest
from .errors import UserError
from .models import DEFAULT, Model, first_line, locate
from .onednn import pack_linear_layers
from .progress import Progress, silent
from .quiet import quiet
from .static_encoder import is_static, load_static

_COUNT_AT_ONCE = 2048  # texts tokenized between two reports of progress
_BATCH_TOKENS = {"cpu": 1024, "cuda": 32768, "mps": 8192}  # on a CPU what a core's cache holds
_NO_LIMIT = 1 << 24  # tokenizers without a limit name a number beyond any text
_LONG = 64  # characters for each token that is read, from which on a text counts as long ...
_START = 32  # ... and so many of them are looked at: far more than the tokens that are read have in any language
_BEYOND = 16  # tokens that such a start must have beyond those that are read, or else the whole text is looked at


class Encoder(Protocol):
    """What `embed` needs of an encoder."""

    @property
    def name(self) -> str: ...  # as a person reads it
    @property
    def source(self) -> str: ...  # as `load_encoder` takes it, with the revision pinned
    @property
    def key(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def max_tokens(self) -> int | None: ...
    @property
    def device(self) -> str: ...
    @property
    def batch_tokens(self) -> int: ...  # how many tokens it computes at once

    def token_counts(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.int64]:
        """Tokens of each text, special tokens included; of a long text that is cut, only that they are too many."""
        ...

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float32]:
        """The vectors of the texts in their order, (n, d)."""
        ...


class SentenceEncoder:
    """A sentence-transformers model with a lock around it: sessions are threads, fast tokenizers cannot be shared."""

    def __init__(self, model: Model, device: str, max_tokens: int | None = None) -> None:
        self.name = model.title
        self.source = model.source
        self.key = model.key
        self.device = device
        self.batch_tokens = _BATCH_TOKENS[device.partition(":")[0]]
        self._lock = threading.Lock()
        with quiet():
            from sentence_transformers import SentenceTransformer

            # The path goes in as str: sentence-transformers refuses a Path.
            self._model: Any = SentenceTransformer(str(model.folder), device=device, local_files_only=True)
            self._model.float().eval()
        prompt_name = self._model.default_prompt_name
        self._prompt: str = self._model.prompts[prompt_name] if prompt_name else ""
        limit = self._model.max_seq_length
        self.max_tokens: int | None = int(limit) if limit is not None and limit < _NO_LIMIT else None
        self._reads_starts = _reads_starts(self._model.tokenizer)
        if max_tokens is not None and (self.max_tokens is None or max_tokens < self.max_tokens):
            self._model.max_seq_length = self.max_tokens = max_tokens
            self.name = f"{model.title}, first {max_tokens:,} tokens"
            self.key = digest("truncated", model.key, max_tokens)
        self.dim = int(self._forward(self._model.preprocess(["a"])).shape[1])
        if device == "cpu" and (config := self._model.config) is not None:
            pack_linear_layers(self._model, config.model_type)

    def token_counts(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.int64]:
        """Tokens of each text, special tokens and the model's prompt included, (n,).

        Of a text that is far longer than what the encoder reads, only the start is cut into tokens: its number is then
        above `max_tokens`, and no more is known.
        """
        return self._read(texts, progress)[1]

    def _read(self, texts: Sequence[str], progress: Progress = silent) -> tuple[list[str], NDArray[np.int64]]:
        """What of each text has to be cut into tokens so that all that are read are found, and how many it has."""
        read, counts = [self._start(text) for text in texts], np.empty(len(texts), dtype=np.int64)
        for start in range(0, len(texts), _COUNT_AT_ONCE):
            rows = range(start, min(start + _COUNT_AT_ONCE, len(texts)))
            counts[start : rows.stop] = self._count([read[i] for i in rows])
            if self.max_tokens is not None:
                enough = self.max_tokens + _BEYOND
                doubtful = [i for i in rows if len(read[i]) < len(texts[i]) and counts[i] < enough]
                for i in doubtful:
                    read[i] = texts[i]
                counts[doubtful] = self._count([texts[i] for i in doubtful])
            progress(rows.stop / len(texts), f"Counted the tokens of {rows.stop:,} of {len(texts):,} texts")
        return read, counts

    def _start(self, text: str) -> str:
        """A long text up to a space, if nothing after it can change the tokens before it; else the whole text."""
        if self.max_tokens is None or not self._reads_starts or len(text) <= _LONG * self.max_tokens:
            return text
        start = text[: text.rfind(" ", 0, _START * self.max_tokens) + 1].rstrip()
        return start or text

    def _count(self, texts: list[str]) -> list[int]:
        with self._lock:
            return _count(self._model.tokenizer, [self._prompt + text for text in texts])

    def encode(self, texts: Sequence[str], progress: Progress = silent) -> NDArray[np.float32]:
        """The vectors of the texts in their order, (n, d); computed longest first, about `batch_tokens` at a time."""
        found = np.empty((len(texts), self.dim), dtype=np.float32)
        read, counts = self._read(texts)
        costs = tokens_read(counts, self.max_tokens)
        order = np.argsort(-costs, kind="stable")
        batches = [order[batch] for batch in batches_of(costs[order], self.batch_tokens)]
        done, total = 0, int(costs.sum())
        with self._lock:
            for rows, vectors in zip(batches, self._forward_all(read, batches), strict=True):
                found[rows] = vectors
                done += int(costs[rows].sum())
                progress(done / total, f"Encoded {done:,} of {total:,} tokens")
        return found

    def _forward_all(self, texts: Sequence[str], batches: Sequence[NDArray[np.int64]]) -> Iterator[Any]:
        """The vectors of each batch in order; on a CPU each core takes a batch of its own."""
        with _workers(self.device) as (pool, count):
            waiting: deque[Future[Any]] = deque()
            for rows in batches:
                features = self._model.preprocess([texts[i] for i in rows], prompt=self._prompt or None)
                waiting.append(pool.submit(self._forward, features))
                if len(waiting) > 2 * count:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _forward(self, features: dict[str, Any]) -> Any:
        import torch

        with torch.inference_mode():
            features = {name: x.to(self.device) if torch.is_tensor(x) else x for name, x in features.items()}
            return self._model(features)["sentence_embedding"].float().cpu().numpy()


def tokens_read(counts: NDArray[np.int64], max_tokens: int | None) -> NDArray[np.int64]:
    """How many tokens of each text an encoder reads that reads at most `max_tokens`."""
    return counts if max_tokens is None else np.minimum(counts, max_tokens)


def batches_of(costs: NDArray[np.int64], tokens: int) -> Iterator[slice]:
    """Slices over falling costs, each of at most that many tokens with its padding (or of one text)."""
    start = 0
    while start < len(costs):
        stop = min(len(costs), start + max(1, tokens // max(1, int(costs[start]))))
        yield slice(start, stop)
        start = stop


def load_encoder(name: str = DEFAULT, *, device: str | None = None, max_tokens: int | None = None) -> Encoder:
    """The encoder of that name: "default", a folder, or a hub name such as `org/model` or `org/model@revision`.

    It is loaded once for all sessions. Without `device` the fastest that this machine has is taken. With `max_tokens`
    it reads no more than so many tokens of a text, special tokens included, and is another encoder.

    Raises:
        UserError: no such model here and none to be had, a folder that holds none, a device that is not there, or
            fewer than 3 tokens.
    """
    from safetensors import SafetensorError

    if max_tokens is not None and max_tokens < 3:
        raise UserError(f"An encoder that reads {max_tokens} tokens of a text reads none of its words. Use 3 or more.")

    model = locate(name)
    device = choose_device(device)
    with _LOADING:
        try:
            return _loaded(model, device, max_tokens)
        except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
            raise UserError(
                f"The model {name!r} in {model.folder} cannot be loaded by sentence-transformers "
                f"({first_line(error)}). Check that its files are complete, or choose another encoder."
            ) from error


def encoder_key(name: str = DEFAULT) -> str:
    """What names the encoder's weights and settings; found without loading the model.

    Raises:
        UserError: no such model here and none to be had.
    """
    return locate(name).key


_LOADING = threading.Lock()


@lru_cache(maxsize=2)
def _loaded(model: Model, device: str, max_tokens: int | None) -> Encoder:
    if is_static(model.folder):
        return load_static(model, max_tokens)
    return SentenceEncoder(model, device, max_tokens)


def _count(tokenizer: Any, texts: list[str]) -> list[int]:
    fast = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if hasattr(fast, "encode_batch_fast"):
        fast.no_truncation()
        fast.no_padding()
        return [len(found) for found in fast.encode_batch_fast(texts)]
    if callable(tokenizer):
        return [len(ids) for ids in tokenizer(texts, truncation=False, padding=False, verbose=False)["input_ids"]]
    return [len(tokenizer.tokenize(text)) for text in texts]


def _reads_starts(tokenizer: Any) -> bool:
    """Whether what it reads of a long text is known from its start: it cuts words apart first, and drops the end."""
    before = getattr(getattr(tokenizer, "backend_tokenizer", tokenizer), "pre_tokenizer", None)
    apart = before is not None and len(before.pre_tokenize_str("a b")) > 1
    return apart and getattr(tokenizer, "truncation_side", "right") == "right"


@contextlib.contextmanager
def _workers(device: str) -> Iterator[tuple[Executor, int]]:
    """Threads that compute, and how many: on a CPU one a core, each with a batch in its own cache; else one."""
    import torch

    threads = torch.get_num_threads()
    if device != "cpu" or threads == 1:
        with ThreadPoolExecutor(1) as pool:
            yield pool, 1
        return
    pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield pool, threads
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)  # the libraries below share one number between threads
