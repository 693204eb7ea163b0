"""Running a selector: its data, copies put last, picks counted, progress told."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..geometry import Space
from ..params import resolve
from ..progress import Progress, silent
from ._declaring import Picks, Selection, Selector, find_selector


def select(
    name: str,
    space: Space,
    budget: int,
    *,
    seed: int = 0,
    quality: NDArray[np.float64] | None = None,
    labels: NDArray[Any] | None = None,
    reference: Space | None = None,
    keep_copies: bool = False,
    progress: Progress = silent,
    **params: Any,
) -> Selection:
    """Choose `budget` rows of `space`.

    Args:
        quality: (n,) a score per row, higher better, for selectors that need one.
        labels: (n,) a label per row, for selectors that need one.
        reference: the pool whose density counts, for selectors that use one; the space itself by default.
        keep_copies: False collapses exact copies first wherever the selector claims diversity: no copy is chosen
            before all distinct rows are used up. True follows the method to the letter.

    Raises:
        UserError: an unknown name or parameter, a budget outside 1..n, data that the selector needs and has not, a
            column of another length, a score that is not finite.
    """
    chosen = find_selector(name)
    if not 1 <= budget <= len(space):
        raise UserError(f"The budget is {budget:,} rows, and must be from 1 to {len(space):,}, the rows there are.")
    settings = resolve(chosen.params, params, name)
    start = time.perf_counter()
    collapse = chosen.claims_diversity and not keep_copies and len(space.distinct) < len(space)
    rows = space.distinct if collapse else np.arange(len(space), dtype=np.int64)
    first = settings.get("first")
    if first is not None:
        if not 0 <= first < len(space):
            raise UserError(f"{name}: first is {first}, and the rows are numbered from 0 to {len(space) - 1}.")
        if collapse:
            settings = {**settings, "first": int(np.searchsorted(rows, space.first_copies[first]))}
    wanted = min(budget, len(rows))
    meter = _Meter(progress)
    data = _data_for(chosen, space, rows, wanted, seed, quality, labels, reference, meter.own)
    positions, gains = _take(chosen.function(**data, **settings), wanted, chosen.title, meter.picks)
    positions = rows[positions]
    notes = []
    if collapse and budget > wanted and len(positions) == wanted:
        copies = np.setdiff1d(np.arange(len(space), dtype=np.int64), rows)[: budget - wanted]
        positions, gains = np.concatenate([positions, copies]), np.concatenate([gains, np.zeros(len(copies))])
        notes.append(f"All {wanted:,} distinct rows were used up; the last {len(copies):,} are exact copies.")
    elif len(positions) < budget:
        notes.append(f"{chosen.title} returned {len(positions):,} of {budget:,} rows: no further row met its rule.")
    return Selection(
        selector=name,
        positions=positions,
        gains=gains,
        params=resolve(chosen.params, params, name),
        seed=seed,
        pool=len(space),
        budget=budget,
        seconds=time.perf_counter() - start,
        keep_copies=keep_copies,
        notes=tuple(notes),
    )


def _data_for(
    chosen: Selector,
    space: Space,
    rows: NDArray[np.int64],
    budget: int,
    seed: int,
    quality: NDArray[np.float64] | None,
    labels: NDArray[Any] | None,
    reference: Space | None,
    progress: Progress,
) -> dict[str, Any]:
    pool = space if len(rows) == len(space) else space.without_copies
    available: dict[str, Any] = {
        "space": pool,
        "rng": np.random.default_rng(seed),
        "seed": seed,
        "budget": budget,
        "reference": reference if reference is not None and reference is not space else pool,
        "progress": progress,
    }
    for name, column in (("quality", quality), ("labels", labels)):
        if column is not None:
            if len(column) != len(space):
                raise UserError(f"The {name} column has {len(column):,} values, and there are {len(space):,} rows.")
            if name == "quality" and len(missing := np.flatnonzero(~np.isfinite(column))):
                raise UserError(
                    f"The quality column has no finite number in {len(missing):,} of {len(space):,} rows; the first is "
                    f"row {missing[0] + 1}. Fill them in, or leave these rows out."
                )
            available[name] = np.asarray(column)[rows]
        elif name in chosen.needs:
            raise UserError(f"{chosen.title} needs a {name} column, and none was named.")
    return {name: available[name] for name in chosen.needs}


def _take(picks: Picks, wanted: int, title: str, progress: Progress) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    positions: list[int] = []
    gains: list[float] = []
    shown = 0.0
    for index, gain in picks:
        positions.append(index)
        gains.append(gain)
        now = time.perf_counter()
        if now - shown > 0.1 or len(positions) == wanted:
            progress(len(positions) / wanted, f"{title}: chose {len(positions):,} of {wanted:,} rows")
            shown = now
        if len(positions) == wanted:
            break
    if len(set(positions)) < len(positions):
        raise AssertionError(f"{title} chose a row twice.")
    return np.array(positions, dtype=np.int64), np.array(gains, dtype=np.float64)


class _Meter:
    """One share that never falls, of a selector's own work before it chooses (the first half) and of its picks."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._own = 0.0
        self._most = 0.0

    def own(self, share: float, message: str) -> None:
        self._own = max(self._own, 0.5 * share)
        self._report(self._own, message)

    def picks(self, share: float, message: str) -> None:
        self._report(self._own + (1 - self._own) * share, message)

    def _report(self, share: float, message: str) -> None:
        self._most = min(1.0, max(self._most, share))
        self._progress(self._most, message)
