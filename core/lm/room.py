"""Refusing a model that the memory does not suffice for, to load or to train, before any of it is taken."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import UserError
from ..memory import available, in_words
from ..models import Model

_WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")  # of which the first that there are is loaded
_MORE = 1.2  # for what is beside the weights
_MOMENTS = 16  # bytes of a weight that is trained: itself, its gradient and two moments, in float32


def free_on(device: str) -> int:
    """Bytes that are free on a device."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    return available()


def let_go(device: str) -> None:
    """Free what nothing refers to any more, on the device too."""
    import torch

    gc.collect()
    if device.startswith("cuda"):
        torch.cuda.empty_cache()


@contextmanager
def within_memory(what: str, device: str) -> Iterator[None]:
    """Within, memory that does not suffice is a UserError, not an error of torch."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and not _is_full(error):
            raise
        raise UserError(
            f"{what} needs more memory on {device} than is free. Leave out the longest rows, choose a smaller model, "
            "or end other programs that use the memory."
        ) from error


def _is_full(error: RuntimeError) -> bool:
    import torch

    return isinstance(error, torch.OutOfMemoryError) or "not enough memory" in str(error)  # the processor's allocator


def check_loading(model: Model, device: str, width: int) -> None:
    """Raise a UserError where the weights alone, `width` bytes each, are more than there is memory."""
    kinds = [list(Path(model.folder).glob(pattern)) for pattern in _WEIGHTS]
    files = next((kind for kind in kinds if kind), [])
    needed = sum(path.stat().st_size for path in files) * width // _stored_width(model.folder)
    free = free_on(device)
    if needed * _MORE > free:
        raise UserError(
            f"{model.title} needs about {in_words(needed * _MORE)} of memory on {device}, and {in_words(free)} are "
            "free. Choose a smaller model."
        )


def check_training(name: str, device: str, *, frozen: int, trained: int, width: int) -> None:
    """Raise a UserError where a copy of a model cannot be trained beside it.

    Args:
        frozen: weights that stay, of `width` bytes each. trained: weights that move; with each come its gradient and
            two moments.
    """
    needed = (frozen * width + trained * _MOMENTS) * _MORE
    free = free_on(device)
    if needed > free:
        raise UserError(
            f"Training {name} needs about {in_words(needed)} of memory on {device} "
            f"({'a copy beside it' if frozen else 'weights, gradients and two moments of each'}), and "
            f"{in_words(free)} are free. Choose a smaller model{'' if frozen else ', or train it with LoRA'}."
        )


def _stored_width(folder: Path) -> int:
    """Bytes of a weight as it lies on disk."""
    from transformers import AutoConfig

    dtype = str(getattr(AutoConfig.from_pretrained(str(folder), local_files_only=True), "dtype", None))
    return 2 if dtype in ("torch.bfloat16", "torch.float16", "bfloat16", "float16") else 4
