"""Running a selector: its data, copies put last, picks counted, progress told."""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Indices
from ..errors import UserError
from ..geometry import Space
from ..params import resolve
from ..progress import Progress, silent
from ._columns import MISSING, Missing, check_lengths, with_quality
from ._declaring import Picks, Report, Selection, Selector, find_selector


def select(
    name: str,
    space: Space,
    budget: int,
    *,
    seed: int = 0,
    quality: NDArray[np.float64] | None = None,
    missing: Missing = "refuse",
    labels: NDArray[Any] | None = None,
    tags: Sequence[Collection[str]] | None = None,
    lengths: NDArray[Any] | None = None,
    centroids: NDArray[Any] | None = None,
    reference: Space | None = None,
    keep_copies: bool = False,
    progress: Progress = silent,
    **params: Any,
) -> Selection:
    """Choose `budget` rows of `space`.

    Args:
        quality: (n,) a score per row, higher better, for selectors that use one.
        missing: what becomes of rows without a finite score: they are refused, left out, or counted as the lowest or
            the mean of the others.
        labels: (n,) a label per row, for selectors that use one.
        tags: (n,) the tags of each row (`tag_list` reads them from a cell), for selectors that use them.
        lengths: (n,) the length of each row's text, for selectors that say how their choice goes with it.
        centroids: (k, d) a centroid per domain, made from seed examples say, for selectors that use them.
        reference: the pool whose density counts or that is to be covered, for selectors that use one; the space itself
            by default.
        keep_copies: False collapses exact copies first wherever the selector claims diversity: no copy is chosen
            before all distinct rows are used up. True follows the method to the letter.

    Raises:
        UserError: an unknown name or parameter, a budget outside 1..n, data that the selector needs and has not, a
            column of another length, a score that is not finite.
    """
    chosen = find_selector(name)
    if not 1 <= budget <= len(space):
        raise UserError(f"The budget is {budget:,} rows, and must be from 1 to {len(space):,}, the rows there are.")
    if missing not in MISSING:
        raise UserError(f"missing is {missing!r}, and must be one of {', '.join(MISSING)}.")
    settings = resolve(chosen.params, params, name)
    start = time.perf_counter()
    columns: dict[str, Any] = {"quality": quality, "labels": labels, "tags": tags, "lengths": lengths}
    check_lengths(columns, len(space))
    report = Report()
    pool = np.arange(len(space), dtype=np.int64)
    if quality is not None and "quality" in chosen.needs | chosen.uses:
        columns["quality"], pool, said = with_quality(quality, missing)
        report.notes += [said] if said else []
    collapse = chosen.claims_diversity and not keep_copies and len(space.distinct) < len(space)
    rows = pool[np.sort(np.unique(space.first_copies[pool], return_index=True)[1])] if collapse else pool
    if settings.get("first") is not None:
        settings = {**settings, "first": _place_of(settings["first"], rows, space, collapse, name)}
    wanted = min(budget, len(rows))
    meter = _Meter(progress)
    data = _data_for(chosen, space, rows, columns)
    given = {"seed": seed, "budget": wanted, "centroids": centroids, "report": report, "progress": meter.own}
    if "reference" in chosen.needs:
        data["reference"] = reference if reference is not None and reference is not space else data["space"]
    data |= {key: value for key, value in given.items() if key in chosen.needs | chosen.uses}
    if "rng" in chosen.needs:
        data["rng"] = np.random.default_rng(seed)
    positions, gains = _take(chosen.function(**data, **settings), wanted, chosen.title, meter.picks)
    positions = rows[positions]
    if len(positions) == wanted < budget and wanted < len(pool):
        copies = np.setdiff1d(pool, rows)[: budget - wanted]
        positions, gains = np.concatenate([positions, copies]), np.concatenate([gains, np.zeros(len(copies))])
        report.note(f"All {wanted:,} distinct rows were used up; the last {len(copies):,} are exact copies.")
    if len(positions) < budget:
        why = "no further row met its rule" if len(positions) < wanted else "there are no others with a score"
        report.note(f"{chosen.title} returned {len(positions):,} of {budget:,} rows: {why}.")
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
        notes=tuple(report.notes),
        details=report.details,
    )


def _place_of(first: int, rows: Indices, space: Space, collapse: bool, name: str) -> int:
    """Where the row numbered `first`, or the copy of it that may be chosen, is among `rows`."""
    if not 0 <= first < len(space):
        raise UserError(f"{name}: first is {first}, and the rows are numbered from 0 to {len(space) - 1}.")
    same = space.first_copies[rows] == space.first_copies[first] if collapse else rows == first
    if not same.any():
        raise UserError(f"{name}: first is {first}, and that row has no score and is left out. Begin with another row.")
    return int(same.argmax())


def _data_for(chosen: Selector, space: Space, rows: Indices, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The rows that may be chosen, and of the columns what the selector needs or uses of them."""
    data: dict[str, Any] = {}
    if "space" in chosen.needs:
        if len(rows) == len(space):
            data["space"] = space
        else:
            data["space"] = space.without_copies if np.array_equal(rows, space.distinct) else space.subset(rows)
    for name, column in columns.items():
        if column is None and name in chosen.needs:
            raise UserError(f"{chosen.title} needs a {name} column, and none was named.")
        if column is not None and name in chosen.needs | chosen.uses:
            data[name] = np.asarray(column)[rows] if name != "tags" else [column[row] for row in rows]
    return data


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
