"""Measuring by name: which values are estimated, one pass over pairs for many metrics, and the Score of one."""

import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .errors import UserError
from .geometry import Space
from .looking import Want, look_at
from .metrics import Score, find_metric
from .params import resolve
from .progress import Progress, silent
from .wishes import Nearest

EXACT_PAIRS = 10**10  # pairs of rows (100,000 rows among themselves) above which a mean over rows is estimated
ANCHORS = 4096  # seeded rows that such an estimate is made from, each compared with all others


def estimated(name: str, rows: int, reference: int | None = None) -> bool:
    """Whether that metric of so many rows, against so many, is estimated unless the exact value is asked for."""
    found = find_metric(name)
    home = rows if reference is None or "reference" not in found.needs else reference
    match found.anchored:
        case "space":
            return rows * max(rows, home) > EXACT_PAIRS
        case "reference":
            return reference is not None and rows * home > EXACT_PAIRS
        case None:
            return False


def views(name: str, space: Space, reference: Space | None, *, exact: bool = False) -> tuple[Space, Space | None]:
    """The space and the reference as that metric sees them: with anchors where its value is to be estimated.

    Asked again, they are the same, so that passes over pairs are shared.
    """
    other = None if reference is None or reference is space else reference
    if exact or not estimated(name, len(space), None if other is None else len(other)):
        return space, other
    if find_metric(name).anchored == "space":
        return space.anchored(ANCHORS, 0), other
    return space, None if other is None else other.anchored(ANCHORS, 0)


def share_passes(
    asked: Mapping[str, Mapping[str, Any]],
    space: Space,
    reference: Space | None,
    *,
    exact: bool = False,
    elsewhere: bool = False,
    progress: Progress = silent,
) -> dict[str, float]:
    """Look at all pairs once for all those metrics (names with their parameters); measuring them then finds it done.

    With `elsewhere` only what nearest rows they want of the reference is looked for: parts of the space know it, too.

    Returns the seconds that fall to each metric that took part. What is wrong with a metric shows when it is measured.
    """
    wants: list[tuple[str, Want]] = []
    for name, params in asked.items():
        found = find_metric(name)
        if found.pairs is None or len(space) < found.least:
            continue
        with contextlib.suppress(UserError):
            settings = resolve(found.params, params, name)
            who, other = views(name, space, reference, exact=exact)
            wanted = found.pairs(who, found.comparable(other, who), **settings)
            wants += [(name, want) for want in wanted if not elsewhere or _is_elsewhere(want)]
    start = time.perf_counter()
    look_at([want for _, want in wants], progress=progress)
    sharers = {name for name, _ in wants}
    return {name: (time.perf_counter() - start) / len(sharers) for name in sharers}


def _is_elsewhere(want: Want) -> bool:
    who, wish, within = want
    return isinstance(wish, Nearest) and within is not None and within is not who and who.anchors is None


def measure(
    name: str,
    space: Space | None = None,
    *,
    reference: Space | None = None,
    texts: Sequence[str] | None = None,
    exact: bool = False,
    progress: Progress = silent,
    **params: Any,
) -> Score:
    """The Score of one metric: its value, its parameters, its reference by name, and the seconds it took.

    Of more than `EXACT_PAIRS` pairs of rows a mean over rows is estimated from `ANCHORS` of them, with its interval,
    unless `exact` is asked for.
    """
    chosen = find_metric(name)
    start = time.perf_counter()
    if "exact" in chosen.params:  # such a metric sees to it itself
        params["exact"] = exact
    who, other = (None, None) if space is None else views(name, space, reference, exact=exact)
    found = chosen(who, reference=other, texts=texts, progress=progress, **params)
    uses_reference = "reference" in chosen.needs
    return Score(
        metric=name,
        value=found.value,
        n=len(space) if space is not None and "space" in chosen.needs else len(texts or ()),
        reference=("self" if reference is None or reference is space else reference.name) if uses_reference else None,
        params=resolve(chosen.params, params, name),
        seconds=time.perf_counter() - start,
        estimated=found.estimated,
        interval=found.interval,
        interval_kind=found.interval_kind,
        rows=found.rows,
        details=found.details,
    )
