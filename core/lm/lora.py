"""LoRA by `peft`: a small adapter on top of weights that stay as they are (Hu et al. 2021, arXiv 2106.09685)."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..models import Kind
from ..quiet import quiet

ADAPTER = Kind("adapter", ("adapter_config.json",), "", "train it again")


def need_peft() -> None:
    """
    Raises:
        UserError: `peft` is not installed.
    """
    try:
        with quiet():
            import peft  # noqa: F401 - only whether it is there is asked
    except ImportError as error:
        raise UserError("LoRA needs the package peft. Install it with `pip install gamut[lora]`.") from error


def with_adapter(model: Any, rank: int, seed: int) -> Any:
    """The model with a new adapter, as a model of `peft`: everything but the adapter is frozen.

    On the layers that `peft` names for that kind of model, and on all linear ones where it names none; scaled by 2
    (alpha is twice the rank), without dropout.
    """
    need_peft()
    import torch
    from peft import LoraConfig, get_peft_model
    from peft.utils import TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING as KNOWN

    layers = KNOWN.get(model.config.model_type)
    how = LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=0.0,
        target_modules="all-linear" if layers is None else list(layers),
        task_type="CAUSAL_LM",
    )
    with quiet(), torch.random.fork_rng(devices=[]):  # on the processor, where models are when they are adapted
        torch.manual_seed(seed)
        return get_peft_model(model, how)


def save_adapter(adapted: Any, folder: Path) -> None:
    """Write the adapter alone; the same adapter is the same files, wherever its base lay."""
    with quiet():
        adapted.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    told["base_model_name_or_path"] = None
    told = {name: sorted(value) if _names(value) else value for name, value in told.items()}  # peft keeps sets of them
    path.write_text(json.dumps(told, indent=1, sort_keys=True), encoding="utf-8")


def put_on(model: Any, adapters: Sequence[Path], *, merged: bool = False) -> Any:
    """The model with those adapters one above the other; all but the last (`merged`: all) are added to the weights."""
    if not adapters:
        return model
    need_peft()
    from peft import PeftModel

    with quiet():
        for number, folder in enumerate(adapters):
            adapted = PeftModel.from_pretrained(model, str(folder), local_files_only=True)
            last = number == len(adapters) - 1
            model = adapted.get_base_model() if last and not merged else adapted.merge_and_unload()
    return model


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
