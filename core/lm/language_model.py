"""A causal language model of `transformers`: loaded, and asked for the loss of tokens."""

import math
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..devices import choose_device
from ..errors import UserError
from ..models import LANGUAGE_MODEL, Model, first_line, locate
from ..quiet import quiet
from .batching import padded
from .chat import rendered
from .ends import end_tokens, turn_end
from .examples import Example
from .head import token_losses
from .hidden import find_blocks, hidden_states
from .lora import put_on
from .room import check_loading, let_go, within_memory
from .weights import best_dtype, read_weights

NO_LIMIT = 1 << 24  # models without a limit name a number beyond any text
BETWEEN = "\n\n"  # turns, for a model without a chat template
_TOKENS = {"cpu": 2048, "cuda": 32768, "mps": 8192}  # of a batch, with its padding
_LOGITS = 256 << 20  # bytes of them at once, in float32; on a CUDA device a share of what is free
_SHARE = 8


class LanguageModel:
    """A model with its tokenizer; `close` frees the memory.

    Args:
        device: "cpu", "cuda", "mps"; weights are bfloat16 where a CUDA device computes in it, and float32 elsewhere.
        adapters: folders of LoRA adapters that are put on the model, one above the other.

    proxy: whether it is the small proxy of a user's own pool, or was trained from it. notes: sentences on what it was
    not trained on. ends: the tokens that end an answer. end: the one of them that stands behind an answer it learns.
    """

    def __init__(self, model: Model, device: str, adapters: Sequence[Path] = ()) -> None:
        from transformers import AutoTokenizer

        self.name, self.source, self.key, self.device = model.title, model.source, model.key, device
        self.folder, self.adapters = model.folder, tuple(adapters)
        self.proxy, self.notes = False, tuple[str, ...]()
        self.dtype = best_dtype(device)
        check_loading(model, device, self.dtype.itemsize)
        with quiet():
            self.tokenizer: Any = AutoTokenizer.from_pretrained(str(model.folder), local_files_only=True)
        found = put_on(read_weights(model.folder, self.dtype), self.adapters)
        self._model: Any = found.to(device).eval()
        self.chats = bool(getattr(self.tokenizer, "chat_template", None))
        limits = [getattr(found.config, "max_position_embeddings", None), self.tokenizer.model_max_length]
        known = [int(each) for each in limits if each is not None and 0 < each < NO_LIMIT]
        self.context = min(known, default=2048)
        self.vocabulary = int(found.config.get_text_config().vocab_size)
        self.ends = end_tokens(self.tokenizer, found.generation_config.eos_token_id, self.vocabulary)
        self.end = turn_end(self.tokenizer, self.ends)

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
        """The tokens of what was said before the answer, through the chat template where the model has one.

        Raises:
            RefusedTurnsError: the template refuses the turns.
        """
        if self.chats and example.before:
            return self.text_tokens(rendered(self.tokenizer, example.before, self.name, asked=True))
        words = "".join(text + BETWEEN for _, text in example.before)
        return ([] if self.start is None else [self.start]) + self.text_tokens(words)

    def answer_tokens(self, example: Example) -> list[int]:
        return self.text_tokens(example.answer)

    def text_tokens(self, words: str) -> list[int]:
        """The tokens of a text and nothing else."""
        return list(self.tokenizer(words, add_special_tokens=False, verbose=False)["input_ids"])

    def losses(self, batch: Sequence[tuple[Sequence[int], Sequence[int]]]) -> list[NDArray[np.float64]]:
        """Minus the log-probability of each answer token, in nats, given all tokens before it.

        Args:
            batch: (before, answer) in tokens. Where nothing stands before, the first answer token has no loss and is
                left out.
        """
        import torch

        lengths = [len(before) + len(answer) for before, answer in batch]
        tokens, mask = padded([[*before, *answer] for before, answer in batch])
        first = max(0, min(len(before) for before, _ in batch) - 1)  # whose next token is the first that counts
        with torch.inference_mode(), within_memory(self.name, self.device):
            tokens, mask = tokens.to(self.device), mask.to(self.device)
            loss = token_losses(self._model, tokens, mask, tokens[:, first + 1 :], self.tokens_at_once)
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
        return self._generated(prompts, most, do_sample=False)

    def sampled(
        self, prompts: Sequence[Sequence[int]], most: int, *, temperature: float = 1, top_p: float = 1, seed: int = 0
    ) -> list[list[int]]:
        """Tokens drawn one after the other behind each prompt, up to an end token or `most` tokens.

        The same prompts together, seed and device draw the same; what is drawn depends on what stands beside it.

        Args:
            prompts: as for `continued`.
            temperature: 0 takes the likeliest, 1 draws by the model's chances, more makes them alike.
            top_p: draw from the fewest tokens whose chances sum to this.

        Raises:
            UserError: a temperature below 0, or a `top_p` that is not above 0 and at most 1.
        """
        import torch

        if not 0 <= temperature < math.inf:
            raise UserError(f"The temperature is {temperature:g}, and must be a number of at least 0.")
        if not 0 < top_p <= 1:
            raise UserError(f"The share of chances to draw from (top_p) is {top_p:g}, and must be above 0, at most 1.")
        if temperature == 0:
            return self.continued(prompts, most)
        with torch.random.fork_rng(devices=[self.device] if self.device.startswith("cuda") else []):
            torch.manual_seed(seed)
            how = {"temperature": float(temperature), "top_p": float(top_p), "top_k": 0}
            return self._generated(prompts, most, do_sample=True, **how)

    def _generated(self, prompts: Sequence[Sequence[int]], most: int, **how: Any) -> list[list[int]]:
        import torch

        longest = max(map(len, prompts))
        pad = self.tokenizer.pad_token_id
        pad = int(pad if pad is not None else next(iter(self.ends), 0))
        tokens, mask = padded(prompts, fill=pad, left=True)  # so that all go on from the same place
        with torch.inference_mode(), quiet(), within_memory(self.name, self.device):
            found = self._model.generate(
                input_ids=tokens.to(self.device),
                attention_mask=mask.to(self.device),
                max_new_tokens=most,
                num_beams=1,
                eos_token_id=list(self.ends) or None,
                pad_token_id=pad,
                **how,
            )
        answers = found[:, longest:].cpu().tolist()
        return [list(takewhile(lambda token: token not in self.ends, each)) for each in answers]

    @property
    def blocks(self) -> int:
        """How many blocks of the model a token goes through."""
        return len(find_blocks(self._model))

    @property
    def config(self) -> Any:
        """What `transformers` knows of its shape."""
        return self._model.config

    @property
    def weights(self) -> int:
        """How many numbers the model is made of."""
        return sum(each.numel() for each in self._model.parameters())

    def states(self, batch: Sequence[Sequence[int]], layer: int, *, skip: int = 0) -> NDArray[np.float32]:
        """The mean state of each row's own tokens, whatever it is filled up with, (n, d).

        Args:
            batch: tokens, more of each row than are skipped.
            layer: after how many blocks; 0 is what goes into the first.
            skip: so many tokens at the start stand before a text, and count in no mean.

        Raises:
            UserError: a layer that the model does not have.
        """
        import torch

        if not 0 <= layer <= self.blocks:
            raise UserError(f"The layer is {layer}, and {self.name} has those from 0 to {self.blocks}.")
        tokens, mask = padded(batch)
        tokens, mask = tokens.to(self.device), mask.to(self.device)
        with torch.inference_mode(), within_memory(self.name, self.device):
            held = hidden_states(self._model, layer, input_ids=tokens, attention_mask=mask).float()
            mask[:, :skip] = 0
            mean = (held * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return np.asarray(mean.cpu().numpy(), dtype=np.float32)

    def close(self) -> None:
        """Free the model's memory; it cannot be used any more."""
        self._model = None
        let_go(self.device)


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
