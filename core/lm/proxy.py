"""The proxy: a small causal language model with its own tokenizer, trained on the user's pool in minutes.

It is for trying the loop, and for what is hard beside what; it is no judge of how a real model will fare.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..digest import digest
from ..errors import UserError
from ..progress import Progress, part, silent
from ..quiet import quiet
from ..store import Store
from .examples import Example
from .language_model import LanguageModel, load_language_model
from .optimising import Optimiser, tenths

PROXY = "proxy"
VERSION = 1
END = "<|end|>"
_BETWEEN = "\n\n"
_LETTERS_A_WORD = 200  # a word of the vocabulary is learnt from that many letters or more
_FEWEST_WORDS = 512
_TEXTS = 1024  # made tokens of between two looks at whether to stop


@dataclass(frozen=True)
class ProxySize:
    """How large the proxy is, and how long it learns."""

    words: int = 4096  # tokens of its vocabulary at most, and of a small pool fewer
    layers: int = 4
    heads: int = 4
    width: int = 192
    context: int = 256
    passes: float = 1.0  # over the texts, and more of a small pool
    least_steps: int = 300
    most_steps: int = 1500
    batch: int = 16
    rate: float = 1e-3


BASE_SIZE = ProxySize(least_steps=60, most_steps=300)


def train_proxy(
    examples: Sequence[Example],
    store: Store,
    *,
    size: ProxySize | None = None,
    seed: int = 0,
    device: str | None = None,
    progress: Progress = silent,
) -> LanguageModel:
    """The proxy of those rows: byte-pair tokenizer and GPT-2-shaped model, both trained on nothing else.

    Kept in the store, and trained once for the same rows, size and seed. On a processor the same rows and seed give
    the same model on one machine.

    Raises:
        UserError: no text at all, or a seed that is no whole number from 0 below 2 to the 63.
    """
    size = size or ProxySize()
    texts = [_whole(each) for each in examples if each.answer or each.before]
    _check(texts, seed)
    key = digest("proxy", VERSION, asdict(size), seed, texts)
    if not store.has("models", key):
        with store.draft("models", key) as folder:
            _train(texts, texts, size, seed, folder, device, progress)
    found = load_language_model(str(store.folder("models", key)), device=device)
    found.name, found.proxy = f"{PROXY} (trained on {len(texts):,} rows)", True
    return found


def proxy_base(
    examples: Sequence[Example],
    store: Store,
    *,
    seed: int = 0,
    size: ProxySize | None = None,
    device: str | None = None,
    progress: Progress = silent,
) -> LanguageModel:
    """A proxy that has read no answer, to be trained on some: its tokenizer is learnt from all texts of those rows,
    its weights from what was said before the answers alone. Where nothing was, they are random.

    Prompts are few tokens: it learns for fewer steps than a proxy that reads all (`BASE_SIZE`).

    Kept in the store, as `train_proxy`.

    Raises:
        UserError: as `train_proxy`.
    """
    size = size or BASE_SIZE
    texts = [_whole(each) for each in examples if each.answer or each.before]
    _check(texts, seed)
    # without what stands before an answer: it would learn that there all ends, and answer nothing
    read = [_before(each).removesuffix(_BETWEEN) for each in examples if each.before]
    key = digest("proxy base", VERSION, asdict(size), seed, texts, read)
    if not store.has("models", key):
        with store.draft("models", key) as folder:
            _train(texts, read, size, seed, folder, device, progress)
    found = load_language_model(str(store.folder("models", key)), device=device)
    found.name, found.proxy = PROXY, True
    return found


def _check(texts: list[str], seed: int) -> None:
    if not 0 <= seed < 1 << 63:
        raise UserError(f"The seed is {seed}, and must be a whole number from 0 to {(1 << 63) - 1}.")
    if not texts:
        raise UserError("There is no text to train the proxy on.")


def _whole(example: Example) -> str:
    return _before(example) + example.answer


def _before(example: Example) -> str:
    return "".join(text + _BETWEEN for _, text in example.before)


def _train(
    texts: list[str],
    read: list[str],
    size: ProxySize,
    seed: int,
    folder: Path,
    device: str | None,
    progress: Progress,
) -> None:
    """A tokenizer of `texts`, and weights that have read `read`."""
    from ..devices import choose_device

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    progress(0, "Training the proxy's tokenizer")
    words = int(np.clip(sum(map(len, texts)) // _LETTERS_A_WORD, min(_FEWEST_WORDS, size.words), size.words))
    tokenizer = _tokenizer(texts, words, size.context)
    tokenizer.save_pretrained(folder)
    ends = tokenizer.eos_token_id
    pieces = []
    for start in range(0, len(read), _TEXTS):
        progress(0.05 + 0.05 * start / len(read), f"Split {start:,} of {len(read):,} rows into tokens")
        found = tokenizer(read[start : start + _TEXTS], verbose=False)["input_ids"]
        pieces.append(np.array([token for ids in found for token in (ends, *ids)]))
    stream = np.concatenate(pieces) if pieces else np.empty(0, dtype=np.int64)
    losses = _fit(stream, tokenizer, size, seed, choose_device(device), folder, part(progress, 0.1, 1))
    (folder / "training.json").write_text(
        json.dumps({"rows": len(read), "tokens": len(stream), "seed": seed, "size": asdict(size), "losses": losses})
    )


def _tokenizer(texts: list[str], words: int, context: int) -> Any:
    """Byte-level byte pairs, so that every text has tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=words,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    raw.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, bos_token=END, eos_token=END, pad_token=END, model_max_length=context
    )


def _fit(
    stream: np.ndarray, tokenizer: Any, size: ProxySize, seed: int, device: str, folder: Path, progress: Progress
) -> list[float]:
    """Train on windows of the stream in seeded order; the mean loss of each tenth of the steps is returned.

    Of an empty stream the weights stay random.
    """
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    window = min(size.context, max(2, len(stream)))
    steps = int(np.clip(size.passes * len(stream) / (window * size.batch), size.least_steps, size.most_steps))
    steps = steps if len(stream) else 0
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        config = GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=size.context,
            n_embd=size.width,
            n_layer=size.layers,
            n_head=size.heads,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
        model: Any = GPT2LMHeadModel(config).to(device).train()
    optimiser = Optimiser(model.parameters(), size.rate, steps)
    rng = np.random.default_rng(seed)
    data = torch.from_numpy(np.resize(stream, max(len(stream), window)).astype(np.int64))
    losses: list[float] = []
    for step in range(steps):
        starts = rng.integers(0, len(data) - window + 1, size.batch)
        batch = torch.stack([data[start : start + window] for start in starts]).to(device)
        with quiet():
            loss = model(input_ids=batch, labels=batch).loss
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
        progress((step + 1) / steps, f"Training the proxy: step {step + 1:,} of {steps:,}, loss {losses[-1]:.2f}")
    with quiet():
        model.eval().save_pretrained(folder)
    return tenths(losses)
