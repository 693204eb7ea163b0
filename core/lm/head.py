"""Losses of tokens, without the logits of a long row all at once: the head of a model is asked stretch by stretch."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_NONE = -100  # the label of a token that has no loss


def token_losses(model: Any, tokens: Any, mask: Any, labels: Any, room: int) -> Any:
    """Minus the log-probability of each label, in nats, 0 where it is -100, (rows, places); also to go back from.

    Args:
        tokens, mask: (rows, longest). labels: what follows on each of the last places but the very last of a row.
        room: so many logits' places are held at once; where there are more, those of a stretch are worked out when
            they are needed, and again to go back.
    """
    import torch
    from torch.utils.checkpoint import checkpoint

    inputs = {"input_ids": tokens, "attention_mask": mask, "use_cache": False}
    places = labels.shape[1]
    keep: Any = torch.arange(tokens.shape[1] - 1 - places, tokens.shape[1] - 1, device=tokens.device)

    def losses(keep: Any, labels: Any) -> Any:
        logits = model(**inputs, logits_to_keep=keep).logits
        found = torch.nn.functional.cross_entropy(
            logits.float().flatten(0, 1), labels.flatten(), reduction="none", ignore_index=_NONE
        )
        return found.view(len(labels), -1)

    body = model.base_model
    if len(tokens) * places <= room or body is model:
        return losses(keep, labels)
    whole = body(**inputs)

    def stretch(hidden: Any, keep: Any, labels: Any) -> Any:
        with _giving(body, type(whole)(last_hidden_state=hidden)):
            return losses(keep, labels)

    width = max(1, room // len(tokens))
    parts = zip(keep.split(width), labels.split(width, 1), strict=True)
    if not torch.is_grad_enabled():
        return torch.cat([stretch(whole[0], *each) for each in parts], 1)
    return torch.cat([checkpoint(stretch, whole[0], *each, use_reentrant=False) for each in parts], 1)


@contextmanager
def _giving(body: Any, found: Any) -> Iterator[None]:
    """Within, the body of the model gives what it has found before, and the model is its head alone."""
    body.forward = lambda *_, **__: found
    try:
        yield
    finally:
        del body.forward
