"""A causal language model of `transformers`: loaded, and asked for the loss of tokens."""

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..devices import choose_device
from ..errors import UserError
from ..memory import available, in_words
from ..models import LANGUAGE_MODEL, Model, first_line, locate
from ..quiet import quiet
from .examples import Example

_NO_LIMIT = 1 << 24  # models without a limit name a number beyond any text
_BETWEEN = "\n\n"  # turns, for a model without a chat template
_WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")  # of which the first that there are is loaded
_TOKENS = {"cpu": 2048, "cuda": 32768, "mps": 8192}  # of a batch, with its padding
_LOGITS = 256 << 20  # bytes of them at once, in float32; on a CUDA device a share of what is free
_SHARE = 8


class LanguageModel:
    """A model with its tokenizer; `close` frees the memory.

    Args:
        device: "cpu", "cuda", "mps"; weights are bfloat16 where a CUDA device computes in it, and float32 elsewhere.
    """

    def __init__(self, model: Model, device: str) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

        self.name, self.source, self.key, self.device = model.title, model.source, model.key, device
        half = device.startswith("cuda") and torch.cuda.is_bf16_supported()
        self.dtype = torch.bfloat16 if half else torch.float32
        _check_memory(model, device, 2 if half else 4)
        folder = str(model.folder)
        with quiet():
            self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            found: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=self.dtype, local_files_only=True)
        found.generation_config = GenerationConfig()  # a folder's own, such as a repetition penalty, is not greedy
        self._model: Any = found.to(device).eval()
        self.chats = bool(getattr(self.tokenizer, "chat_template", None))
        limits = [getattr(found.config, "max_position_embeddings", None), self.tokenizer.model_max_length]
        known = [int(each) for each in limits if each is not None and 0 < each < _NO_LIMIT]
        self.context = min(known, default=2048)
        self.vocabulary = int(found.config.get_text_config().vocab_size)

    @property
    def start(self) -> int | None:
        """The token that stands before a text; None where the tokenizer has none."""
        for token in (self.tokenizer.bos_token_id, self.tokenizer.eos_token_id):
            if token is not None:
                return int(token)
        return None

    @property
    def tokens_at_once(self) -> int:
        """How many tokens a batch may have, with its padding, so that the logits of them all stay within memory."""
        import torch

        room = _LOGITS
        if self.device.startswith("cuda"):
            room = max(room, int(torch.cuda.mem_get_info(self.device)[0]) // _SHARE)
        return max(1, min(_TOKENS[self.device.partition(":")[0]], room // (4 * self.vocabulary)))

    def prompt_tokens(self, example: Example) -> list[int]:
        """The tokens of what was said before the answer, through the chat template where the model has one."""
        if self.chats and example.before:
            said = [{"role": "user" if role == "text" else role, "content": text} for role, text in example.before]
            try:
                words = self.tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
            except Exception as error:  # jinja's own errors: the template of a model refuses what it does not know
                roles = ", ".join(role for role, _ in example.before)
                raise UserError(
                    f"The chat template of {self.name} refuses the turns {roles} ({first_line(error)}). Choose another "
                    "model."
                ) from error
            return self._tokens(words)
        words = "".join(text + _BETWEEN for _, text in example.before)
        return ([] if self.start is None else [self.start]) + self._tokens(words)

    def answer_tokens(self, example: Example) -> list[int]:
        return self._tokens(example.answer)

    def losses(self, batch: Sequence[tuple[Sequence[int], Sequence[int]]]) -> list[NDArray[np.float64]]:
        """Minus the log-probability of each answer token, in nats, given all tokens before it.

        Args:
            batch: (before, answer) in tokens. Where nothing stands before, the first answer token has no loss and is
                left out.
        """
        import torch

        lengths = [len(before) + len(answer) for before, answer in batch]
        longest = max(lengths)
        tokens = torch.zeros((len(batch), longest), dtype=torch.long)
        mask = torch.zeros((len(batch), longest), dtype=torch.long)
        for row, (before, answer) in enumerate(batch):
            tokens[row, : lengths[row]] = torch.tensor([*before, *answer])
            mask[row, : lengths[row]] = 1
        first = max(0, min(len(before) for before, _ in batch) - 1)  # whose next token is the first that counts
        with torch.inference_mode():
            tokens, mask = tokens.to(self.device), mask.to(self.device)
            keep = torch.arange(first, longest - 1, device=self.device)
            logits = self._model(input_ids=tokens, attention_mask=mask, logits_to_keep=keep).logits
            loss = torch.nn.functional.cross_entropy(
                logits.float().flatten(0, 1), tokens[:, first + 1 :].flatten(), reduction="none"
            ).view(len(batch), -1)
        found = loss.double().cpu().numpy()
        return [
            found[row, max(0, len(before) - 1 - first) : lengths[row] - 1 - first]
            for row, (before, _) in enumerate(batch)
        ]

    def continued(self, prompts: Sequence[Sequence[int]], most: int) -> list[list[int]]:
        """The likeliest token after each prompt again and again, up to an end token or `most` tokens.

        Args:
            prompts: none empty, and each with room for `most` tokens behind it in the context.
        """
        import torch

        longest = max(map(len, prompts))
        ends = self.tokenizer.eos_token_id
        pad = self.tokenizer.pad_token_id
        pad = int(pad if pad is not None else ends if ends is not None else 0)
        tokens = torch.full((len(prompts), longest), pad, dtype=torch.long)
        mask = torch.zeros((len(prompts), longest), dtype=torch.long)
        for row, prompt in enumerate(prompts):  # on the left, so that all go on from the same place
            tokens[row, longest - len(prompt) :] = torch.tensor(list(prompt))
            mask[row, longest - len(prompt) :] = 1
        with torch.inference_mode(), quiet():
            found = self._model.generate(
                input_ids=tokens.to(self.device),
                attention_mask=mask.to(self.device),
                max_new_tokens=most,
                do_sample=False,
                num_beams=1,
                eos_token_id=ends,
                pad_token_id=pad,
            )
        answers = found[:, longest:].cpu().tolist()
        return [each[: each.index(ends)] if ends in each else each for each in answers]

    def close(self) -> None:
        """Free the model's memory; it cannot be used any more."""
        import torch

        self._model = None
        gc.collect()
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()

    def _tokens(self, words: str) -> list[int]:
        return list(self.tokenizer(words, add_special_tokens=False, verbose=False)["input_ids"])


def load_language_model(name: str, *, device: str | None = None) -> LanguageModel:
    """The causal language model of that folder or hub name, `org/model` or `org/model@revision`.

    Raises:
        UserError: no such model here and none to be had, a folder that holds none, too little memory for it.
    """
    from safetensors import SafetensorError

    model = locate(name, kind=LANGUAGE_MODEL)
    try:
        return LanguageModel(model, choose_device(device))
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise UserError(
            f"The model {name!r} in {model.folder} cannot be loaded as a causal language model ({first_line(error)}). "
            "Check that its files are complete, or choose another model."
        ) from error


def _check_memory(model: Model, device: str, width: int) -> None:
    """Raise a UserError where the weights alone, `width` bytes each, are more than there is memory."""
    kinds = [list(Path(model.folder).glob(pattern)) for pattern in _WEIGHTS]
    files = next((kind for kind in kinds if kind), [])
    needed = sum(path.stat().st_size for path in files) * width // _stored_width(model.folder)
    if device.startswith("cuda"):
        import torch

        free = int(torch.cuda.mem_get_info(device)[0])
    else:
        free = available()
    if needed * 1.2 > free:
        raise UserError(
            f"{model.title} needs about {in_words(needed * 1.2)} of memory on {device}, and {in_words(free)} are free. "
            "Choose a smaller model."
        )


def _stored_width(folder: Path) -> int:
    """Bytes of a weight as it lies on disk."""
    from transformers import AutoConfig

    dtype = str(getattr(AutoConfig.from_pretrained(str(folder), local_files_only=True), "dtype", None))
    return 2 if dtype in ("torch.bfloat16", "torch.float16", "bfloat16", "float16") else 4
