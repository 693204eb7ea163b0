"""What a model holds of each token between its blocks; the blocks above are not computed."""

from typing import Any

from ..errors import UserError


class _EnoughError(Exception):
    """The states that were wanted are there."""


def hidden_states(model: Any, layer: int, **inputs: Any) -> Any:
    """The states of all tokens after `layer` blocks, (rows, tokens, d); 0: what goes into the first block.

    Without the norm that a model has above its last block.

    Raises:
        UserError: the blocks of this model are not to be found.
    """
    blocks = find_blocks(model)
    held: list[Any] = []

    def before(_: Any, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        held.append(args[0] if args else named["hidden_states"])
        raise _EnoughError

    def after(_: Any, __: Any, found: Any) -> None:
        held.append(found[0] if isinstance(found, tuple) else found)
        raise _EnoughError

    hook = (
        blocks[0].register_forward_pre_hook(before, with_kwargs=True)
        if layer == 0
        else blocks[layer - 1].register_forward_hook(after)
    )
    try:
        model(**inputs, use_cache=False)
    except _EnoughError:
        pass
    finally:
        hook.remove()
    return held[0]


def find_blocks(model: Any) -> Any:
    """The list of the model's blocks."""
    from torch.nn import ModuleList

    count = model.config.get_text_config().num_hidden_layers
    for module in model.modules():
        if isinstance(module, ModuleList) and len(module) == count:
            return module
    raise UserError(
        f"The blocks of a model of type {model.config.model_type!r} are not to be found, and so not its states. "
        "Choose another model."
    )
