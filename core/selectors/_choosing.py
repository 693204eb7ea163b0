"""Choosing rows with a selector: what is asked for is checked, copies are put last, and what is short is said."""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..geometry import Space
from ..params import resolve
from ..progress import Progress, silent
from ._columns import MISSING, Missing, check_lengths, with_quality
from ._declaring import Report, Selection, find_selector
from ._filling import Filling
from ._limits import Limits, impossible
from ._running import Meter, Runner


def select(
    name: str,
    space: Space,
    budget: int,
    *,
    seed: int = 0,
    quality: NDArray[np.float64] | None = None,
    missing: Missing = "refuse",
    turned: bool = False,
    labels: NDArray[Any] | None = None,
    tags: Sequence[Collection[str]] | None = None,
    lengths: NDArray[Any] | None = None,
    centroids: NDArray[Any] | Mapping[str, NDArray[Any]] | None = None,
    reference: Space | None = None,
    keep_copies: bool = False,
    limits: Limits | None = None,
    progress: Progress = silent,
    **params: Any,
) -> Selection:
    """Choose `budget` rows of `space`, or rows of `budget` tokens where the limits have costs.

    Args:
        quality: (n,) a score per row, higher better, for selectors that use one.
        missing: what becomes of rows without a finite score: they are refused, left out, or counted as the lowest or
            the mean of the others.
        turned: the scores have their sign turned, since of their column lower is better; notes turn it back.
        labels: (n,) a label per row, for selectors that use one.
        tags: (n,) the tags of each row (`tag_list` reads them from a cell), for selectors that use them.
        lengths: (n,) the length of each row's text, for selectors that say how their choice goes with it.
        centroids: a centroid per domain, (d,) by the domain's name or (k, d), for selectors that use them.
        reference: the pool whose density counts or that is to be covered, for selectors that use one; the space itself
            by default.
        keep_copies: False collapses exact copies first wherever the selector claims diversity: no copy is chosen
            before all distinct rows are used up, and none at all where the selector's own rule leaves out rows that are
            like others. True follows the method to the letter.
        limits: rows that must be chosen or must not, rows one has already, shares of groups, tokens of each row.

    Raises:
        UserError: an unknown name or parameter, a budget outside 1..n, data that the selector needs and has not, a
            column of another length, a score that is not finite, limits that no choice can keep to.
    """
    chosen = find_selector(name)
    limits = limits or Limits()
    if budget < 1 or (limits.costs is None and budget > len(space)):
        raise UserError(f"The budget is {budget:,} rows, and must be from 1 to {len(space):,}, the rows there are.")
    if missing not in MISSING:
        raise UserError(f"missing is {missing!r}, and must be one of {', '.join(MISSING)}.")
    if wrong := impossible(limits, len(space), budget):
        raise UserError(wrong[0])
    settings = resolve(chosen.params, params, name)
    start = time.perf_counter()
    columns: dict[str, Any] = {"quality": quality, "labels": labels, "tags": tags, "lengths": lengths}
    check_lengths(columns, len(space))
    report = Report()
    pool = np.arange(len(space), dtype=np.int64)
    if quality is not None and "quality" in chosen.needs | chosen.uses:
        columns["quality"], pool, said = with_quality(quality, missing, turned=turned)
        report.notes += [said] if said else []
    collapse = chosen.claims_diversity and not keep_copies and len(space.distinct) < len(space)
    rule = chosen.leaves_out(settings)
    filling = Filling(limits, pool, len(space), budget)
    runner = Runner(chosen, space, pool, collapse, columns, settings, seed, reference, centroids, report)
    meter = Meter(progress)
    copies = 0
    for _ in filling.stages():
        runner.fill(filling, budget, meter)
        if collapse and not rule and filling.wanted and not filling.open[runner.distinct(filling)].any():
            copies += _copies_too(filling)
    if copies:
        # must-have rows may be copies of each other, or of rows one has already
        distinct = len(np.setdiff1d(space.first_copies[filling.rows], space.first_copies[limits.owned]))
        report.note(f"All {distinct:,} distinct rows were used up; the last {copies:,} are exact copies.")
    report.notes += filling.short() + _shortfall(chosen.title, filling, limits, budget)
    return Selection(
        selector=name,
        positions=np.array(filling.rows, dtype=np.int64),
        gains=np.array(filling.gains, dtype=np.float64),
        params=resolve(chosen.params, params, name),
        seed=seed,
        pool=len(space),
        budget=budget,
        seconds=time.perf_counter() - start,
        keep_copies=keep_copies,
        notes=tuple(report.notes),
        details=report.details,
        unit="rows" if limits.costs is None else "tokens",
    )


def _copies_too(filling: Filling) -> int:
    """Fill up with copies of what is chosen, by their numbers; how many there were."""
    found = 0
    for row in np.flatnonzero(filling.open).tolist():
        if filling.open[row]:
            filling.choose(row, 0.0)
            found += 1
        if not filling.wanted:
            break
    return found


def _shortfall(title: str, filling: Filling, limits: Limits, budget: int) -> list[str]:
    """What the budget is short of, and why."""
    if limits.costs is not None:
        words = f"The {len(filling.rows):,} rows have {budget - filling.left:,} of {budget:,} tokens"
        return [words + (", and no further row met its rule." if filling.open.any() else ".")]
    if filling.left <= 0:
        return []
    if filling.open.any():
        why = "no further row met its rule"
    elif limits.groups is not None or len(limits.never) or len(limits.owned):
        why = "the limits leave no others"
    else:
        why = "there are no others with a score"
    return [f"{title} returned {len(filling.rows):,} of {budget:,} rows: {why}."]
