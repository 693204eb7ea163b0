"""The weights of a causal language model, read from its folder onto the processor."""

from pathlib import Path
from typing import Any

from ..quiet import quiet


def read_weights(folder: Path, dtype: Any) -> Any:
    """The model of that folder, with plain greedy generating, whatever its folder says but of the end tokens."""
    from transformers import AutoModelForCausalLM, GenerationConfig

    with quiet():
        found: Any = AutoModelForCausalLM.from_pretrained(str(folder), dtype=dtype, local_files_only=True)
    ends = getattr(found.generation_config, "eos_token_id", None)
    found.generation_config = GenerationConfig(eos_token_id=ends)  # a repetition penalty, say, is not greedy
    return found


def best_dtype(device: str) -> Any:
    """bfloat16 where a CUDA device computes in it, and float32 elsewhere."""
    import torch

    half = device.startswith("cuda") and torch.cuda.is_bf16_supported()
    return torch.bfloat16 if half else torch.float32
