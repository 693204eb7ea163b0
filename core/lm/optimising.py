"""Steps of training: AdamW with clipped gradients, and a rate that rises, then falls."""

import math
from collections.abc import Iterable
from typing import Any

_LONGEST = 1.0  # a gradient, before it is clipped


class Optimiser:
    """Moves weights along their gradients, `steps` times in all."""

    def __init__(self, weights: Iterable[Any], rate: float, steps: int) -> None:
        import torch

        self._weights = list(weights)
        self._rate, self._steps, self._step = rate, steps, 0
        self._adam: Any = torch.optim.AdamW(self._weights, lr=rate, betas=(0.9, 0.95), weight_decay=0.01)

    def step(self) -> None:
        """One step along the gradients that have gathered, which are cleared."""
        import torch

        torch.nn.utils.clip_grad_norm_(self._weights, _LONGEST)
        for group in self._adam.param_groups:
            group["lr"] = self._rate * schedule(self._step, self._steps)
        self._adam.step()
        self._adam.zero_grad(set_to_none=True)
        self._step += 1


def schedule(step: int, steps: int) -> float:
    """A short rise, then half a cosine down to a tenth."""
    rise = max(1, steps // 20)
    if step < rise:
        return (step + 1) / rise
    return 0.1 + 0.45 * (1 + math.cos(math.pi * (step - rise) / max(1, steps - rise)))


def tenths(losses: list[float]) -> list[float]:
    """The mean loss of each tenth of the steps."""
    import numpy as np

    return [float(np.mean(each)) for each in np.array_split(np.array(losses), min(10, len(losses)))] if losses else []
