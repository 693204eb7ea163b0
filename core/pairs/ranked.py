"""The similarities of each row to all columns, weighted by their rank."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Floats, Indices
from . import Share, Totals, weighted

_BELOW_ALL = -8.0


class Ranked(Share):
    """`means`: (rows, alphas) the mean distance 1 - cos to the columns, the r-th nearest with weight r^-alpha.

    With `own_too` the row itself, at distance 0, is the nearest; else it does not count.
    """

    spoils = True
    means: Totals

    def __init__(self, alphas: tuple[float, ...], own_too: bool) -> None:
        self.alphas, self.own_too = alphas, own_too

    def begin(self, rows: int, columns: int) -> None:
        self.means = np.empty((rows, len(self.alphas)))
        ranks = np.arange(1, columns + self.own_too, dtype=np.float64)
        weights = np.stack([ranks**-alpha for alpha in self.alphas])
        # Sorted upwards, the most similar comes last.
        self._weights: NDArray[np.float64] = np.ascontiguousarray(
            (weights / weights.sum(axis=1, keepdims=True))[:, ::-1]
        )
        self._narrow = self._weights.astype(np.float32)
        self._there: Any = None

    def take(self, rows: slice, similar: Floats, own: Indices | None) -> None:
        if not self.own_too and own is not None:
            similar[np.arange(len(similar)), own] = _BELOW_ALL
        similar.sort(axis=1)
        self.means[rows] = np.maximum(1.0 - self._weighted(similar[:, similar.shape[1] - self._weights.shape[1] :]), 0)

    def _weighted(self, similar: Floats) -> Totals:
        every = self._weights if similar.dtype == np.float64 else self._narrow
        return np.stack([weighted(similar, weights) for weights in every], axis=1)

    def take_on_device(self, rows: slice, similar: Any, own: Any) -> None:
        import torch

        if self._there is None:
            self._there = torch.tensor(self._weights, device=similar.device)
        if not self.own_too and own is not None:
            similar = similar.index_put(
                (torch.arange(len(similar), device=similar.device), own), similar.new_tensor(_BELOW_ALL)
            )
        ordered = similar.sort(dim=1).values[:, -self._weights.shape[1] :].double()
        self.means[rows] = np.maximum(1.0 - (ordered @ self._there.T).cpu().numpy(), 0)
