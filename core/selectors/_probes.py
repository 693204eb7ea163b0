"""Probes: how probable each domain is for a row, from its embedding.

The trained ones are cross-fitted: every row's probabilities come from a probe that has not seen it. A tenth of what a
probe may see is held out to stop its training in time and to set its temperature.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices, row_blocks
from ..geometry import Space
from ..progress import Progress, part
from ._calibration import common_temperature, softmax
from ._domains import Domains

_HELD_OUT = 10  # one row in so many
_LEAST_HELD_OUT = 20  # rows below which a temperature cannot be told
_EPOCHS, _PATIENCE, _RATE = 60, 3, 1e-3
_BATCH, _LEAST_BATCH, _STEPS = 256, 16, 16  # rows of a step, fewer where an epoch would have fewer steps than so many

# rows to learn from, their domains, rows to stop by, their domains, rows asked for, progress -> logits of these
Fit = Callable[..., NDArray[np.float64]]


@dataclass(frozen=True)
class Fitted:
    """Probabilities of every domain for every row, (n, domains), and the temperature of each part, one for all."""

    probability: NDArray[np.float64]
    temperatures: tuple[float, ...]


def closed_form(space: Space, domains: Domains, temperature: float) -> Fitted:
    """p_k as exp(-||x - C_k||^2 / 2 s^2 T), C_k the mean of domain k, s^2 the mean squared distance to the own one."""
    centroids = domains.centroids(space)
    empty = np.bincount(domains.of, minlength=len(centroids)) == 0
    squared = np.empty((len(space), len(centroids)))
    for rows in row_blocks(len(space), 8 * (space.dim + len(centroids))):
        unit = space.unit64(rows)
        squared[rows] = (unit**2).sum(axis=1)[:, None] + (centroids**2).sum(axis=1) - 2 * unit @ centroids.T
    spread = float(np.take_along_axis(squared, domains.of[:, None], axis=1).mean())
    squared[:, empty] = np.inf
    return Fitted(softmax(-squared / (2 * max(spread, 1e-12)), temperature), (temperature,))


def cross_fitted(
    space: Space,
    domains: Domains,
    kind: str,
    folds: int,
    seed: int,
    progress: Progress,
    learn: NDArray[np.bool_] | None = None,
    device: str | None = None,
) -> Fitted:
    """The probabilities of a trained probe, logistic or mlp, each row's from one trained without its fold.

    Args:
        learn: (n,) the rows that a probe may learn from; all by default.
        device: of the mlp; by default that of the environment, else the fastest there is.
    """
    if len(domains.names) == 1 or len(space) == 1:
        return Fitted(np.ones((len(space), 1)), ())
    logits = np.full((len(space), len(domains.names)), -np.inf)
    parts = []
    for number, (asked, learned, held) in enumerate(_folds(domains.of, folds, np.random.default_rng(seed), learn)):
        share = part(progress, number / folds, (number + 1) / folds)
        share(0, f"Training the probe without part {number + 1} of {folds}")
        parts.append(_fill(logits, space, domains, kind, seed, asked, learned, held, share, device))
    return _softened(logits, parts)


def fitted_once(
    space: Space,
    domains: Domains,
    kind: str,
    learn: NDArray[np.bool_],
    seed: int,
    progress: Progress,
    device: str | None = None,
) -> Fitted:
    """The probabilities of one probe that has learned from those rows alone, for all rows, these too."""
    if len(domains.names) == 1:
        return Fitted(np.ones((len(space), 1)), ())
    logits = np.full((len(space), len(domains.names)), -np.inf)
    learned, held = set_aside(learn, seed)
    progress(0, "Training the probe")
    every = np.arange(len(space), dtype=np.int64)
    found = _fill(logits, space, domains, kind, seed, every, learned, held, progress, device)
    return _softened(logits, [found])


def set_aside(learn: NDArray[np.bool_], seed: int) -> tuple[Indices, Indices]:
    """The rows to learn from, and a seeded tenth of them by which training is stopped; none of few rows."""
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(learn)).astype(np.int64)
    held = len(rows) // _HELD_OUT if len(rows) >= _HELD_OUT * 2 else 0
    return np.sort(rows[held:]), np.sort(rows[:held])


Held = tuple[NDArray[np.float64], NDArray[np.int64]]  # logits of held-out rows, and the places of their own classes


def _fill(
    logits: NDArray[np.float64],
    space: Space,
    domains: Domains,
    kind: str,
    seed: int,
    asked: Indices,
    learned: Indices,
    held: Indices,
    progress: Progress,
    device: str | None,
) -> Held:
    """Write the logits of the rows asked for, by a probe of the rows learned; returns those of the rows held out."""
    fit: Fit = _logistic if kind == "logistic" else partial(_mlp, seed=seed, device=device)
    classes, learned_of = np.unique(domains.of[learned], return_inverse=True)
    held = held[np.isin(domains.of[held], classes)]
    held_of = np.searchsorted(classes, domains.of[held])
    found = np.zeros((len(asked) + len(held), len(classes)))
    if len(classes) > 1:
        rows = np.concatenate([asked, held])
        found = fit(space.unit[learned], learned_of, space.unit[held], held_of, space.unit[rows], progress)
    logits[np.ix_(asked, classes)] = found[: len(asked)]
    return found[len(asked) :], held_of


def _softened(logits: NDArray[np.float64], parts: list[Held]) -> Fitted:
    """Probabilities at one temperature for all parts: with its own each, a part's rows would come before another's.

    Where every held-out row is right, none is too low; the temperature is then 1.
    """
    telling = [(found, truth) for found, truth in parts if found.shape[1] > 1 and len(truth)]
    wrong = any((found.argmax(axis=1) != truth).any() for found, truth in telling)
    enough = wrong and sum(len(truth) for _, truth in telling) >= _LEAST_HELD_OUT
    temperature = common_temperature(telling) if enough else 1.0
    return Fitted(softmax(logits, temperature), (temperature,) * len(parts))


def _folds(
    of: NDArray[np.int64], folds: int, rng: np.random.Generator, learn: NDArray[np.bool_] | None
) -> Iterator[tuple[Indices, Indices, Indices]]:
    """(rows asked for, rows to learn from, rows held out), each domain spread evenly over the folds."""
    n = len(of)
    turn = np.empty(n, dtype=np.int64)
    known = np.ones(n, dtype=bool) if learn is None else learn
    turn[np.lexsort((rng.random(n), known, of))] = np.arange(n)
    for number in range(min(folds, n)):
        asked = turn % folds == number
        rest = np.flatnonzero(~asked & known)
        held = (turn[rest] // folds) % _HELD_OUT == 0 if len(rest) >= _HELD_OUT * 2 else np.zeros(len(rest), dtype=bool)
        yield np.flatnonzero(asked), rest[~held], rest[held]


def _logistic(
    rows: NDArray[np.float32],
    of: NDArray[np.int64],
    held: NDArray[np.float32],  # noqa: ARG001 - it is stopped by its penalty
    held_of: NDArray[np.int64],  # noqa: ARG001 - called as `_mlp` is, and stopped by its penalty
    asked: NDArray[np.float32],
    progress: Progress,  # noqa: ARG001 - a fold takes seconds
) -> NDArray[np.float64]:
    """Logits of the multinomial logistic regression with a penalty of the squared weights."""
    from sklearn.linear_model import LogisticRegression

    found = LogisticRegression(C=10.0, max_iter=300).fit(rows, of)
    logits = np.asarray(found.decision_function(asked), dtype=np.float64)
    return np.stack([np.zeros(len(logits)), logits], axis=1) if logits.ndim == 1 else logits


def _mlp(
    rows: NDArray[np.float32],
    of: NDArray[np.int64],
    held: NDArray[np.float32],
    held_of: NDArray[np.int64],
    asked: NDArray[np.float32],
    progress: Progress,
    *,
    seed: int,
    device: str | None,
) -> NDArray[np.float64]:
    """Logits of the network of the paper, d - 2d - d - d/2 - 256 - K, stopped when the held-out rows get no better."""
    from torch.nn.functional import cross_entropy

    words = "Training the probe"
    return _trained(rows, of, held, held_of, asked, progress, seed, int(of.max()) + 1, cross_entropy, words, device)


def regressed(
    rows: NDArray[np.float32],
    values: NDArray[np.float64],
    held: NDArray[np.float32],
    held_values: NDArray[np.float64],
    asked: NDArray[np.float32],
    progress: Progress,
    *,
    seed: int,
    device: str | None = None,
) -> NDArray[np.float64]:
    """What a second network of the same shape, with one output, foretells of a value of rows, (asked,)."""
    from torch.nn.functional import mse_loss

    mean, spread = float(values.mean()), float(values.std()) or 1.0
    targets = [((each - mean) / spread)[:, None].astype(np.float32) for each in (values, held_values)]
    words = "Training the network that foretells entropy"
    found = _trained(rows, targets[0], held, targets[1], asked, progress, seed, 1, mse_loss, words, device)
    return np.asarray(found[:, 0] * spread + mean)


def _trained(
    rows: NDArray[np.float32],
    targets: NDArray[Any],
    held: NDArray[np.float32],
    held_targets: NDArray[Any],
    asked: NDArray[np.float32],
    progress: Progress,
    seed: int,
    outputs: int,
    loss_of: Callable[..., Any],
    words: str,
    wanted: str | None,
) -> NDArray[np.float64]:
    import torch

    from ..devices import choose_device

    device = choose_device(wanted or os.environ.get("GAMUT_DEVICE") or None)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _network(rows.shape[1], outputs).to(device)
    x, y = torch.tensor(rows, device=device), torch.tensor(targets, device=device)
    checked = (torch.tensor(held, device=device), torch.tensor(held_targets, device=device)) if len(held) else (x, y)
    steps = torch.optim.AdamW(model.parameters(), lr=_RATE)
    batch = min(_BATCH, max(_LEAST_BATCH, len(x) // _STEPS))
    rng, best, kept, waited = np.random.default_rng(seed), float("inf"), model.state_dict(), 0
    for epoch in range(_EPOCHS):
        for some in np.array_split(rng.permutation(len(x)), -(-len(x) // batch)):
            steps.zero_grad()
            loss_of(model(x[some]), y[some]).backward()
            steps.step()
        with torch.inference_mode():
            loss = float(loss_of(model(checked[0]), checked[1]))
        progress((epoch + 1) / _EPOCHS, f"{words}: epoch {epoch + 1}, held-out loss {loss:.3f}")
        if loss < best - 1e-4:
            best, waited, kept = loss, 0, {name: value.clone() for name, value in model.state_dict().items()}
        elif (waited := waited + 1) >= _PATIENCE:
            break
    model.load_state_dict(kept)
    with torch.inference_mode():
        parts = [model(torch.tensor(asked[some], device=device)).cpu() for some in row_blocks(len(asked), 1, 8192)]
    found: NDArray[np.float64] = torch.cat(parts).double().numpy()
    return found


def _network(dim: int, classes: int) -> Any:
    from torch import nn

    sizes = [dim, 2 * dim, dim, max(1, dim // 2), 256, classes]
    layers: list[Any] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return nn.Sequential(*layers[:-1])
